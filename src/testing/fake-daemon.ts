import { AiState } from "./ai-state.js";
import { BlockTimer } from "./block-timer.js";
import { CallDesk } from "./call-desk.js";
import { type FakeDaemonOptions, NETWORKS, type Reorganisation, type RestartChanges } from "./daemon-options.js";
import { RECORDED_TIMERS } from "./daemon-timers.js";
import { EventBoard } from "./event-board.js";
import type { FakeBlock } from "./fake-block.js";
import { FakeChain, STABLE_LIMIT } from "./fake-chain.js";
import { peerJson } from "./fake-peers.js";
import type { AiAction, FakeTransaction } from "./fake-transactions.js";
import type { DaemonProfile, DaemonView } from "./methods.js";
import { PeerSet } from "./peer-set.js";
import { NO_QUIRKS, type Override, type Quirks } from "./quirks.js";
import { RpcServer } from "./rpc-server.js";
import { Seeded } from "./seeded.js";
import { Watch } from "./watch.js";

const VERSIONS: Record<DaemonProfile, string> = { ai: "0.1.0-fc3139b", plain: "0.1.16-0000000" };

/**
 * A daemon of the chain as far as its RPC goes, on 127.0.0.1. It behaves as the recorded one does, and as badly as it is
 * told to. Its chain survives `kill`; `stop` leaves nothing behind.
 */
export class FakeDaemon {
  /** May be changed at any time. */
  readonly quirks: Quirks;
  readonly peers: PeerSet;
  readonly #options: FakeDaemonOptions;
  readonly #now: () => number;
  readonly #chance: Seeded;
  readonly #board: EventBoard;
  readonly #watch = new Watch();
  readonly #miner: BlockTimer;
  readonly #desk: CallDesk;
  #network: number;
  #profile: DaemonProfile;
  #seed: string;
  #chain: FakeChain;
  #ai: { readonly state: AiState; readonly revision: number } | undefined;
  #port: number;
  #peerId = 0n;
  #running = false;
  #server: RpcServer | undefined;

