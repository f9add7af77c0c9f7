import type { ChainBlock } from "../../../src/chain/types.js";
import { NetworkError } from "../../../src/protocol/errors.js";
import type { Random } from "../world/random.js";
import type { SimChain } from "./sim-chain.js";

/** What a host says that is not the chain. */
export const LIES = [
  "none",
  /** Other hashes for the last blocks. */
  "blocks",
  /** Heights that contradict each other and the blocks. */
  "tips",
  /** No registrations. */
  "registrations",
  /** Answers of another shape. */
  "shapes",
] as const;
export type Lie = (typeof LIES)[number];

/** What a host shows of the chain. */
export interface ViewSettings {
  /** The top blocks that it does not know yet. */
  readonly behind: number;
  /** It shows the chain as it was when this was set. */
  readonly frozen: boolean;
  /** Blocks below this topoheight are not available. */
  readonly pruned: number;
  readonly lie: Lie;
}

export const TRUE_VIEW: ViewSettings = { behind: 0, frozen: false, pruned: 0, lie: "none" };

/** Blocks at the top that the lie "blocks" changes. */
const LIED_BLOCKS = 12;

/** A chain's tip as docs/managed.md describes it. */
interface TipShape {
  readonly topoheight: number;
  readonly height: number;
  readonly stable_height: number;
  readonly stable_topoheight: number;
  readonly hash: string;
  readonly timestamp_ms: number;
  readonly block_time_ms: number;
  readonly first_topoheight?: number;
}

/** Shapes of blocks: many nodes ask for the same block. */
const shapes = new WeakMap<ChainBlock, object>();

/** The chain as one host shows it, in the shapes of docs/managed.md. */
export class ChainView {
  readonly #chain: SimChain;
  readonly #random: Random;
  #settings: ViewSettings = TRUE_VIEW;
  #frozen: readonly ChainBlock[] | undefined;

  constructor(chain: SimChain, random: Random) {
    this.#chain = chain;
    this.#random = random;
  }

  get settings(): ViewSettings {
    return this.#settings;
  }

  set(settings: ViewSettings): void {
    if (!settings.frozen) this.#frozen = undefined;
    else if (!this.#settings.frozen) this.#frozen = this.#chain.blocks.slice();
    this.#settings = settings;
  }

  /** True: a new block of the chain is news for this host's node at once. */
  get pushes(): boolean {
    const { behind, frozen } = this.#settings;
    return behind === 0 && !frozen;
  }

  tip(): unknown {
    const { lie, pruned } = this.#settings;
    if (lie === "shapes") return this.#otherShape();
    const blocks = this.#blocks();
    const at = this.#topoheight();
    const { topoheight, height, hash, timestampMs } = blocks[at] as ChainBlock;
    const stable = Math.max(0, at - this.#chain.stableDepth);
    const tip: TipShape = {
      topoheight,
      height,
      stable_height: (blocks[stable] as ChainBlock).height,
      stable_topoheight: stable,
      hash: this.#hash(hash, topoheight),
      timestamp_ms: timestampMs,
      block_time_ms: this.#chain.blockMs,
      ...(pruned > 0 && pruned <= topoheight ? { first_topoheight: pruned } : {}),
    };
    if (lie !== "tips") return tip;
    const off = this.#random.between(-5, 5);
    return {
      ...tip,
      topoheight: Math.max(0, topoheight + off),
      height: Math.max(0, height - off),
      stable_topoheight: topoheight + this.#random.between(0, 20),
      stable_height: this.#random.below(height + 20),
    };
  }

  /** Throws `bad_parameters` for a range that it does not have. */
  blocksOf(from: number, to: number): unknown {
    if (this.#settings.lie === "shapes") return this.#otherShape();
    const blocks = this.#blocks();
    if (from < this.#settings.pruned || from > to || to > this.#topoheight() || to - from > 20) {
      throw new NetworkError("bad_parameters", `there are no blocks ${from} to ${to}`);
    }
    return blocks.slice(from, to + 1).map((block) => this.block(block));
  }

  block(block: ChainBlock): object {
    const known = shapes.get(block) ?? shapeOf(block);
    shapes.set(block, known);
    switch (this.#settings.lie) {
      case "blocks":
        return { ...known, hash: this.#hash(block.hash, block.topoheight) };
      case "registrations":
        return { ...known, registered: [] };
      case "none":
      case "tips":
      case "shapes":
        return known;
    }
  }

  miner(key: string): unknown {
    if (this.#settings.lie === "shapes") return this.#otherShape();
    const block = this.#chain.registration(key);
    if (block === undefined || block.topoheight > this.#topoheight()) return null;
    if (this.#settings.lie === "registrations") return null;
    return { key, registered_at: block.height, reputation: 500 };
  }

  #blocks(): readonly ChainBlock[] {
    return this.#frozen ?? this.#chain.blocks;
  }

  #topoheight(): number {
    return Math.max(0, this.#blocks().length - 1 - this.#settings.behind);
  }

  #hash(hash: string, topoheight: number): string {
    const { lie } = this.#settings;
    const isLied = lie === "blocks" && topoheight > this.#topoheight() - LIED_BLOCKS && topoheight > 0;
    return isLied ? `00${hash.slice(2)}` : hash;
  }

  #otherShape(): unknown {
    return this.#random.pick([null, {}, [], "chain", { topoheight: -1 }, [{ topoheight: "0" }]]);
  }
}

function shapeOf({ topoheight, height, hash, timestampMs, registered }: ChainBlock): object {
  const shape = { topoheight, height, hash, timestamp_ms: timestampMs };
  return registered === undefined ? shape : { ...shape, registered };
}
