import type { WorldChain } from "../chain/world-chain.js";
import type { TimedRecord } from "../node/held-records.js";
import type { SimNode } from "../node/sim-node.js";
import { missingAlert } from "./kept-messages.js";

/** Whether all nodes are up, have equal sets, lack no body or alert, and say that they are in sync. */
export function hasConverged(nodes: readonly SimNode[], chain: WorldChain | undefined): boolean {
  if (nodes.some(({ state }) => state !== "up") || !equalSets(nodes, chain)) return false;
  const inSync = nodes.every(({ control }) => {
    const sync = control?.info().sync;
    return sync !== undefined && sync.bodies.missing === 0 && sync.inSync;
  });
  return inSync && missingAlert(nodes) === undefined;
}

/** The state of each node, for a network that did not converge. */
export function differences(nodes: readonly SimNode[]): string {
  const rows = nodes.map(({ name, state, held, control }) => {
    const sync = control?.info().sync;
    return `${name} ${state} ${held.count} records, ${sync?.bodies.missing} bodies missing, in sync ${sync?.inSync}`;
  });
  return [...rows, missingAlert(nodes) ?? "all alerts everywhere"].join("; ");
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
