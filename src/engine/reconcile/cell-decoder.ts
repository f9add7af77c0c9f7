import type { Cell, ShortId } from "../../protocol/difference-frames.js";
import { CELLS_OF_OCTAVE, type CodedCells, cellsOf, checkOf } from "./coded-cells.js";

/** Counts are compared mod 2^16: their difference is small where a cell has one short id left. */
const COUNT_MASK = 0xffff;
const MINUS_ONE = COUNT_MASK;

/**
 * Finds the difference of two sets from the coded cells of the other one. A cell from which all known short ids were
 * taken, and that has one left, gives that one.
 */
export class CellDecoder {
  readonly #mine: CodedCells;
  readonly #queue: Cell[] = [];
  #queued = 0;
  #received = 0;
  /** Octaves from which the found short ids have been taken. */
  #octaves = 0;
  /** Cells to look at. */
  readonly #open: number[] = [];
  readonly #cells = new Uint32Array(CELLS_OF_OCTAVE);
  readonly #theirs: ShortId[] = [];
  readonly #own: ShortId[] = [];

  /** `mine`: of this side's set; the decoder changes it. */
  constructor(mine: CodedCells) {
    this.#mine = mine;
  }

  /** Short ids that only the other side has. */
  get theirs(): readonly ShortId[] {
    return this.#theirs;
  }

  /** Short ids that only this side has. */
  get own(): readonly ShortId[] {
    return this.#own;
  }

  /** Number of cells taken so far. */
  get received(): number {
    return this.#received + this.#queue.length - this.#queued;
  }

  /**
   * About how many short ids differ that are not found yet, from the spread of the counts of cells: of d short ids cell
   * i has d / (1 + i / 2) in the mean, with the variance of so many draws.
   */
  get missing(): number {
    const { count } = this.#mine;
    const net = signed(count[0] as number);
    let sum = 0;
    for (let cell = 1; cell < this.#received; cell++) {
      const off = signed(count[cell] as number) * (cell + 2) - 2 * net;
      sum += Math.floor((off * off) / (2 * cell));
    }
    return Math.max(Math.abs(net), Math.floor(sum / Math.max(1, this.#received - 1)));
  }

  /** Whether the whole difference is found: nothing is left in cell 0, which has every short id. */
  get done(): boolean {
    const { high, low, check, count } = this.#mine;
    if (this.#received === 0 || this.#open.length > 0) return false;
    return high[0] === 0 && low[0] === 0 && check[0] === 0 && ((count[0] as number) & COUNT_MASK) === 0;
  }

  /** Whether the cells are not those of a set: each cell gives one short id at most. */
  get failed(): boolean {
    return this.#theirs.length + this.#own.length > this.#received;
  }

  /** Whether all received cells are worked through. */
  get idle(): boolean {
    return this.failed || (this.#queue.length === 0 && this.#open.length === 0);
  }

  /** Takes the next cells of the other side. */
  receive(cells: readonly Cell[]): void {
    this.#queue.push(...cells);
  }

  /** Works until it is {@link idle} or the budget is spent. Returns what is left of the budget. */
  work(budget: number): number {
    let left = budget;
    while (left > 0 && !this.idle) {
      if (this.#open.length > 0) {
        left -= this.#peel(this.#open.pop() as number);
        continue;
      }
      const cell = this.#queue[this.#queued];
      if (cell === undefined) break;
      left = this.#mine.build(this.#received + 1, left);
      if (this.#mine.built <= this.#received) break;
      left -= this.#takeFound();
      this.#subtract(cell);
      left--;
    }
    return Math.max(0, left);
  }

  /** Takes the found short ids from octaves that were built since. Returns the cost. */
  #takeFound(): number {
    let cost = 0;
    for (; this.#octaves < this.#mine.octaves; this.#octaves++) {
      for (const { high, low } of this.#theirs) this.#mine.apply(high, low, this.#octaves, 1);
      for (const { high, low } of this.#own) this.#mine.apply(high, low, this.#octaves, -1);
      cost += this.#theirs.length + this.#own.length;
    }
    return cost;
  }

  #subtract(cell: Cell): void {
    const { high, low, check, count } = this.#mine;
    const at = this.#received++;
    high[at] = (high[at] as number) ^ cell.high;
    low[at] = (low[at] as number) ^ cell.low;
    check[at] = (check[at] as number) ^ cell.check;
    count[at] = cell.count - (count[at] as number);
    this.#open.push(at);
    if (++this.#queued < this.#queue.length) return;
    this.#queue.length = 0;
    this.#queued = 0;
  }

  /** Looks at a cell, and takes its short id from all cells if it has one left. Returns the cost. */
  #peel(cell: number): number {
    const { high, low, check, count } = this.#mine;
    const left = (count[cell] as number) & COUNT_MASK;
    if (left !== 1 && left !== MINUS_ONE) return 1;
    const [idHigh, idLow] = [high[cell] as number, low[cell] as number];
    if (check[cell] !== checkOf(idHigh, idLow)) return 1;
    const isTheirs = left === 1;
    (isTheirs ? this.#theirs : this.#own).push({ high: idHigh, low: idLow });
    for (let octave = 0; octave < this.#mine.octaves; octave++) {
      this.#takeOut(idHigh, idLow, octave, isTheirs ? -1 : 1);
    }
    return this.#mine.octaves;
  }

  #takeOut(idHigh: number, idLow: number, octave: number, step: number): void {
    const { high, low, check, count } = this.#mine;
    const idCheck = checkOf(idHigh, idLow);
    const found = cellsOf(idHigh, idLow, octave, this.#cells);
    for (let at = 0; at < found; at++) {
      const cell = this.#cells[at] as number;
      const isReceived = cell < this.#received;
      high[cell] = (high[cell] as number) ^ idHigh;
      low[cell] = (low[cell] as number) ^ idLow;
      check[cell] = (check[cell] as number) ^ idCheck;
      // A cell that was not received yet has the count of this side alone, with the other sign.
      count[cell] = (count[cell] as number) + (isReceived ? step : -step);
      if (isReceived) this.#open.push(cell);
    }
  }
}

/** The number of 16 bits with its sign. */
function signed(count: number): number {
  return ((count & COUNT_MASK) ^ 0x8000) - 0x8000;
}
