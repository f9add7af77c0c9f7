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
  troubleOf,
} from "./daemon/index.js";
import { FollowedChain } from "./followed-chain.js";
import { Paced } from "./paced.js";
import type { ChainBlock, ChainMiner, ChainTask, ChainTip, FactsSource, Trouble } from "./types.js";
import { unknownIfFailed } from "./unknown-if-failed.js";

/** The shortest time between two `hosts` events: daemon peers connect and disconnect in bursts. */
const HOSTS_GAP_MS = 1000;

export interface DaemonChainOptions {
  /** `ws://host:port/json_rpc`, the same with wss, http or https, or `host:port`. */
  readonly url: string;
  /** Chain id, 0..3, and genesis hash, 32 bytes. A daemon with another network or genesis is not followed. */
  readonly network: number;
  readonly genesis: Uint8Array;
  readonly facts: FactsSource;
  /** The registry is computed from blocks: a daemon without AI mining is not followed. */
  readonly needsAiMining?: boolean;
  /** Counts faults and connections. */
  readonly count: (what: DaemonCount) => void;
  readonly log: (level: "info" | "warn", text: string, fields?: Readonly<Record<string, string | number>>) => void;
  readonly nowMs?: () => number;
  /** Uniform in [0, 1). */
  readonly random?: () => number;
  readonly times?: Partial<DaemonTimes>;
}

/** The chain of a TOS daemon over JSON-RPC. The daemon's events are hints; its methods are the source of blocks. */
export class DaemonChain extends FollowedChain {
  readonly mode = "daemon";
  readonly #options: DaemonChainOptions;
  readonly #times: DaemonTimes;
  readonly #source: DaemonSource;
  readonly #hosts = new HostBook();
  readonly #hostsTimer: Paced;
  readonly #link: DaemonLink;
  #asking = new AbortController();
  /** Monotonic time of the last block, or of the connection before the first block. */
  #blockMs: number | undefined;
  #stall: NodeJS.Timeout | undefined;
  #look: NodeJS.Timeout | undefined;

