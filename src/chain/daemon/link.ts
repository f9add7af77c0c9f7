import { setTimeout as sleep } from "node:timers/promises";
import { NetworkError } from "../../protocol/errors.js";
import { CHAIN_EVENTS, type DaemonEvent, EXECUTION_EVENT, PEER_EVENTS } from "./daemon-events.js";
import type { DaemonUrl } from "./daemon-url.js";
import type { DaemonTimes } from "./limits.js";
import { DaemonMethods } from "./methods.js";
import { openSession } from "./open.js";
import { Reconnection, type Setback } from "./reconnect.js";
import type { DaemonCount } from "./requests.js";
import type { DaemonSession } from "./session.js";

/** A connected daemon: network and genesis were checked and its events are subscribed. */
export interface ReadyDaemon {
  readonly methods: DaemonMethods;
  /** It has AI mining. */
  readonly ai: boolean;
  /** False: the connection has no events. */
  readonly events: boolean;
}

export interface LinkPorts {
  readonly url: DaemonUrl;
  readonly network: number;
  /** Lowercase hex. */
  readonly genesis: string;
  /** Refuse a daemon without AI mining. */
  readonly needsAiMining: boolean;
  readonly times: DaemonTimes;
  readonly random: () => number;
  /** A connection is ready. Events were missed since the last one: re-check all blocks that are not final. */
  readonly up: (daemon: ReadyDaemon) => void;
  /** The connection failed or ended. Undefined: a planned end; the next connection follows at once. */
  readonly down: (error: NetworkError | undefined) => void;
  readonly event: (event: DaemonEvent) => void;
  readonly count: (what: DaemonCount) => void;
}

/** Keeps one connection to a daemon: opens it, checks network and genesis, and reconnects when it ends. */
export class DaemonLink {
  readonly #ports: LinkPorts;
  readonly #stopping = new AbortController();
  #session: DaemonSession | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(ports: LinkPorts) {
    this.#ports = ports;
  }

  /** Does not wait for the daemon. */
  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#session?.end();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const { count, down, random, url } = this.#ports;
    const reconnection = new Reconnection(url.loopback);
    while (!signal.aborted) {
      const beganMs = performance.now();
      const error = await this.#live(signal);
      if (signal.aborted) return;
      down(error);
      // A planned end, to try the WebSocket again.
      if (error === undefined) continue;
      count("disconnected");
      const pauseMs = reconnection.pauseMs(setbackOf(error), performance.now() - beganMs, random());
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Runs one connection from its opening to its end. Undefined: a planned end. */
  async #live(signal: AbortSignal): Promise<NetworkError | undefined> {
    let ready = false;
    try {
      const session = await openSession(
        this.#ports.url,
        {
          times: this.#ports.times,
          count: this.#ports.count,
          // Events before the check may belong to another chain.
          event: (event) => ready && this.#ports.event(event),
        },
        signal,
      );
      this.#session = session;
      try {
        const daemon = await Promise.race([this.#check(session, signal), session.ended]);
        if (daemon === undefined || daemon instanceof NetworkError) return daemon;
        ready = true;
        this.#ports.count("connected");
        this.#ports.up(daemon);
        return await session.ended;
      } finally {
        ready = false;
        this.#session = undefined;
        session.end();
      }
    } catch (error) {
      if (error instanceof NetworkError) return error;
      return new NetworkError("chain_unreachable", "the daemon can't be reached", { cause: error });
    }
  }

  async #check(session: DaemonSession, signal: AbortSignal): Promise<ReadyDaemon> {
    const methods = new DaemonMethods(session);
    const [info, genesis, ai] = await Promise.all([
      methods.info(signal),
      methods.blockAt(0, signal),
      methods.hasAiMining(signal),
    ]);
    if (info.network !== this.#ports.network || genesis.hash !== this.#ports.genesis) {
      this.#ports.count("wrong_network");
      const wrong = info.network !== this.#ports.network ? "network" : "genesis";
      throw new NetworkError(
        wrong === "network" ? "wrong_network" : "wrong_genesis",
        `the daemon has another ${wrong}`,
      );
    }
    if (this.#ports.needsAiMining && !ai) {
      throw new NetworkError("chain_answer", "the daemon has no AI mining, which the registry of authors needs");
    }
    const events = [...CHAIN_EVENTS, ...PEER_EVENTS, ...(ai ? ([EXECUTION_EVENT] as const) : [])];
    await Promise.all(events.map((name) => session.subscribe(name, signal)));
    return { methods, ai, events: session.events };
  }
}

function setbackOf(error: NetworkError): Setback {
  if (error.code === "wrong_network" || error.code === "wrong_genesis") return "wrong_network";
  return error.code === "chain_unreachable" || error.code === "request_timeout" ? "gone" : "faulty";
}
