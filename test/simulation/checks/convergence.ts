import type { WorldChain } from "../chain/world-chain.js";
import type { HeldRecords, TimedRecord } from "../node/held-records.js";
import type { SimNode } from "../node/sim-node.js";
import type { World } from "../world/world.js";
import { missingAlert } from "./kept-messages.js";

/**
 * Whether all nodes are up, have equal sets, lack no body or alert, and say that they are in sync. Nobody owes a body
 * that a byzantine peer announced, or whose only copy was on a disk that is gone; a node that lacks one rightly says
 * that it is not in sync.
 */
export function hasConverged(world: World): boolean {
  const { nodes, chain, crowd, lostBodies } = world;
  if (nodes.some(({ state }) => state !== "up") || !equalSets(nodes, chain)) return false;
  const inSync = nodes.every((node) => {
    const { control, held } = node;
    const sync = control?.info().sync;
    if (sync === undefined) return false;
    if (sync.bodies.missing === 0) return sync.inSync || crowd.mayDisturb || crowd.isDialledBy(node);
    const lost = [...lostBodies].map((hash) => [hash, 1] as const);
    return sync.bodies.missing <= unheld(crowd.book.bodies, held) + unheld(lost, held);
  });
  return inSync && missingAlert(world) === undefined;
}

/** The state of each node, for a network that did not converge. */
export function differences(world: World): string {
  const rows = world.nodes.map(({ name, state, held, control }) => {
    const sync = control?.info().sync;
    return `${name} ${state} ${held.count} records, ${sync?.bodies.missing} bodies missing, in sync ${sync?.inSync}`;
  });
  return [...rows, missingAlert(world) ?? "all alerts everywhere"].join("; ");
}

/** Records that announce bodies which the node does not have. Each of them is missing by itself. */
function unheld(announced: Iterable<readonly [hash: string, records: number]>, { bodies }: HeldRecords): number {
  let count = 0;
  for (const [hash, records] of announced) if (!bodies.has(hash)) count += records;
  return count;
}

/** Whether the sets are equal, without records that a node need not hold. */
function equalSets(nodes: readonly SimNode[], chain: WorldChain | undefined): boolean {
  const [first] = nodes;
  if (first === undefined || nodes.every(({ held }) => held.root === first.held.root)) return true;
  if (chain === undefined || !chain.movedStable) return false;
  const admitted = (records: Iterable<TimedRecord>): string[] =>
    [...records].filter((record) => chain.admits(record)).map(({ id }) => id);
  const sets = nodes.map(({ held }) => admitted(held.records.values()));
  const all = new Set(sets.flat());
  return sets.every(({ length }) => length === all.size);
}