  /** Throws `bad_parameters` if the URL is not valid. */
  constructor(options: DaemonChainOptions) {
    const source = new DaemonSource(options.network);
    const nowMs = options.nowMs ?? Date.now;
    super({
      network: options.network,
      genesis: options.genesis,
      source,
      facts: options.facts,
      nowMs,
      tip: undefined,
      trouble: { reason: "unreachable", detail: "the daemon was not reached yet" },
    });
    this.#options = options;
    this.#source = source;
    this.#times = { ...DAEMON_TIMES, ...options.times };
    this.#hostsTimer = new Paced(() => this.#emitHosts(), nowMs);
    this.#link = new DaemonLink({
      url: parseDaemonUrl(options.url),
      network: options.network,
      genesis: toHex(options.genesis),
      needsAiMining: options.needsAiMining ?? false,
      times: this.#times,
      random: options.random ?? Math.random,
      up: (daemon) => this.#up(daemon),
      down: (error) => this.#down(error),
      event: (event) => this.#event(event),
      count: options.count,
    });
  }

  /** Sizes of the in-memory structures, for the table of bounds. */
  override get sizes(): { readonly remembered: number; readonly ahead: number; readonly peers: number } {
    return { ...super.sizes, peers: this.#hosts.size };
  }

  /** Undefined also if the daemon is disconnected or has no AI mining. */
  async task(taskId: string, signal: AbortSignal): Promise<ChainTask | undefined> {
    const { daemon } = this.#source;
    return daemon?.ai === true ? unknownIfFailed(daemon.methods.task(taskId, signal)) : undefined;
  }

  /** Undefined also if the daemon is disconnected or has no AI mining. */
  async miner(key: string, signal: AbortSignal): Promise<ChainMiner | undefined> {
    const { daemon } = this.#source;
    return daemon?.ai === true ? unknownIfFailed(daemon.methods.miner(key, signal)) : undefined;
  }

  /**
   * The block that registered this miner. Undefined if there is none, or the daemon is disconnected or has no AI
   * mining.
   */
  async block(miner: ChainMiner, signal: AbortSignal): Promise<ChainBlock | undefined> {
    return unknownIfFailed(this.#source.block(miner, signal));
  }

  /** The daemon's current tip; undefined while it is disconnected. {@link head} is the last head emitted. */
  async tip(signal: AbortSignal): Promise<ChainTip | undefined> {
    return unknownIfFailed(this.#source.tip(signal));
  }

  protected begin(): void {
    this.#link.start();
  }

  protected end(): Promise<void> {
    this.#hostsTimer.stop();
    this.#disconnect();
    return this.#link.stop();
  }

  #up(daemon: ReadyDaemon): void {
    this.#disconnect();
    this.#source.daemon = daemon;
    this.#asking = new AbortController();
    const { lookMs, pollMs } = this.#times;
    this.#look = setInterval(() => this.follower?.hint(), daemon.events ? lookMs : pollMs);
    this.#watchBlocks();
    this.follower?.resync();
    void this.#askPeers(daemon, this.#asking.signal);
  }

  #down(error: NetworkError | undefined): void {
    this.#disconnect();
    if (error === undefined) return;
    this.markUnread();
    this.#blockMs = undefined;
    this.#inTrouble(troubleOf(error));
  }

  /** Stops requests and timers until the next connection. */
  #disconnect(): void {
    this.#source.daemon = undefined;
    this.#asking.abort();
    clearInterval(this.#look);
    clearTimeout(this.#stall);
  }

  #event(event: DaemonEvent): void {
    switch (event.kind) {
      case "moved":
        this.follower?.hint(event.place);
        return;
      case "undone":
        this.follower?.markUnverified();
        return;
      case "peer":
        if (event.peer === undefined) return;
        if (event.connected) this.#hosts.connected(event.peer);
        else this.#hosts.disconnected(event.peer);
        this.#hostsTimer.ask(HOSTS_GAP_MS);
        return;
    }
  }

  /** A failure without a connection is expected; {@link #down} has set the trouble already. */
  protected roundFailed(error: NetworkError): void {
    if (this.#source.daemon === undefined) return;
    if (error.code === "chain_answer") this.#options.count("bad_answer");
    this.#inTrouble(troubleOf(error));
  }

  protected roundOk(): void {
    if (this.#source.daemon === undefined || !this.markRead()) return;
    this.#logFollowed();
    this.#watchBlocks();
  }

  protected blockEmitted(): void {
    this.#blockMs = performance.now();
    if (this.endStall()) this.#logFollowed();
    this.#watchBlocks();
  }

  #watchBlocks(): void {
    clearTimeout(this.#stall);
    if (this.#source.daemon === undefined) return;
    const blocksMs = Math.min(STALL_BLOCKS * this.#source.blockTimeMs, STALL_MAX_MS);
    const afterMs = Math.max(this.#times.stallMs, blocksMs);
    // A connection that replaces another (HTTP to WebSocket) keeps the time of the last block.
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
    if (!this.setTrouble(trouble)) return;
    this.#options.log("warn", "the chain can't be followed", { reason: trouble.reason, detail: trouble.detail });
  }

  #logFollowed(): void {
    this.#options.log("info", "the chain is followed", { topoheight: this.head().topoheight });
  }

  async #askPeers({ methods }: ReadyDaemon, signal: AbortSignal): Promise<void> {
    try {
      this.#hosts.replace(await methods.peers(signal));
      if (!signal.aborted) this.#hostsTimer.ask(0);
    } catch (error) {
      // Peers are only hints for discovery: a failure is counted and sets no trouble.
      if (error instanceof NetworkError && error.code === "chain_answer") this.#options.count("bad_answer");
    }
  }

  #emitHosts(): void {
    const hosts = this.#hosts.take();
    if (hosts !== undefined) this.emit({ kind: "hosts", hosts });
  }
}
