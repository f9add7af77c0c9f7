import { CallHandler } from "./call-handler.js";
import type { FakeDaemonOptions, RestartChanges } from "./daemon-options.js";
import { RECORDED_TIMERS } from "./daemon-timers.js";
import { FakeDaemonChain } from "./fake-daemon-chain.js";
import { peerJson } from "./fake-peers.js";
import type { DaemonProfile, DaemonView } from "./methods.js";
import { PeerSet } from "./peer-set.js";
import type { Override } from "./quirks.js";
import { RpcServer } from "./rpc-server.js";
import { Watch } from "./watch.js";
import type { WsSession } from "./ws-session.js";

const VERSIONS: Record<DaemonProfile, string> = { ai: "0.1.0-fc3139b", plain: "0.1.16-0000000" };

/**
 * The RPC of a daemon of the chain, on 127.0.0.1. It behaves like the recorded daemon, with faults on request. Its
 * chain survives `kill`; `stop` leaves nothing behind.
 */
export class FakeDaemon extends FakeDaemonChain {
  readonly peers: PeerSet;
  readonly #options: FakeDaemonOptions;
  readonly #watch = new Watch();
  readonly #calls: CallHandler;
  #profile: DaemonProfile;
  #port: number;
  #peerId = 0n;
  #running = false;
  #server: RpcServer | undefined;

  constructor(options: FakeDaemonOptions = {}) {
    super(options);
    this.#options = options;
    this.#profile = options.profile ?? "ai";
    this.#port = options.port ?? 0;
    this.#calls = new CallHandler({
      view: () => this.#view(),
      hook: options.answer,
      subscribed: () => {
        if (this.quirks.blockBeforeReply) this.mine();
      },
      changed: () => this.#watch.check(),
    });
    this.peers = new PeerSet({
      defaults: () => ({
        id: this.chance.u64(),
        localPort: 2125,
        tag: null,
        hidden: false,
        topoheight: this.chain.topoheight,
        height: this.chain.height,
        connectedOnSeconds: Math.floor(this.now() / 1000),
      }),
      report: (event, peer) => this.report(event, peerJson(peer, this.chain, VERSIONS[this.#profile], this.now())),
    });
  }

  /** Makes and starts a daemon. */
  static async start(options?: FakeDaemonOptions): Promise<FakeDaemon> {
    const daemon = new FakeDaemon(options);
    await daemon.start();
    return daemon;
  }

  /** 0 before the first start, unless a port was given. */
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

  /** False while it runs if its port was taken. */
  get listening(): boolean {
    return this.#server !== undefined;
  }

  /** Number of connected WebSocket clients. */
  get clients(): number {
    return this.sessions().size;
  }

  /** Number of clients that have subscribed to this event. */
  subscribers(event: string): number {
    return [...this.sessions()].filter(({ subscriptions }) => subscriptions.has(JSON.stringify(event))).length;
  }

  /** Number of calls of this method, over all restarts. */
  requests(method: string): number {
    return this.#calls.count(method);
  }

  /**
   * Resolves when `holds` is true. Checked when a client connects, disconnects, calls or subscribes, and at each block.
   */
  until(holds: (daemon: this) => boolean): Promise<void> {
    return this.#watch.until(() => holds(this));
  }

  untilClients(count: number): Promise<void> {
    return this.until(({ clients }) => clients === count);
  }

  untilSubscribed(event: string, count = 1): Promise<void> {
    return this.until((daemon) => daemon.subscribers(event) >= count);
  }

  /** Resolves at the next call of this method, or after `more` calls. */
  untilRequests(method: string, more = 1): Promise<void> {
    const wanted = this.requests(method) + more;
    return this.until((daemon) => daemon.requests(method) >= wanted);
  }

  /** Starts the daemon. If its port is taken, it runs without RPC. */
  async start(): Promise<void> {
    await this.#start(true);
  }

  /** Ends the daemon, its timers and its waiters for good. The chain is still readable. */
  async stop(): Promise<void> {
    await this.kill();
    this.#watch.abandon(new Error("the fake daemon was stopped"));
  }

  /** Like SIGKILL: connections end without a close frame (`reset`: without an end of stream), and the port is free. */
  async kill({ reset = false }: { readonly reset?: boolean } = {}): Promise<void> {
    this.#running = false;
    this.miner.pause();
    const server = this.#server;
    this.#server = undefined;
    await server?.close(reset);
    this.#watch.check();
  }

  /** Kills the daemon if it runs, and starts it at the same port with another peer id. */
  async restart(changes: RestartChanges = {}): Promise<void> {
    await this.kill();
    this.#profile = changes.profile ?? this.#profile;
    this.change(changes);
    await this.#start(changes.rpc ?? true);
  }

  /** Like SIGSTOP: connections open, but nothing is read or sent, and there are no pings. */
  freeze(): void {
    this.miner.pause();
    this.#server?.freeze();
  }

  /** Like SIGCONT: answers the calls that came meanwhile, and drops clients with too many missing pongs. */
  thaw(): void {
    this.#server?.thaw();
    if (this.#running) this.miner.run();
  }

  /** The current connections stay open without answers; new ones are served. */
  zombie(): void {
    for (const session of [...this.sessions()]) session.zombify();
  }

  /** Overrides the answers of the next `times` calls of this method. */
  override(method: string, override: Override, times = Number.POSITIVE_INFINITY): void {
    this.#calls.override(method, override, times);
  }

  clearOverrides(): void {
    this.#calls.clearOverrides();
  }

  /** Sends a text frame with any content to every client. */
  broadcast(text: string): void {
    for (const session of [...this.sessions()]) session.sendText(text);
  }

  protected override sessions(): ReadonlySet<WsSession> {
    return this.#server?.sessions ?? new Set();
  }

  protected override later(delayMs: number, run: () => void): void {
    this.#server?.after(delayMs, run);
  }

  protected override changed(): void {
    this.#watch.check();
  }

  async #start(rpc: boolean): Promise<void> {
    if (this.#running) throw new Error("the fake daemon runs already");
    this.#running = true;
    this.#peerId = this.chance.u64();
    if (rpc) await this.#listen();
    this.miner.run();
  }

  async #listen(): Promise<void> {
    const server = new RpcServer({
      timers: { ...RECORDED_TIMERS, ...this.#options.timers },
      connectionsPerMinute: this.#options.connectionsPerMinute,
      greeting: `Hello, world! Running on: ${VERSIONS[this.#profile]}`,
      answer: (body, session) => this.#calls.answer(body, session),
      slowMs: () => this.quirks.slowMs,
      changed: () => this.#watch.check(),
    });
    try {
      this.#port = await server.listen(this.#port);
      this.#server = server;
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") return;
      this.#running = false;
      throw error;
    }
  }

  #view(): DaemonView {
    return {
      chain: this.chain,
      profile: this.#profile,
      network: this.network,
      version: VERSIONS[this.#profile],
      peers: this.#options.p2p === false ? undefined : this.peers.list(),
      peerId: this.#peerId,
      tag: this.#options.tag ?? null,
      nowMs: this.now(),
      hidesPruning: this.quirks.hidesPruning,
      ai: () => this.aiState(),
    };
  }
}
