import { CodedCells, ShortIds, ShortIndex } from "../reconcile/index.js";
import type { RecordSet } from "../set/index.js";

/** Consecutive windows of a strand. */
export interface ChunkRun {
  /** 6 hex digits. */
  readonly strand: string;
  readonly window: number;
  readonly length: number;
}

interface ReadWindow {
  readonly strand: string;
  readonly window: number;
  /** Records when it was read. */
  count: number;
}

/** The short ids of one side of a chunk: of the records in its windows, as they are when each window is read. */
export class ChunkIds {
  readonly ids: ShortIds;
  readonly cells: CodedCells;
  readonly #set: RecordSet;
  readonly #key: Uint32Array;
  readonly #windows: ReadWindow[] = [];
  #at = 0;
  /** Handles of the window that is being read. */
  #handles = new Uint32Array();
  #handle = 0;

  constructor(set: RecordSet, key: Uint32Array, runs: readonly ChunkRun[]) {
    this.#set = set;
    this.#key = key;
    this.ids = new ShortIds(key);
    this.cells = new CodedCells(this.ids);
    for (const { strand, window, length } of runs) {
      for (const held of set.states.windowsBetween(strand, window, window + length)) {
        this.#windows.push({ strand, window: held, count: set.windowCount(strand, held) });
      }
    }
  }

  /** Number of records, before all are read too. */
  get expected(): number {
    return this.#windows.reduce((sum, { count }) => sum + count, 0);
  }

  /** Whether all records are read. */
  get read(): boolean {
    return this.#at === this.#windows.length;
  }

  /** Reads on until the budget is spent, a unit for each record. Returns what is left of the budget. */
  work(budget: number): number {
    let left = budget;
    while (left > 0 && !this.read) {
      const window = this.#windows[this.#at] as ReadWindow;
      if (this.#handle === 0) {
        this.#handles = this.#set.windowHandles(window.strand, window.window).slice();
        window.count = this.#handles.length;
      }
      const end = Math.min(this.#handles.length, this.#handle + left);
      left -= Math.max(1, end - this.#handle);
      for (; this.#handle < end; this.#handle++) {
        this.ids.add(this.#handles[this.#handle] as number, this.#set.readId);
      }
      if (this.#handle < this.#handles.length) break;
      this.#handle = 0;
      this.#at++;
    }
    return Math.max(0, left);
  }

  /** The short ids of windows that have changed since they were read. */
  arrived(): ShortIndex {
    const index = new ShortIndex();
    for (const { strand, window, count } of this.#windows) this.#readChanged(strand, window, count, index);
    return index;
  }

  #readChanged(strand: string, window: number, count: number, index: ShortIndex): void {
    const handles = this.#set.windowHandles(strand, window);
    if (handles.length === count) return;
    const ids = new ShortIds(this.#key);
    for (const handle of handles) ids.add(handle, this.#set.readId);
    for (let at = 0; at < ids.count; at++) index.add(ids.high(at), ids.low(at));
  }
}
