import type { BlockSource, ChainBlock, ChainEvent, ChainTip } from "../../src/chain/types.js";
import { NetworkError } from "../../src/protocol/errors.js";

const STABLE_DEPTH = 8;

/** A chain that grows, rewinds (also past its stable height), exchanges neighbouring blocks and is pruned. */
export class ModelChain {
  #blocks: ChainBlock[] = [];
  #minted = 0;
  /** Blocks below it are pruned. */
  first = 0;
  /** Hides `first` in its answers, and keeps the genesis. */
  hidesFirst = false;
  /** The place of a block that the chain has and does not return, as a daemon does that lacks a transaction. */
  withheld: number | undefined;

  constructor(length: number) {
    this.grow(length);
  }

  get top(): number {
    return this.#blocks.length - 1;
  }

  at(topoheight: number): ChainBlock {
    const block = this.#blocks[topoheight];
    if (block === undefined) throw new RangeError(`no block ${topoheight}`);
    return block;
  }

  grow(count: number): ChainBlock[] {
    return Array.from({ length: count }, () => {
      const block = this.#mint(this.#blocks.length);
      this.#blocks.push(block);
      return block;
    });
  }

  /** Replaces the last blocks; the genesis stays. */
  reorganise(depth: number, length: number): ChainBlock[] {
    this.#blocks.length = Math.max(1, this.#blocks.length - depth);
    return this.grow(length);
  }

  /** Exchanges two neighbours above the stable height; the head stays. The result is empty if there is no room. */
  exchange(below: number): ChainBlock[] {
    const upper = this.top - 1 - below;
    if (upper - 1 <= Math.max(0, this.top - STABLE_DEPTH)) return [];
    const [a, b] = [this.at(upper), this.at(upper - 1)];
    this.#blocks[upper] = { ...b, topoheight: upper };
    this.#blocks[upper - 1] = { ...a, topoheight: upper - 1 };
    return [this.at(upper - 1), this.at(upper)];
  }

  tip(): ChainTip {
    const { topoheight, height, hash, timestampMs } = this.at(this.top);
    const stable = Math.max(0, this.top - STABLE_DEPTH);
    return {
      topoheight,
      height,
      hash,
      timestampSeconds: Math.floor(timestampMs / 1000),
      stableHeight: stable,
      stableTopoheight: stable,
      blockTimeMs: 1000,
      ...(this.first > 0 && !this.hidesFirst && { firstTopoheight: this.first }),
    };
  }

  /** Fails, as the daemon does, unless all blocks of the range are available. */
  range(from: number, to: number): ChainBlock[] {
    const kept = from >= this.first || (this.hidesFirst && to === 0);
    const { withheld = -1 } = this;
    if (!kept || (from <= withheld && withheld <= to) || to > this.top || from > to || to - from > 20) {
      throw new NetworkError("not_found", `no range ${from} to ${to}`);
    }
    return this.#blocks.slice(from, to + 1);
  }

  #mint(topoheight: number): ChainBlock {
    const hash = (++this.#minted).toString(16).padStart(64, "0");
    return { topoheight, height: topoheight, hash, timestampMs: 1_000_000 + this.#minted };
  }
}

/** A source that answers when the test says so. An answer has the state at the question, or at the answer. */
export class HeldSource implements BlockSource {
  readonly #chain: ModelChain;
  readonly #waiting: (() => void)[] = [];
  calls = 0;
  /** The error of the next call. */
  failure: NetworkError | undefined;
  /** Whether an answer has the state of the chain at the question. Otherwise it has the state at the answer. */
  stale = false;

  constructor(chain: ModelChain) {
    this.#chain = chain;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  tip(): Promise<ChainTip> {
    return this.#hold(() => this.#chain.tip());
  }

  blocks(from: number, to: number): Promise<readonly ChainBlock[]> {
    return this.#hold(() => this.#chain.range(from, to));
  }

  /** Answers one call and lets the follower process it. The result is false if no call waits. */
  async answer(): Promise<boolean> {
    const next = this.#waiting.shift();
    next?.();
    // The follower needs microtasks only, or two turns of the event loop if it yields.
    for (let turn = 0; turn < 3; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
    return next !== undefined;
  }

  #hold<T>(answer: () => T): Promise<T> {
    this.calls++;
    const { failure } = this;
    this.failure = undefined;
    const decided = this.stale ? settle(answer) : undefined;
    return new Promise((resolve, reject) => {
      this.#waiting.push(() => {
        const { value, error } =
          failure === undefined ? (decided ?? settle(answer)) : { value: undefined, error: failure };
        if (value === undefined) reject(error);
        else resolve(value);
      });
    });
  }
}

function settle<T>(answer: () => T): { value?: T; error?: unknown } {
  try {
    return { value: answer() };
  } catch (error) {
    return { error };
  }
}

/** The contract of the stream, as ChainEvent states it. Breaches are kept in `broken`. */
export class StreamOracle {
  readonly emitted = new Map<number, string>();
  readonly events: ChainEvent[] = [];
  readonly broken: string[] = [];
  next: number | undefined;

  constructor(next?: number) {
    this.next = next;
  }

  readonly emit = (event: ChainEvent): void => {
    this.events.push(event);
    try {
      this.#hold(event);
    } catch (error) {
      this.broken.push(String(error));
    }
  };

  #hold(event: ChainEvent): void {
    switch (event.kind) {
      case "block": {
        const { topoheight, hash } = event.block;
        if (topoheight !== this.next) throw new Error(`block ${topoheight} told, ${this.next} was next`);
        if (this.emitted.has(topoheight)) throw new Error(`block ${topoheight} told twice`);
        this.emitted.set(topoheight, hash);
        this.next = topoheight + 1;
        return;
      }
      case "rewound":
        if (this.next === undefined || event.toTopoheight >= this.next - 1) {
          throw new Error(`rewound to ${event.toTopoheight}, ${this.next} was next`);
        }
        for (const place of this.emitted.keys()) if (place > event.toTopoheight) this.emitted.delete(place);
        this.next = event.toTopoheight + 1;
        return;
      case "skipped":
        if (event.fromTopoheight !== this.next || event.toTopoheight < event.fromTopoheight) {
          throw new Error(`skipped ${event.fromTopoheight} to ${event.toTopoheight}, ${this.next} was next`);
        }
        this.next = event.toTopoheight + 1;
        return;
      case "head":
        this.next ??= event.head.topoheight + 1;
        if (this.emitted.has(event.head.topoheight + 1)) throw new Error("the head is below what was told");
        return;
      default:
        throw new Error(`a follower does not tell ${event.kind}`);
    }
  }
}
