import type { SimNode } from "../node/sim-node.js";
import { quiet } from "./quiet.js";
import type { Scenario } from "./scenario.js";

const COPIED_MS = 5000;
const HEALED_MS = 150_000;
/** More than a node keeps in a run. */
const ALERTS_MAX = 65_536;

/**
 * The network is split from its fifth second on. The author key of a node of one side is copied to a node of the other
 * one, and both sign with it: its slots hold other records on each side, and each side sees the equivocation in its own
 * order when the partition ends.
 *
 * Expected: all nodes hold both records of each slot and agree on the exclusions. An alert about each excluded author
 * and task is on all nodes. The key is stopped on both nodes, and no node is charged.
 */
export const partitionEquivocation: Scenario = {
  about: "one key signs on both sides of a partition",
  options: { nodes: 6, minutes: 4, recordsPerSecond: 3 },
  settings: (options, random) => quiet(options, random),
  // Slots are compared within a task type.
  workload: { taskTypes: 1 },
  startsLater: (index, { nodes }) => index === nodes - 1,
  plan(world) {
    const { schedule, nodes, parts, authors } = world;
    const [source] = nodes;
    const twin = nodes.at(-1);
    if (source === undefined || twin === undefined) throw new Error("the scenario needs two nodes");
    schedule.after(COPIED_MS, undefined, () => {
      const names = nodes.map(({ name }) => name);
      const half = Math.floor(names.length / 2);
      const end = parts.network.partition([names.slice(0, half), names.slice(half)]);
      authors.share(source.name);
      world.restore(twin, parts.backup(source.name));
      parts.forgetPeerId(twin.name);
      twin.start();
      schedule.after(HEALED_MS - COPIED_MS, undefined, end);
    });
  },
  judge({ board, nodes, authors }) {
    const [source] = nodes;
    if (source === undefined) return;
    for (const key of authors.of(source.name)) {
      if (!hasEquivocated(source, key)) continue;
      for (const { name, control } of nodes) {
        const isKept = control?.fraudAlerts(undefined, ALERTS_MAX).some(({ equivocator }) => equivocator === key);
        board.expect("convergence", isKept === true, () => `${name} has no alert about ${key}`, [name]);
      }
    }
  },
};

/**
 * Whether a node holds two records of the key in one slot. All tasks have one type, so type and number are the slot.
 */
function hasEquivocated({ held }: SimNode, key: string): boolean {
  const slots = [...held.records.values()]
    .filter(({ author }) => author === key)
    .map(({ type, number }) => `${type} ${number}`);
  return new Set(slots).size < slots.length;
}
