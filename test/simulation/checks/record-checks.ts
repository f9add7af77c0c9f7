import type { HeldRecord } from "../node/held-records.js";
import type { SimNode } from "../node/sim-node.js";
import type { CheckBoard } from "./check-board.js";

const DAY_SECONDS = 86_400;

/** A record and the node that wrote it first: the node that made it. */
export interface MadeRecord {
  readonly id: string;
  readonly author: string;
  readonly node: string;
  readonly atMs: number;
}

/** What the simulator knows besides the nodes. */
export interface RecordOrigins {
  /** The node whose program alone signs with this author key. */
  ownerOf(author: string): SimNode | undefined;
  /** A byzantine peer made the record without a valid signature. */
  isForged(id: string): boolean;
}

/** What the simulator knows of all records that any honest node wrote. */
export class RecordChecks {
  readonly #board: CheckBoard;
  readonly #origins: RecordOrigins;
  readonly #nowMs: () => number;
  readonly #known = new Map<string, MadeRecord>();
  /** The record in each slot of an honest author. */
  readonly #slots = new Map<string, string>();

  constructor(board: CheckBoard, origins: RecordOrigins, nowMs: () => number) {
    this.#board = board;
    this.#origins = origins;
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
    const owner = this.#origins.ownerOf(author);
    // The node of an author writes its records before any other node does.
    const isForged =
      this.#origins.isForged(id) || (owner !== undefined && owner !== node && !owner.held.records.has(id));
    this.#board.expect("forged", !isForged, () => `${node.name} holds ${id}, which ${author} did not sign`, [
      node.name,
    ]);
    if (owner === undefined) return;
    const slot = `${author} ${type} ${Math.floor(timestampSeconds / DAY_SECONDS)} ${number}`;
    const first = this.#slots.get(slot);
    if (first === undefined) this.#slots.set(slot, id);
    this.#board.expect("no_equivocation", first === undefined, () => `${slot} has ${first} and ${id}`, [node.name]);
  }
}
