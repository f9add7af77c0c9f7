import type { HeldRecord } from "../node/held-records.js";
import type { SimNode } from "../node/sim-node.js";
import type { HonestAuthors } from "../world/honest-authors.js";
import type { CheckBoard } from "./check-board.js";

const DAY_SECONDS = 86_400;

/** A record and the node that wrote it first: the node that made it. */
export interface MadeRecord {
  readonly id: string;
  readonly author: string;
  readonly node: string;
  readonly atMs: number;
}

/** What the simulator knows of all records that any honest node wrote. */
export class RecordChecks {
  readonly #board: CheckBoard;
  readonly #authors: Pick<HonestAuthors, "isSingle">;
  readonly #nowMs: () => number;
  readonly #known = new Map<string, MadeRecord>();
  /** The record in each slot of an honest author. */
  readonly #slots = new Map<string, string>();

  constructor(board: CheckBoard, authors: Pick<HonestAuthors, "isSingle">, nowMs: () => number) {
    this.#board = board;
    this.#authors = authors;
    this.#nowMs = nowMs;
  }

  /** Different records. */
  get count(): number {
    return this.#known.size;
  }

  /** All records, in the order in which they were made. */
  all(): IterableIterator<MadeRecord> {
    return this.#known.values();
  }

  /** A node wrote a record that it did not hold. */
  made(node: SimNode, { id, author, type, number, timestampSeconds }: HeldRecord): void {
    if (this.#known.has(id)) return;
    this.#known.set(id, { id, author, node: node.name, atMs: this.#nowMs() });
    if (!this.#authors.isSingle(author)) return;
    const slot = `${author} ${type} ${Math.floor(timestampSeconds / DAY_SECONDS)} ${number}`;
    const first = this.#slots.get(slot);
    if (first === undefined) this.#slots.set(slot, id);
    this.#board.expect("no_equivocation", first === undefined, () => `${slot} has ${first} and ${id}`, [node.name]);
  }
}
