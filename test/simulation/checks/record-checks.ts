import type { HeldRecord } from "../node/held-records.js";
import type { SimNode } from "../node/sim-node.js";
import type { CheckBoard } from "./check-board.js";

const DAY_SECONDS = 86_400;

/** What the simulator knows of all records that any honest node wrote. */
export class RecordChecks {
  readonly #board: CheckBoard;
  /** Whether a key belongs to an honest node. */
  readonly #isHonest: (author: string) => boolean;
  readonly #known = new Set<string>();
  /** The record in each slot of an honest author. */
  readonly #slots = new Map<string, string>();

  constructor(board: CheckBoard, isHonest: (author: string) => boolean) {
    this.#board = board;
    this.#isHonest = isHonest;
  }

  /** Different records. */
  get count(): number {
    return this.#known.size;
  }

  /** A node wrote a record that it did not hold. */
  made(node: SimNode, { id, author, type, number, timestampSeconds }: HeldRecord): void {
    if (this.#known.has(id)) return;
    this.#known.add(id);
    if (!this.#isHonest(author)) return;
    const slot = `${author} ${type} ${Math.floor(timestampSeconds / DAY_SECONDS)} ${number}`;
    const first = this.#slots.get(slot);
    if (first === undefined) this.#slots.set(slot, id);
    this.#board.expect("no_equivocation", first === undefined, () => `${slot} has ${first} and ${id}`, [node.name]);
  }
}
