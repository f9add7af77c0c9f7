import type { ChainFacts } from "../engine/index.js";
import { toHex } from "../protocol/bytes.js";
import type { NetworkIdentity } from "../protocol/rules.js";
import type { BlockchainInterface, ChainEvent, ChainHead } from "./types.js";

/** One simulated block per minute; only displays depend on it. */
const BLOCK_SECONDS = 60;
/** The daemon's stable depth on a linear chain. */
const STABLE_DEPTH = 8;

/**
 * A node without a chain: height is the clock, the facts come from files read once. The embedded default on a devnet.
 */
export class StandaloneChain implements BlockchainInterface {
  readonly mode = "standalone";
  readonly network: number;
  readonly genesis: Uint8Array;
  readonly #facts: ChainFacts;
  readonly #nowMs: () => number;
  readonly #listeners = new Set<(event: ChainEvent) => void>();
  #timer: NodeJS.Timeout | undefined;

  constructor(identity: NetworkIdentity, facts: ChainFacts, nowMs: () => number = Date.now) {
    this.network = identity.network;
    this.genesis = identity.genesis;
    this.#facts = facts;
    this.#nowMs = nowMs;
  }

  head(): ChainHead {
    const height = Math.floor(this.#nowMs() / 1000 / BLOCK_SECONDS);
    return {
      height,
      topoheight: height,
      stableHeight: Math.max(0, height - STABLE_DEPTH),
      hash: toHex(this.genesis),
      timestampSeconds: height * BLOCK_SECONDS,
    };
  }

  facts(): ChainFacts {
    return this.#facts;
  }

  /** Always true: there is no chain to lose. */
  readonly following = true;

  trouble(): undefined {
    return undefined;
  }

  asked(): void {}

  doubted(): void {}

  async task(): Promise<undefined> {}

  async miner(): Promise<undefined> {}

  subscribe(listener: (event: ChainEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  async start(): Promise<void> {
    this.#timer ??= setInterval(() => this.#emit({ kind: "head", head: this.head() }), BLOCK_SECONDS * 1000);
    this.#timer.unref();
    this.#emit({ kind: "facts", facts: this.#facts });
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#listeners.clear();
  }

  #emit(event: ChainEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
