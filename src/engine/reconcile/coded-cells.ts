import type { ShortIds } from "./short-ids.js";

/** Cells of the first octave; octave k > 0 has cells 2^(k+1) to 2^(k+2) - 1. */
const FIRST_OCTAVE = 4;
/** Most cells of one octave that one short id is in. */
export const CELLS_OF_OCTAVE = 4;
/** Shares of 256 of the short ids that are in cell 1, 2 and 3; in cell 0 all are. That is 1 / (1 + cell / 2). */
const FIRST_SHARES = [171, 128, 102];
/** Shares of 256 that are in one cell of each quarter of a later octave: 2 ln((5 + quarter) / (4 + quarter)). */
const QUARTER_SHARES = [114, 93, 79, 68];
const QUARTERS = 4;
const CHECK_SALT = 0xffff;

/** A hash of 32 bits of a short id. The key is in the short id, so this hash needs none. */
function mix(high: number, low: number, salt: number): number {
  let hash = Math.imul(low ^ Math.imul(salt + 1, 0x9e3779b1), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 15) ^ high, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 13), 0x85ebca6b);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The check of a short id in a cell. */
export function checkOf(high: number, low: number): number {
  return mix(high, low, CHECK_SALT);
}

/** The first cell of an octave. */
export function firstCell(octave: number): number {
  return octave === 0 ? 0 : FIRST_OCTAVE << (octave - 1);
}

/**
 * Writes the cells of an octave that a short id is in, and returns their number, at most {@link CELLS_OF_OCTAVE}. Cell
 * i has about 1 / (1 + i / 2) of all short ids, as in rateless IBLT (arXiv 2402.02668), here with integers only and
 * without a chain from cell to cell.
 */
export function cellsOf(high: number, low: number, octave: number, out: Uint32Array): number {
  const draw = mix(high, low, 8 * octave);
  let count = 0;
  if (octave === 0) {
    out[count++] = 0;
    for (let cell = 1; cell < FIRST_OCTAVE; cell++) {
      if (((draw >>> (8 * cell)) & 0xff) < (FIRST_SHARES[cell - 1] as number)) out[count++] = cell;
    }
    return count;
  }
  const first = firstCell(octave);
  const size = first / QUARTERS;
  for (let quarter = 0; quarter < QUARTERS; quarter++) {
    if (((draw >>> (8 * quarter)) & 0xff) >= (QUARTER_SHARES[quarter] as number)) continue;
    out[count++] = first + quarter * size + (mix(high, low, 8 * octave + 1 + quarter) & (size - 1));
  }
  return count;
}

/**
 * The coded cells of some short ids, octave by octave: each cell has the XOR of the short ids that are in it, the XOR
 * of their checks, and their number. 16 bytes a cell.
 */
export class CodedCells {
  readonly #ids: ShortIds;
  readonly #cells = new Uint32Array(CELLS_OF_OCTAVE);
  high = new Uint32Array(FIRST_OCTAVE);
  low = new Uint32Array(FIRST_OCTAVE);
  check = new Uint32Array(FIRST_OCTAVE);
  count = new Int32Array(FIRST_OCTAVE);
  #octave = 0;
  /** The next short id to put into the octave. */
  #next = 0;

  /** The short ids must not change any more. */
  constructor(ids: ShortIds) {
    this.#ids = ids;
  }

  get ids(): ShortIds {
    return this.#ids;
  }

  /** Cells that are complete: those below the first of an octave. */
  get built(): number {
    return firstCell(this.#octave);
  }

  /** Octaves that are complete. */
  get octaves(): number {
    return this.#octave;
  }

  /** Works until `cells` cells are complete or the budget is spent, a unit for each short id. Returns what is left. */
  build(cells: number, budget: number): number {
    let left = budget;
    while (this.built < cells && left > 0) {
      if (this.#next === 0) this.#reserve(firstCell(this.#octave + 1));
      const end = Math.min(this.#ids.count, this.#next + left);
      left -= Math.max(1, end - this.#next);
      for (; this.#next < end; this.#next++) {
        this.apply(this.#ids.high(this.#next), this.#ids.low(this.#next), this.#octave, 1);
      }
      if (this.#next < this.#ids.count) break;
      this.#next = 0;
      this.#octave++;
    }
    return Math.max(0, left);
  }

  /** Adds a short id to its cells of an octave, or takes it out: XOR does both. */
  apply(high: number, low: number, octave: number, step: number): void {
    const check = checkOf(high, low);
    const found = cellsOf(high, low, octave, this.#cells);
    for (let at = 0; at < found; at++) {
      const cell = this.#cells[at] as number;
      this.high[cell] = (this.high[cell] as number) ^ high;
      this.low[cell] = (this.low[cell] as number) ^ low;
      this.check[cell] = (this.check[cell] as number) ^ check;
      this.count[cell] = (this.count[cell] as number) + step;
    }
  }

  #reserve(cells: number): void {
    if (cells <= this.high.length) return;
    this.high = enlarged(this.high);
    this.low = enlarged(this.low);
    this.check = enlarged(this.check);
    const count = new Int32Array(2 * this.count.length);
    count.set(this.count);
    this.count = count;
  }
}

function enlarged(words: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(2 * words.length);
  larger.set(words);
  return larger;
}
