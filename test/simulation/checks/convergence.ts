import type { SimNode } from "../node/sim-node.js";

/** Whether all nodes are up, have equal sets, lack no body and say that they are in sync. */
export function hasConverged(nodes: readonly SimNode[]): boolean {
  const [first] = nodes;
  if (first === undefined) return true;
  for (const { state, held } of nodes) if (state !== "up" || held.root !== first.held.root) return false;
  return nodes.every(({ control }) => {
    const sync = control?.info().sync;
    return sync !== undefined && sync.bodies.missing === 0 && sync.inSync;
  });
}

/** The state of each node, for a network that did not converge. */
export function differences(nodes: readonly SimNode[]): string {
  const rows = nodes.map(({ name, state, held, control }) => {
    const sync = control?.info().sync;
    return `${name} ${state} ${held.count} records, ${sync?.bodies.missing} bodies missing, in sync ${sync?.inSync}`;
  });
  return rows.join("; ");
}
