import { monitorEventLoopDelay } from "node:perf_hooks";
import { within } from "../../lifecycle/index.js";
import { MANAGED_EXIT, type ManagedExit, OPEN_REQUESTS_MAX, PROGRESS_INTERVAL_MS, UNREAD_MS } from "./constants.js";
import { HostLog } from "./host-log.js";
import type { LinkCount } from "./open-chain-node.js";
import { OUTBOX_LINES_MAX, Outbox } from "./outbox.js";
import type { ChannelOutput } from "./own-output.js";
import { Peer } from "./peer.js";
import { type ManagedNode, Session } from "./session.js";
import type { InitParams } from "./start-params.js";

/** The longest wait for the last lines to be read at the end, since a host may have stopped reading. */
const FLUSH_MS = 1000;
/** The sampling interval of the event loop's delay, Node's default. */
const LAG_RESOLUTION_MS = 10;
const NANOSECONDS_PER_MS = 1e6;

/** The process's streams and signals. */
export interface ManagedIo {
  /** From the host. */
  readonly input: NodeJS.ReadableStream & { destroy(): unknown };
  /** To the host. */
  readonly output: ChannelOutput;
  /** 64 hex digits. */
  readonly cookie: string;
  /** Aborted when a signal asks the program to end. */
  readonly interrupted: AbortSignal;
  /** Writes a line to standard error. */
  readonly complain: (text: string) => void;
}

/** The channel to a host and its session. */
class ManagedPlugin {
  readonly #io: ManagedIo;
  readonly #outbox: Outbox;
  readonly #peer: Peer;
  readonly #log: HostLog;
  readonly #session: Session;
  readonly #lag = monitorEventLoopDelay({ resolution: LAG_RESOLUTION_MS });
  #count: (label: LinkCount) => void = () => undefined;

  constructor(io: ManagedIo) {
    this.#io = io;
    this.#outbox = new Outbox(io.output);
    this.#log = new HostLog(
      (line) => this.#peer.offer("log", line),
      () => this.#count("log_dropped"),
    );
    this.#session = new Session({
      cookie: io.cookie,
      start: (params, signal) => this.#start(params, signal),
      log: this.#log.write,
      load: () => this.#load(),
    });
    this.#peer = new Peer(this.#outbox, {
      request: (method, params) => this.#session.request(method, params),
      notification: (method, params) => this.#session.notification(method, params),
      broken: () => {
        io.complain("the host does not speak the managed protocol: sixteen unreadable lines in a row");
        this.#session.end(MANAGED_EXIT.badHost);
      },
      count: (label) => this.#count(label),
      log: this.#log.write,
    });
  }

  async run(): Promise<ManagedExit> {
    const { input, output, interrupted } = this.#io;
    this.#lag.enable();
    output.on("error", this.#gone);
    output.on("close", this.#gone);
    input.on("data", this.#read);
    for (const end of ["end", "error", "close"]) input.on(end, this.#ended);
    const interrupt = (): void => this.#session.end();
    if (interrupted.aborted) interrupt();
    interrupted.addEventListener("abort", interrupt);

    const code = await this.#session.finished;
    await within(FLUSH_MS, this.#outbox.flushed());
    interrupted.removeEventListener("abort", interrupt);
    input.off("data", this.#read);
    input.destroy();
    this.#peer.close();
    this.#lag.disable();
    return code;
  }

  async #start(params: InitParams, signal: AbortSignal): Promise<ManagedNode> {
    this.#log.setLevel(params.options.log_level ?? "info");
    let stage = "modules";
    const sendProgress = (): void => void this.#peer.offer("progress", { stage });
    const progress = setInterval(sendProgress, PROGRESS_INTERVAL_MS);
    sendProgress();
    try {
      // The node's modules are loaded here, so that the manifest is answered before.
      const { startManagedNode } = await import("./node.js");
      const host = {
        ask: (method: string, asked: object, aborted?: AbortSignal) => this.#peer.request(method, asked, aborted),
        grant: (events: number) => this.#peer.notify("credit", { events }),
        stage: (name: string) => {
          stage = name;
          sendProgress();
        },
        log: this.#log.write,
        bounds: () => [
          { name: "host_requests", size: this.#peer.open.asked, cap: OPEN_REQUESTS_MAX },
          { name: "host_calls", size: this.#peer.open.answering, cap: OPEN_REQUESTS_MAX },
          { name: "host_outbox", size: this.#outbox.lines, cap: OUTBOX_LINES_MAX },
        ],
        countWith: (count: (label: LinkCount) => void) => {
          this.#count = count;
        },
      };
      return await startManagedNode(params, host, signal);
    } finally {
      clearInterval(progress);
    }
  }

  #load(): { readonly lagMs: number; readonly memoryBytes: number } {
    const lagMs = Math.max(0, Math.round(this.#lag.max / NANOSECONDS_PER_MS) - LAG_RESOLUTION_MS);
    this.#lag.reset();
    return { lagMs, memoryBytes: process.memoryUsage.rss() };
  }

  readonly #read = (chunk: Buffer): void => {
    this.#peer.push(chunk);
    if (!this.#outbox.behind) return;
    // Backpressure: while the host does not read answers, its requests are not read.
    const { input } = this.#io;
    input.pause();
    this.#count("not_read");
    const watch = this.#watchReader();
    void this.#outbox.caughtUp().then(() => {
      clearInterval(watch);
      input.resume();
    });
  };

  /** Ends the session if the host reads no line for {@link UNREAD_MS}: while input is paused, its end is not seen. */
  #watchReader(): NodeJS.Timeout {
    let { left } = this.#outbox;
    const watch = setInterval(() => {
      if (this.#outbox.left !== left) {
        left = this.#outbox.left;
        return;
      }
      clearInterval(watch);
      this.#io.complain(`the host has read no line for ${UNREAD_MS / 1000} s`);
      this.#outbox.close();
      this.#session.end(MANAGED_EXIT.failed);
    }, UNREAD_MS);
    return watch;
  }

  readonly #ended = (): void => {
    if (this.#peer.unfinishedBytes > 0) this.#io.complain("standard input ended within a line");
    this.#peer.close();
    this.#session.end();
  };

  readonly #gone = (): void => {
    this.#outbox.close();
    this.#peer.close();
    this.#session.end();
  };
}

/** Runs the managed protocol until its end; resolves with the exit code. */
export function runManaged(io: ManagedIo): Promise<ManagedExit> {
  return new ManagedPlugin(io).run();
}
