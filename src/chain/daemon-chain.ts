import type { ChainFacts } from "../engine/index.js";
import { toHex } from "../protocol/bytes.js";
import { NetworkError } from "../protocol/errors.js";
import {
  DAEMON_TIMES,
  type DaemonCount,
  type DaemonEvent,
  DaemonLink,
  DaemonSource,
  type DaemonTimes,
  HostBook,
  parseDaemonUrl,
  type ReadyDaemon,
  STALL_BLOCKS,
  STALL_MAX_MS,
  type Trouble,
  troubleOf,
} from "./daemon/index.js";
import { BlockFollower, untoldHead } from "./follow/index.js";
import { Paced } from "./paced.js";
import type {
  BlockchainInterface,
  ChainBlock,
  ChainEvent,
  ChainHead,
  ChainMiner,
  ChainTask,
  ChainTip,
  FactsSource,
} from "./types.js";
import { unknownIfFailed } from "./unknown-if-failed.js";

/** Peers come and go in bursts: hosts are told this often at most. */
const HOSTS_GAP_MS = 1000;

export interface DaemonChainOptions {
  /** `ws://host:port/json_rpc`, the same with wss, http or https, or `host:port`. */
  readonly url: string;
  /** Chain id, 0..3, and genesis hash, 32 bytes: a daemon with others is not followed. */
  readonly network: number;
  readonly genesis: Uint8Array;
  readonly facts: FactsSource;
  /** The facts are made of what blocks registered: a daemon that can't tell (no AI mining) is not followed. */
  readonly needsAiMining?: boolean;
  /** Counts what goes wrong, and connections. */
  readonly count: (what: DaemonCount) => void;
  readonly log: (level: "info" | "warn", text: string, fields?: Readonly<Record<string, string | number>>) => void;
  readonly nowMs?: () => number;
  /** Uniform in [0, 1). */
  readonly random?: () => number;
  readonly times?: Partial<DaemonTimes>;
}

/** The chain of a TOS daemon over its JSON-RPC: followed by its events, asked by its methods, left alone while it is gone. */
export class DaemonChain implements BlockchainInterface {
  readonly mode = "daemon";
  readonly network: number;
  readonly genesis: Uint8Array;
  readonly #options: DaemonChainOptions;
  readonly #nowMs: () => number;
  readonly #times: DaemonTimes;
  readonly #listeners = new Set<(event: ChainEvent) => void>();
  readonly #source: DaemonSource;
  readonly #hosts = new HostBook();
  readonly #tellHosts: Paced;
  readonly #link: DaemonLink;
  #asking = new AbortController();
  #follower: BlockFollower | undefined;
  #trouble: Trouble | undefined = { reason: "unreachable", detail: "the daemon was not reached yet" };
  /** The chain was read whole since the daemon was reached: one that stands still from the beginning is not followed yet. */
  #read = false;
  /** The trouble was told as an event. */
  #said = false;
  /** When the last block was told, or nothing was heard of the chain before; of a clock that only goes forward. */
  #blockMs: number | undefined;
  #stall: NodeJS.Timeout | undefined;
  #look: NodeJS.Timeout | undefined;
  #started = false;
  #stopped = false;

