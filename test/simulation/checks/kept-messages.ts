import type { SimNode } from "../node/sim-node.js";

/** A node keeps at most this many alerts about one author (src/engine/alerts/kept-messages.ts). */
const ALERTS_OF_AN_AUTHOR = 16;
/** More than a node keeps in a run. */
const ALERTS_MAX = 65_536;

/** What the alerts of one node prove: the tasks from which each author is excluded. */
type Proofs = ReadonlyMap<string, { readonly alerts: number; readonly tasks: ReadonlySet<string> }>;

/**
 * The first alert that is not everywhere, as text. Nodes keep different alerts about one exclusion, since each keeps
 * the one that came first. So the exclusions are compared: each author and task that the alerts of one node prove is
 * proved on all nodes, unless a node has as many alerts about the author as it keeps.
 */
export function missingAlert(nodes: readonly SimNode[]): string | undefined {
  const proofs = nodes.map((node) => ({ node, proved: proofsOf(node) }));
  for (const { node, proved } of proofs) {
    for (const [author, { tasks }] of proved) {
      for (const other of proofs) {
        const held = other.proved.get(author);
        if (held !== undefined && held.alerts >= ALERTS_OF_AN_AUTHOR) continue;
        const missing = [...tasks].find((task) => held?.tasks.has(task) !== true);
        if (missing !== undefined) {
          return `${other.node.name} has no alert about ${author} in ${missing}, and ${node.name} has one`;
        }
      }
    }
  }
  return undefined;
}

function proofsOf({ control }: SimNode): Proofs {
  const proofs = new Map<string, { alerts: number; tasks: Set<string> }>();
  for (const { equivocator, taskIds, alertKind } of control?.fraudAlerts(undefined, ALERTS_MAX) ?? []) {
    if (alertKind > 2) continue;
    const known = proofs.get(equivocator) ?? { alerts: 0, tasks: new Set<string>() };
    proofs.set(equivocator, known);
    known.alerts++;
    for (const task of taskIds) known.tasks.add(task);
  }
  return proofs;
}
