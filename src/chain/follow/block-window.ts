import type { ChainBlock } from "../types.js";

/**
 * Emitted blocks that are remembered. The branch point of a rewind is searched among them; a deeper rewind starts the
 * stream again. The deepest rewind recorded from a daemon is 12 blocks past the stable height; 4,096 blocks are an hour
 * of one-second blocks and a megabyte.
 */
export const WINDOW_BLOCKS = 4096;
/**
 * Pushed blocks that wait while the blocks before them are requested: as many as the host's event credit. More are
 * dropped and requested later.
 */
export const AHEAD_BLOCKS = 4096;

/** A remembered block; height and time are unknown only for the block at which the stream starts. */
export interface EmittedBlock {
  readonly hash: string;
  readonly height: number | undefined;
  readonly timestampMs: number | undefined;
}

/** The relation of a block to the emitted blocks. */
export type BlockRelation =
  /** It is the next block. */
  | "next"
  /** It was emitted. */
  | "emitted"
  /** Another block was emitted at its place. */
  | "other"
  /** Blocks between are missing. */
  | "ahead"
  /** It is older than the remembered blocks. */
  | "forgotten";

/** The last emitted blocks by topoheight, in a ring buffer. Pure. */
export class BlockWindow {
  readonly #places: (EmittedBlock | undefined)[] = new Array<EmittedBlock | undefined>(WINDOW_BLOCKS);
  #first: number;
  #next: number;
  #changes = 0;

  /** `next` is the first topoheight to emit; `known` are the known blocks right before it. */
  constructor(next: number, ...known: readonly EmittedBlock[]) {
    this.#next = next;
    this.#first = next - known.length;
    for (const [i, { hash, height, timestampMs }] of known.entries()) {
      this.#places[(this.#first + i) % WINDOW_BLOCKS] = { hash, height, timestampMs };
    }
  }

  /** The topoheight of the next block. */
  get next(): number {
    return this.#next;
  }

  /** The lowest topoheight remembered; `next` if there is none. */
  get first(): number {
    return this.#first;
  }

  /** Increases with every change, so that a caller can detect a change while it waited. */
  get changes(): number {
    return this.#changes;
  }

  get size(): number {
    return this.#next - this.#first;
  }

  at(topoheight: number): EmittedBlock | undefined {
    return topoheight >= this.#first && topoheight < this.#next ? this.#places[topoheight % WINDOW_BLOCKS] : undefined;
  }

  relation(topoheight: number, hash: string): BlockRelation {
    if (topoheight === this.#next) return "next";
    if (topoheight > this.#next) return "ahead";
    const emitted = this.at(topoheight);
    if (emitted === undefined) return "forgotten";
    return emitted.hash === hash ? "emitted" : "other";
  }

  /** Appends the next block; throws RangeError for any other. */
  append(block: ChainBlock): void {
    if (block.topoheight !== this.#next) throw new RangeError(`block ${block.topoheight} is not ${this.#next}`);
    const { hash, height, timestampMs } = block;
    this.#places[this.#next % WINDOW_BLOCKS] = { hash, height, timestampMs };
    this.#next++;
    if (this.#next - this.#first > WINDOW_BLOCKS) this.#first = this.#next - WINDOW_BLOCKS;
    this.#changes++;
  }

  /** Continues at `next` after a rewind or a skip; keeps only the blocks below it. */
  moveTo(next: number): void {
    if (next > this.#next || next < this.#first) this.#first = next;
    this.#next = next;
    this.#changes++;
  }
}

/** Early blocks: pushed before the blocks below them. */
export class AheadBlocks {
  readonly #blocks = new Map<number, ChainBlock>();

  get size(): number {
    return this.#blocks.size;
  }

  /** Replaces a block at the same place. Drops the block if the cap is reached. */
  put(block: ChainBlock): void {
    if (this.#blocks.size >= AHEAD_BLOCKS && !this.#blocks.has(block.topoheight)) return;
    this.#blocks.set(block.topoheight, block);
  }

  take(topoheight: number): ChainBlock | undefined {
    const block = this.#blocks.get(topoheight);
    if (block !== undefined) this.#blocks.delete(topoheight);
    return block;
  }

  /** Drops blocks below `topoheight`. */
  dropBelow(topoheight: number): void {
    for (const place of this.#blocks.keys()) if (place < topoheight) this.#blocks.delete(place);
  }

  clear(): void {
    this.#blocks.clear();
  }
}
