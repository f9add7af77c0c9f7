import { CELLS_MAX, type Cell, type Difference, SHORTS_MAX, type ShortId } from "../../protocol/difference-frames.js";
import { matches, ShortIndex } from "../reconcile/index.js";
import type { RecordSet } from "../set/index.js";
import { ChunkIds, type ChunkRun } from "./chunk-ids.js";

/** Cells that may be asked for beyond two for each short id: the opener asks for the list before it needs as many. */
const SPARE_CELLS = 1024;
/** Short ids that go into cells for one unit of work. */
const BUILT_PER_UNIT = 8;

/** The acceptor's side of one chunk: it sends cells, or the list of its short ids, as the opener asks for them. */
export class AcceptorChunk {
  readonly index: number;
  readonly own: ChunkIds;
  /** Cells that were asked for. */
  #asked: number;
  #sent = 0;
  #list: "not_asked" | "asked" | "sent";
  readonly #wants: ShortId[] = [];
  readonly #offers: ShortId[] = [];
  #foundEnded = false;

  constructor(index: number, cells: number, set: RecordSet, key: Uint32Array, runs: readonly ChunkRun[]) {
    this.index = index;
    this.own = new ChunkIds(set, key, runs);
    this.#asked = cells;
    this.#list = cells === 0 ? "asked" : "not_asked";
  }

  /** Whether the first ask is for no more cells than a chunk may need. */
  get isFit(): boolean {
    return this.#asked <= 2 * this.own.expected + SPARE_CELLS;
  }

  get foundEnded(): boolean {
    return this.#foundEnded;
  }

  /** Short ids that only the opener has. */
  get offers(): readonly ShortId[] {
    return this.#offers;
  }

  /** Whether there is nothing to answer: the opener needs no more once it has found the difference. */
  get answered(): boolean {
    if (this.#foundEnded) return true;
    return this.#list !== "asked" && this.#sent === this.#asked;
  }

  /** Takes an ask for further cells. False: the last one is not answered, or it asks for too much. */
  more(cells: number): boolean {
    if (!this.answered || this.#list === "sent" || this.#foundEnded) return false;
    if (cells === 0) this.#list = "asked";
    this.#asked += cells;
    return this.isFit;
  }

  /** Takes what the opener found. False: it wants more than there is, or it found it before. */
  found({ wants, offers, last }: Extract<Difference, { kind: "found" }>, offersMax: number): boolean {
    if (this.#foundEnded || !this.own.read) return false;
    this.#wants.push(...wants);
    this.#offers.push(...offers);
    this.#foundEnded = last;
    return this.#wants.length <= this.own.ids.count && this.#offers.length <= offersMax;
  }

  /** Handles of the records that the opener wants. */
  wantedHandles(): number[] {
    return matches(this.own.ids, ShortIndex.of(this.#wants)).map((at) => this.own.ids.handle(at));
  }

  /** Works on the answer, and gives the frames that are ready to `send`. Returns what is left of the budget. */
  work(budget: number, send: (content: Difference) => void): number {
    let left = this.own.work(budget);
    if (left <= 0 || this.answered) return left;
    if (this.#list === "asked") {
      this.#list = "sent";
      this.#sendList(send);
      return left - Math.ceil(this.own.ids.count / BUILT_PER_UNIT);
    }
    const { cells } = this.own;
    left = Math.ceil(cells.build(this.#asked, BUILT_PER_UNIT * left) / BUILT_PER_UNIT);
    for (let next = this.#next; next > 0 && cells.built >= this.#sent + next; next = this.#next) {
      send({ kind: "cells", chunk: this.index, cells: this.#cells(this.#sent, this.#sent + next) });
      this.#sent += next;
    }
    return this.answered ? left : 0;
  }

  /** Cells of the next frame. */
  get #next(): number {
    return Math.min(CELLS_MAX, this.#asked - this.#sent);
  }

  #cells(from: number, to: number): Cell[] {
    const { high, low, check, count } = this.own.cells;
    return Array.from({ length: to - from }, (_, index) => {
      const at = from + index;
      return {
        high: high[at] as number,
        low: low[at] as number,
        check: check[at] as number,
        count: (count[at] as number) & 0xffff,
      };
    });
  }

  #sendList(send: (content: Difference) => void): void {
    const { ids } = this.own;
    const shorts = Array.from({ length: ids.count }, (_, at) => ({ high: ids.high(at), low: ids.low(at) }));
    for (let at = 0; at < Math.max(1, shorts.length); at += SHORTS_MAX) {
      const last = at + SHORTS_MAX >= shorts.length;
      send({ kind: "list", chunk: this.index, last, ids: shorts.slice(at, at + SHORTS_MAX) });
    }
  }
}