  /** `bad_parameters` for a URL that is none. */
  constructor(options: DaemonChainOptions) {
    this.network = options.network;
    this.genesis = options.genesis;
    this.#options = options;
    this.#source = new DaemonSource(options.network);
    this.#nowMs = options.nowMs ?? Date.now;
    this.#times = { ...DAEMON_TIMES, ...options.times };
    this.#tellHosts = new Paced(() => this.#emitHosts(), this.#nowMs);
    this.#link = new DaemonLink({
      url: parseDaemonUrl(options.url),
      network: options.network,
      genesis: toHex(options.genesis),
      needsAiMining: options.needsAiMining ?? false,
      times: this.#times,
      random: options.random ?? Math.random,
      up: (daemon) => this.#up(daemon),
      down: (error) => this.#down(error),
      event: (event) => this.#heard(event),
      count: options.count,
    });
  }

  head(): ChainHead {
    return this.#follower?.head() ?? untoldHead(this.genesis, this.#options.facts);
  }

  facts(): ChainFacts {
    return this.#options.facts.facts();
  }

  get following(): boolean {
    return this.#read && (this.#trouble === undefined || this.#trouble.reason === "stalled");
  }

  trouble(): Trouble | undefined {
    return this.#trouble;
  }

  /** What is held in memory: for the table of bounds. */
  get sizes(): { readonly remembered: number; readonly ahead: number; readonly peers: number } {
    return { remembered: 0, ahead: 0, ...this.#follower?.sizes, peers: this.#hosts.size };
  }

  subscribe(listener: (event: ChainEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  asked(author: string): void {
    this.#options.facts.asked(author);
  }

  /** Undefined also where the daemon is gone or has no AI mining. */
  async task(taskId: string, signal: AbortSignal): Promise<ChainTask | undefined> {
    const { daemon } = this.#source;
    return daemon?.ai === true ? unknownIfFailed(daemon.methods.task(taskId, signal)) : undefined;
  }

  /** Undefined also where the daemon is gone or has no AI mining. */
  async miner(key: string, signal: AbortSignal): Promise<ChainMiner | undefined> {
    const { daemon } = this.#source;
    return daemon?.ai === true ? unknownIfFailed(daemon.methods.miner(key, signal)) : undefined;
  }

  /** The block that registered this miner; undefined where there is none, the daemon is gone or has no AI mining. */
  async block(miner: ChainMiner, signal: AbortSignal): Promise<ChainBlock | undefined> {
    return unknownIfFailed(this.#source.block(miner, signal));
  }

  /** Where the chain stands now, by the daemon; undefined while it is gone. What was told is {@link head}. */
  async tip(signal: AbortSignal): Promise<ChainTip | undefined> {
    return unknownIfFailed(this.#source.tip(signal));
  }

  /** Does not wait for the daemon. */
  async start(): Promise<void> {
    if (this.#started) return;
    this.#started = true;
    const { facts } = this.#options;
    await facts.start((now) => this.#emit({ kind: "facts", facts: now }));
    if (this.#stopped) return;
    this.#follower = new BlockFollower({
      source: this.#source,
      startFrom: facts.startFrom(),
      nowMs: this.#nowMs,
      tell: (event) => this.#told(event),
      failed: (error) => this.#failed(error),
      ok: () => this.#healed(),
    });
    this.#link.start();
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#follower?.stop();
    this.#tellHosts.stop();
    this.#rest();
    await this.#link.stop();
    this.#listeners.clear();
    if (this.#started) await this.#options.facts.stop();
  }

  #up(daemon: ReadyDaemon): void {
    this.#rest();
    this.#source.daemon = daemon;
    this.#asking = new AbortController();
    const { lookMs, pollMs } = this.#times;
    this.#look = setInterval(() => this.#follower?.hint(), daemon.events ? lookMs : pollMs);
    this.#watchBlocks();
    this.#follower?.resync();
    void this.#askPeers(daemon, this.#asking.signal);
  }

  #down(error: NetworkError | undefined): void {
    this.#rest();
    if (error === undefined) return;
    this.#read = false;
    this.#blockMs = undefined;
    this.#inTrouble(troubleOf(error));
  }

  /** Nothing is asked and nothing expected until there is a connection. */
  #rest(): void {
    this.#source.daemon = undefined;
    this.#asking.abort();
    clearInterval(this.#look);
    clearTimeout(this.#stall);
  }

  #heard(event: DaemonEvent): void {
    switch (event.kind) {
      case "moved":
        this.#follower?.hint(event.place);
        return;
      case "undone":
        this.#follower?.markUnverified();
        return;
      case "peer":
        if (event.peer === undefined) return;
        if (event.connected) this.#hosts.connected(event.peer);
        else this.#hosts.disconnected(event.peer);
        this.#tellHosts.ask(HOSTS_GAP_MS);
        return;
    }
  }

  #told(event: ChainEvent): void {
    if (event.kind === "block") this.#newBlock();
    this.#options.facts.chain(event);
    this.#emit(event);
  }

  /** A round failed. While there is no connection it had to, and why is known already. */
  #failed(error: NetworkError): void {
    if (this.#source.daemon === undefined) return;
    if (error.code === "chain_answer") this.#options.count("bad_answer");
    this.#inTrouble(troubleOf(error));
  }

  #healed(): void {
    if (this.#source.daemon === undefined) return;
    this.#read = true;
    if (this.#trouble === undefined || this.#trouble.reason === "stalled") return;
    this.#outOfTrouble();
    this.#watchBlocks();
  }

  #newBlock(): void {
    this.#blockMs = performance.now();
    if (this.#trouble?.reason === "stalled") this.#outOfTrouble();
    this.#watchBlocks();
  }

  #watchBlocks(): void {
    clearTimeout(this.#stall);
    if (this.#source.daemon === undefined) return;
    const wishMs = Math.min(STALL_BLOCKS * this.#source.blockTimeMs, STALL_MAX_MS);
    const afterMs = Math.max(this.#times.stallMs, wishMs);
    // A connection that was only exchanged for another goes on with the time of the one before.
    this.#blockMs ??= performance.now();
    this.#stall = setTimeout(
      () => {
        this.#inTrouble({ reason: "stalled", detail: `no new block for ${Math.round(afterMs / 1000)} s` });
      },
      Math.max(0, this.#blockMs + afterMs - performance.now()),
    );
    this.#stall.unref();
  }

  #inTrouble(trouble: Trouble): void {
    const known = this.#said && this.#trouble?.reason === trouble.reason;
    this.#trouble = trouble;
    if (known) return;
    this.#said = true;
    this.#options.log("warn", "the chain can't be followed", { reason: trouble.reason, detail: trouble.detail });
    this.#emit({ kind: "degraded", ...trouble });
  }

  #outOfTrouble(): void {
    this.#trouble = undefined;
    this.#said = false;
    this.#options.log("info", "the chain is followed", { topoheight: this.head().topoheight });
    this.#emit({ kind: "healed" });
  }

  async #askPeers({ methods }: ReadyDaemon, signal: AbortSignal): Promise<void> {
    try {
      this.#hosts.replace(await methods.peers(signal));
      if (!signal.aborted) this.#tellHosts.ask(0);
    } catch (error) {
      // Hints of hosts are not worth a trouble of their own.
      if (error instanceof NetworkError && error.code === "chain_answer") this.#options.count("bad_answer");
    }
  }

  #emitHosts(): void {
    const hosts = this.#hosts.take();
    if (hosts !== undefined) this.#emit({ kind: "hosts", hosts });
  }

  #emit(event: ChainEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
