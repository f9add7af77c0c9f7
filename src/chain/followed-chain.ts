import type { ChainFacts } from "../engine/index.js";
import type { NetworkError } from "../protocol/errors.js";
import { BlockFollower, rememberedHead, SecondReading } from "./follow/index.js";
import type {
  BlockchainInterface,
  BlockSource,
  ChainEvent,
  ChainHead,
  ChainMiner,
  ChainTask,
  FactsSource,
  Trouble,
} from "./types.js";

export interface FollowedChainOptions {
  /** Chain id, 0..3. */
  readonly network: number;
  /** 32 bytes. */
  readonly genesis: Uint8Array;
  readonly source: BlockSource;
  readonly facts: FactsSource;
  readonly nowMs: () => number;
  /** The head to show until the follower emits one; undefined: unknown. */
  readonly tip: ChainHead | undefined;
  /** The trouble before the first round; no event is emitted for it. */
  readonly trouble: Trouble | undefined;
}

/**
 * The base of the daemon's and the host's chain: one block follower, one facts source, the listeners and the current
 * trouble. A subclass connects the source, passes hints to the follower, and watches for a chain that stalls.
 */
export abstract class FollowedChain implements BlockchainInterface {
  abstract readonly mode: "daemon" | "host";
  readonly network: number;
  readonly genesis: Uint8Array;
  readonly #options: FollowedChainOptions;
  readonly #listeners = new Set<(event: ChainEvent) => void>();
  readonly #secondReading: SecondReading;
  #follower: BlockFollower | undefined;
  #trouble: Trouble | undefined;
  /** A `degraded` event was emitted for the current trouble. */
  #degraded = false;
  /** A round succeeded since the source was connected. */
  #read = false;
  #started = false;
  #stopped = false;

  protected constructor(options: FollowedChainOptions) {
    this.network = options.network;
    this.genesis = options.genesis;
    this.#options = options;
    this.#trouble = options.trouble;
    const { source, facts, nowMs } = options;
    this.#secondReading = new SecondReading({ source, review: () => facts.review(), nowMs });
  }

  abstract task(taskId: string, signal: AbortSignal): Promise<ChainTask | undefined>;
  abstract miner(key: string, signal: AbortSignal): Promise<ChainMiner | undefined>;

  /** The follower exists; the subclass connects its source. */
  protected abstract begin(follower: BlockFollower): void;
  /** The follower is stopped; the subclass disconnects its source. */
  protected abstract end(): Promise<void>;
  /** The follower emitted a block. */
  protected abstract blockEmitted(): void;
  /** A round failed with this error. */
  protected abstract roundFailed(error: NetworkError): void;
  /** A round succeeded; the subclass calls {@link markRead} if its source is connected. */
  protected abstract roundOk(): void;

  head(): ChainHead {
    const { tip, facts } = this.#options;
    return this.#follower?.head() ?? tip ?? rememberedHead(this.genesis, facts);
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

  /** Blocks remembered, and blocks that wait for their turn. */
  get sizes(): { readonly remembered: number; readonly ahead: number } {
    return this.#follower?.sizes ?? { remembered: 0, ahead: 0 };
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

  doubted(): void {
    if (this.following) this.#secondReading.ask();
  }

  /** Does not wait for the source. */
  async start(): Promise<void> {
    if (this.#started) return;
    this.#started = true;
    const { facts, source, nowMs } = this.#options;
    await facts.start((now) => this.emit({ kind: "facts", facts: now }));
    if (this.#stopped) return;
    this.#follower = new BlockFollower({
      source,
      startFrom: facts.startFrom(),
      nowMs,
      emit: (event) => this.#followed(event),
      failed: (error) => this.roundFailed(error),
      ok: () => this.roundOk(),
    });
    this.begin(this.#follower);
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#follower?.stop();
    this.#secondReading.stop();
    await this.end();
    this.#listeners.clear();
    if (this.#started) await this.#options.facts.stop();
  }

  protected get follower(): BlockFollower | undefined {
    return this.#follower;
  }

  protected emit(event: ChainEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  /** True if this ended a trouble, or is the first success. A successful round alone does not end `stalled`. */
  protected markRead(): boolean {
    const first = !this.#read;
    this.#read = true;
    const ended = this.#trouble === undefined ? first : this.#trouble.reason !== "stalled";
    if (ended) this.#heal();
    return ended;
  }

  /** The source is disconnected: {@link following} is false until the next successful round. */
  protected markUnread(): void {
    this.#read = false;
  }

  /** True if the reason is new, which emits an event. */
  protected setTrouble(trouble: Trouble): boolean {
    const known = this.#degraded && this.#trouble?.reason === trouble.reason;
    this.#trouble = trouble;
    if (known) return false;
    this.#degraded = true;
    this.emit({ kind: "degraded", ...trouble });
    return true;
  }

  /** A new block ends `stalled`. True if it did. */
  protected endStall(): boolean {
    if (this.#trouble?.reason !== "stalled") return false;
    this.#heal();
    return true;
  }

  #followed(event: ChainEvent): void {
    if (event.kind === "block") this.blockEmitted();
    this.#options.facts.chain(event);
    this.emit(event);
  }

  #heal(): void {
    this.#trouble = undefined;
    this.#degraded = false;
    this.emit({ kind: "healed" });
  }
}
