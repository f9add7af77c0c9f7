import type { ChainBlock } from "../types.js";

/**
 * Places remembered. A rewind within them is found block by block; one below them means telling anew from the beginning.
 * The deepest rewind recorded from a daemon is 12 blocks past the stable height, so 4,096 (an hour of one-second blocks,
 * a megabyte) is deeper than a chain goes that is still the same chain.
 */
export const WINDOW_BLOCKS = 4096;
/**
 * Blocks handed over before their turn that wait while the ones between are asked for: as many as the host may send
 * before it waits for credit. More are left out, and asked for when their turn comes.
 */
export const AHEAD_BLOCKS = 4096;

/** What is remembered of a block that was told; height and time are unknown only of the place where a stream began. */
export interface Told {
  readonly hash: string;
  readonly height: number | undefined;
  readonly timestampMs: number | undefined;
}

/** How a block stands to those that were told. */
export type Standing =
  /** It is the next one. */
  | "next"
  /** It was told. */
  | "told"
  /** Another one was told at its place. */
  | "other"
  /** Some between are missing. */
  | "ahead"
  /** It is older than what is remembered. */
  | "forgotten";

/** The last blocks told, by their topoheights: what a claim about the chain is held against. Pure. */
export class BlockWindow {
  readonly #places: (Told | undefined)[] = new Array<Told | undefined>(WINDOW_BLOCKS);
  #first: number;
  #next: number;
  #changes = 0;

  /** `next` is the first block to tell; `known` what stands at the places before it, as far as that is known. */
  constructor(next: number, ...known: readonly Told[]) {
    this.#next = next;
    this.#first = next - known.length;
    for (const [i, { hash, height, timestampMs }] of known.entries()) {
      this.#places[(this.#first + i) % WINDOW_BLOCKS] = { hash, height, timestampMs };
    }
  }

  /** The topoheight of the next block to tell. */
  get next(): number {
    return this.#next;
  }

  /** The lowest topoheight remembered; `next` if there is none. */
  get first(): number {
    return this.#first;
  }

  /** Grows with every change: who looked before and after waiting knows whether others came between. */
  get changes(): number {
    return this.#changes;
  }

  get size(): number {
    return this.#next - this.#first;
  }

  at(topoheight: number): Told | undefined {
    return topoheight >= this.#first && topoheight < this.#next ? this.#places[topoheight % WINDOW_BLOCKS] : undefined;
  }

  standing(topoheight: number, hash: string): Standing {
    if (topoheight === this.#next) return "next";
    if (topoheight > this.#next) return "ahead";
    const told = this.at(topoheight);
    if (told === undefined) return "forgotten";
    return told.hash === hash ? "told" : "other";
  }

  /** Takes the next block; any other is a defect of the caller. */
  append(block: ChainBlock): void {
    if (block.topoheight !== this.#next) throw new RangeError(`block ${block.topoheight} is not ${this.#next}`);
    const { hash, height, timestampMs } = block;
    this.#places[this.#next % WINDOW_BLOCKS] = { hash, height, timestampMs };
    this.#next++;
    if (this.#next - this.#first > WINDOW_BLOCKS) this.#first = this.#next - WINDOW_BLOCKS;
    this.#changes++;
  }

  /** Goes on with `next` and remembers only what is below it: a rewind, or blocks left out. */
  moveTo(next: number): void {
    if (next > this.#next || next < this.#first) this.#first = next;
    this.#next = next;
    this.#changes++;
  }
}

/** Blocks that were handed over before their turn. */
export class AheadBlocks {
  readonly #blocks = new Map<number, ChainBlock>();

  get size(): number {
    return this.#blocks.size;
  }

  /** A later block at the same place replaces the earlier; one that finds no room is left out. */
  put(block: ChainBlock): void {
    if (this.#blocks.size >= AHEAD_BLOCKS && !this.#blocks.has(block.topoheight)) return;
    this.#blocks.set(block.topoheight, block);
  }

  take(topoheight: number): ChainBlock | undefined {
    const block = this.#blocks.get(topoheight);
    if (block !== undefined) this.#blocks.delete(topoheight);
    return block;
  }

  /** Forgets those whose turn is over. */
  dropBelow(topoheight: number): void {
    for (const place of this.#blocks.keys()) if (place < topoheight) this.#blocks.delete(place);
  }

  clear(): void {
    this.#blocks.clear();
  }
}