  constructor(options: FakeDaemonOptions = {}) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#network = NETWORKS.indexOf(options.network ?? "devnet");
    this.#profile = options.profile ?? "ai";
    this.#seed = options.seed ?? "fake daemon";
    this.#port = options.port ?? 0;
    this.quirks = { ...NO_QUIRKS, ...options.quirks };
    this.#chance = new Seeded(`${this.#seed}/chance`);
    this.#chain = this.#newChain();
    this.#miner = new BlockTimer((count) => void this.mine(count));
    this.#board = new EventBoard({
      quirks: this.quirks,
      seeded: this.#chance,
      sessions: () => this.#server?.sessions ?? [],
      later: (delayMs, run) => this.#server?.after(delayMs, run),
    });
    this.#desk = new CallDesk({
      view: () => this.#view(),
      hook: options.answer,
      subscribed: () => {
        if (this.quirks.blockBeforeReply) this.mine();
      },
      changed: () => this.#watch.check(),
    });
    this.peers = new PeerSet({
      defaults: () => ({
        id: this.#chance.u64(),
        localPort: 2125,
        tag: null,
        hidden: false,
        topoheight: this.#chain.topoheight,
        height: this.#chain.height,
        connectedOnSeconds: Math.floor(this.#now() / 1000),
      }),
      tell: (event, peer) => {
        const body = peerJson(peer, this.#chain, VERSIONS[this.#profile], this.#now());
        this.#board.publish([[{ event, body }]]);
      },
    });
  }

  /** A daemon that runs. */
  static async start(options?: FakeDaemonOptions): Promise<FakeDaemon> {
    const daemon = new FakeDaemon(options);
    await daemon.start();
    return daemon;
  }

  get chain(): FakeChain {
    return this.#chain;
  }

  /** 0 before the first start, unless it was given. */
  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.#port}/json_rpc`;
  }

  get httpUrl(): string {
    return `http://127.0.0.1:${this.#port}/json_rpc`;
  }

  get running(): boolean {
    return this.#running;
  }

  /** False while it runs: its port was taken. */
  get listening(): boolean {
    return this.#server !== undefined;
  }

  /** WebSocket clients that it talks to. */
  get clients(): number {
    return this.#server?.sessions.size ?? 0;
  }

  /** How many clients have subscribed to this event. */
  subscribers(event: string): number {
    const sessions = [...(this.#server?.sessions ?? [])];
    return sessions.filter(({ subscriptions }) => subscriptions.has(JSON.stringify(event))).length;
  }

  /** How many calls of this method came, in all its lives. */
  requests(method: string): number {
    return this.#desk.count(method);
  }

  /** Resolves when this holds; looked at whenever a client comes, goes, calls or subscribes. */
  until(holds: (daemon: this) => boolean): Promise<void> {
    return this.#watch.until(() => holds(this));
  }

  untilClients(count: number): Promise<void> {
    return this.until(({ clients }) => clients === count);
  }

  untilSubscribed(event: string, count = 1): Promise<void> {
    return this.until((daemon) => daemon.subscribers(event) >= count);
  }

  /** Resolves with the next call of this method, or with so many more. */
  untilRequests(method: string, more = 1): Promise<void> {
    const wanted = this.requests(method) + more;
    return this.until((daemon) => daemon.requests(method) >= wanted);
  }

  /** Ready when it resolves. If its port is taken it runs all the same, without RPC. */
  async start(): Promise<void> {
    await this.#start(true);
  }

  /** Ends it, its timers and its waiters for good; the chain can still be looked at. */
  async stop(): Promise<void> {
    await this.kill();
    this.#watch.abandon(new Error("the fake daemon was stopped"));
  }

  /** SIGKILL: connections end without a close frame (`reset`: without an end of stream), the port is free. */
  async kill({ reset = false }: { readonly reset?: boolean } = {}): Promise<void> {
    this.#running = false;
    this.#miner.stop();
    const server = this.#server;
    this.#server = undefined;
    await server?.close(reset);
    this.#watch.check();
  }

  /** Kills it if it runs, and starts it at the same port, with another peer id. */
  async restart(changes: RestartChanges = {}): Promise<void> {
    await this.kill();
    if (changes.profile !== undefined) this.#profile = changes.profile;
    if (changes.network !== undefined || changes.seed !== undefined) {
      if (changes.network !== undefined) this.#network = NETWORKS.indexOf(changes.network);
      this.#seed = changes.seed ?? this.#seed;
      this.#chain = this.#newChain();
      this.#ai = undefined;
    }
    await this.#start(changes.rpc ?? true);
  }

  /** SIGSTOP: takes connections, reads nothing, says nothing, pings nobody. */
  freeze(): void {
    this.#miner.stop();
    this.#server?.freeze();
  }

  /** SIGCONT: answers what came meanwhile; who owes too many pongs is dropped. */
  thaw(): void {
    this.#server?.thaw();
    if (this.#running) this.#miner.start(this.#options.blockMs);
  }

  /** The connections of now stay open and are dead; new ones are served. */
  zombie(): void {
    for (const session of [...(this.#server?.sessions ?? [])]) session.zombify();
  }

  /** Mines no more by itself. */
  stall(): void {
    this.#miner.stop();
  }

  /** Mines so often from now on, as `blockMs` does. */
  mineEvery(blockMs: number): void {
    this.#miner.start(blockMs);
  }

  /** So many blocks; also while it is down, as blocks that it finds when it is back. The last one is returned. */
  mine(count = 1): FakeBlock {
    for (let i = 0; i < count; i++) this.#board.publish(this.#chain.mine());
    return this.#chain.top;
  }

  /** A block beside the top, after or `before` it in the order: see {@link FakeChain.mineBeside}. */
  mineBeside({ before = false }: { readonly before?: boolean } = {}): void {
    this.#board.publish(this.#chain.mineBeside(before));
  }

  /** A `new_block` that is `Orphaned`. */
  mineOrphan(): void {
    this.#board.publish(this.#chain.mineOrphan());
  }

  /** The last `depth` blocks are others. Past the stable height the stable height goes down, and none is said orphaned. */
  reorganise(depth: number, { blocks = depth + 1, told = depth <= STABLE_LIMIT }: Reorganisation = {}): void {
    this.#board.publish(this.#chain.rewind(depth, told));
    this.mine(blocks);
  }

  /** A transaction for the next block. */
  submit(action: AiAction): FakeTransaction {
    const transaction: FakeTransaction = {
      hash: this.#chance.hash(),
      source: this.#chain.address(action.key),
      fee: 200_000,
      nonce: this.#chain.executedCount,
      size: 1171,
      firstSeenSeconds: Math.floor(this.#now() / 1000),
      action,
    };
    this.#board.publish(this.#chain.submit(transaction));
    return transaction;
  }

  /** Registers a key (64 hex digits) for AI mining with the next block. */
  registerMiner(key: string): FakeTransaction {
    return this.submit({ kind: "register", key, fee: 1_000_000_000 });
  }

  /** Answers this method so, the next so many times. */
  override(method: string, override: Override, times = Number.POSITIVE_INFINITY): void {
    this.#desk.override(method, override, times);
  }

  clearOverrides(): void {
    this.#desk.clearOverrides();
  }

  /** A text frame to every client, whatever it says. */
  broadcast(text: string): void {
    for (const session of this.#server?.sessions ?? []) session.sendText(text);
  }

  async #start(rpc: boolean): Promise<void> {
    if (this.#running) throw new Error("the fake daemon runs already");
    this.#running = true;
    this.#peerId = this.#chance.u64();
    if (rpc) await this.#listen();
    this.#miner.start(this.#options.blockMs);
  }

  async #listen(): Promise<void> {
    const server = new RpcServer({
      timers: { ...RECORDED_TIMERS, ...this.#options.timers },
      connectionsPerMinute: this.#options.connectionsPerMinute,
      greeting: `Hello, world! Running on: ${VERSIONS[this.#profile]}`,
      answer: (body, session) => this.#desk.answer(body, session),
      slowMs: () => this.quirks.slowMs,
      changed: () => this.#watch.check(),
    });
    try {
      this.#port = await server.listen(this.#port);
      this.#server = server;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EADDRINUSE")) throw error;
    }
  }

  #newChain(): FakeChain {
    return new FakeChain({ seed: this.#seed, network: this.#network, now: this.#now });
  }

  #view(): DaemonView {
    return {
      chain: this.#chain,
      profile: this.#profile,
      network: this.#network,
      version: VERSIONS[this.#profile],
      peers: this.#options.p2p === false ? undefined : this.peers.list(),
      peerId: this.#peerId,
      tag: this.#options.tag ?? null,
      nowMs: this.#now(),
      ai: () => this.#aiState(),
    };
  }

  #aiState(): AiState {
    const { revision } = this.#chain;
    if (this.#ai?.revision !== revision) this.#ai = { state: new AiState(this.#chain), revision };
    return this.#ai.state;
  }
}
