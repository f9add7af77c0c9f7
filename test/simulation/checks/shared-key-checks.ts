import type { SimNode } from "../node/sim-node.js";
import type { World } from "../world/world.js";

/** A call may be between its check of the key and its record for so long. */
const UNDER_WAY_MS = 5000;

/** A node whose keys sign elsewhere, too. Times are those of the schedule. */
export interface SharedKeys {
  readonly node: SimNode;
  readonly keys: readonly string[];
  /** The signing store of the node has all records of its keys up to then. */
  readonly knowsUntilMs: number;
  /** From when the node runs with this store. */
  readonly sinceMs: number;
}

/**
 * Judges a node whose keys sign elsewhere: it signs nothing with a key after it holds a record of that key that it did
 * not make. Before that it cannot know.
 */
export function checkSharedKeys(
  { board, recordChecks }: World,
  { node, keys, knowsUntilMs, sinceMs }: SharedKeys,
): void {
  for (const key of keys) {
    const made = [...recordChecks.all()].filter(({ author, atMs }) => author === key && atMs > knowsUntilMs);
    const isOwn = (record: (typeof made)[number]): boolean => record.node === node.name && record.atMs >= sinceMs;
    const foreign = made.filter((record) => !isOwn(record));
    const heardMs = Math.min(...foreign.map(({ id }) => node.held.records.get(id)?.heldMs ?? Number.POSITIVE_INFINITY));
    for (const { id, atMs } of made.filter(isOwn)) {
      board.expect(
        "no_equivocation",
        atMs <= heardMs + UNDER_WAY_MS,
        () => `${node.name} signed ${id} ${Math.round(atMs - heardMs)} ms after it held a record of another program`,
        [node.name],
      );
    }
  }
}
