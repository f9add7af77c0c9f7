import type { Cell, Difference, ShortId } from "../../protocol/difference-frames.js";
import { CellDecoder, matches, ShortIndex } from "../reconcile/index.js";
import type { RecordSet } from "../set/index.js";
import { ChunkIds, type ChunkRun } from "./chunk-ids.js";
import type { PlannedChunk } from "./plan.js";

/** Bytes of a cell, and of a listed short id. */
const CELL_BYTES = 14;
const SHORT_BYTES = 8;
/** Cells asked for beyond one and a half of the least difference. */
const SPARE_CELLS = 24;
/** The other side's records may have grown since it counted them. */
const GROWTH = 1024;

/** What a chunk needs next from the other side: cells, or the list of its short ids (0). */
export type Ask = number;

/** The short ids that only one side has. */
export interface FoundDifference {
  readonly theirs: readonly ShortId[];
  readonly own: readonly ShortId[];
}

/** The result of some work on a chunk. */
export interface ChunkWork {
  /** What is left of the budget. */
  readonly left: number;
  /** What to ask for. */
  readonly ask?: Ask;
  /** The difference, once. */
  readonly found?: FoundDifference;
}

/** The opener's side of one chunk: it finds what each side lacks. */
export class OpenerChunk {
  readonly index: number;
  readonly planned: PlannedChunk;
  readonly own: ChunkIds;
  readonly #decoder: CellDecoder;
  readonly #listed: ShortId[] = [];
  /** Cells that were asked for; undefined: the list was. */
  #asked: number | undefined;
  #listEnded = false;
  #isFound = false;
  /** Offers that were sent, until the other side has said which ones it wants. */
  #offered = 0;
  #wanted: ShortId[] = [];

  constructor(index: number, planned: PlannedChunk, set: RecordSet, key: Uint32Array, runs: readonly ChunkRun[]) {
    this.index = index;
    this.planned = planned;
    this.own = new ChunkIds(set, key, runs);
    this.#decoder = new CellDecoder(this.own.cells);
    this.#asked = firstAsk(planned);
    if (this.#asked === 0) this.#asked = undefined;
  }

  /** The first ask. */
  get ask(): Ask {
    return this.#asked ?? 0;
  }

  get isFound(): boolean {
    return this.#isFound;
  }

  /** Takes cells or a part of the list. False: they were not asked for. */
  take(content: Extract<Difference, { kind: "cells" | "list" }>): boolean {
    if (content.kind === "cells") return this.#takeCells(content.cells);
    if (this.#isFound || this.#asked !== undefined || this.#listEnded) return false;
    this.#listed.push(...content.ids);
    this.#listEnded = content.last;
    return this.#listed.length <= 2 * this.planned.theirs + GROWTH;
  }

  #takeCells(cells: readonly Cell[]): boolean {
    if (this.#asked === undefined || this.#decoder.received + cells.length > this.#asked) return false;
    // The difference may be known before all cells that were asked for have come.
    if (this.#isFound) this.#asked -= cells.length;
    else this.#decoder.receive(cells);
    return true;
  }

  /** Works until the budget is spent. */
  work(budget: number): ChunkWork {
    if (this.#isFound) return { left: budget };
    let left = this.own.work(budget);
    if (left <= 0) return { left: 0 };
    if (this.#listEnded) return this.#end(left, this.#compareLists());
    left = this.#decoder.work(left);
    if (!this.#decoder.idle) return { left: 0 };
    const { done, failed, received, theirs, own } = this.#decoder;
    if (done && !failed) return this.#end(left, { theirs, own });
    const isDue = this.#asked !== undefined && (failed || received === this.#asked);
    return isDue ? { left, ask: this.#askMore() } : { left };
  }

  #end(left: number, found: FoundDifference): ChunkWork {
    this.#isFound = true;
    return { left, found };
  }

  #askMore(): Ask {
    const { received, missing, failed } = this.#decoder;
    const more = Math.max(SPARE_CELLS, Math.ceil(received / 2), Math.ceil((3 * missing) / 2) + SPARE_CELLS - received);
    if (failed || CELL_BYTES * (received + more) > SHORT_BYTES * this.planned.theirs + CELL_BYTES * SPARE_CELLS) {
      this.#asked = undefined;
      return 0;
    }
    this.#asked = received + more;
    return more;
  }

  #compareLists(): FoundDifference {
    const theirs = ShortIndex.of(this.#listed);
    const { ids } = this.own;
    const common = new Set(matches(ids, theirs));
    const mine = new ShortIndex();
    const own: ShortId[] = [];
    for (let at = 0; at < ids.count; at++) {
      const short = { high: ids.high(at), low: ids.low(at) };
      mine.add(short.high, short.low);
      if (!common.has(at)) own.push(short);
    }
    return { theirs: this.#listed.filter(({ high, low }) => !mine.has(high, low)), own };
  }

  /** The offers were sent. */
  offered(count: number): void {
    this.#offered = count;
  }

  /** Takes a part of what the other side wants. False: it was not offered. */
  takeWanted(wants: readonly ShortId[]): boolean {
    this.#wanted.push(...wants);
    return this.#isFound && this.#wanted.length <= this.#offered;
  }

  /** Handles of the records that the other side wants. */
  wantedHandles(): number[] {
    return matches(this.own.ids, ShortIndex.of(this.#wanted)).map((at) => this.own.ids.handle(at));
  }
}

/** Cells for a difference of which the least size is known; 0: the list is shorter. */
function firstAsk({ mine, theirs, least }: PlannedChunk): Ask {
  const cells = least + Math.ceil(least / 2) + SPARE_CELLS;
  return mine === 0 || CELL_BYTES * (cells - SPARE_CELLS) > SHORT_BYTES * theirs ? 0 : cells;
}
