import { checkSharedKeys } from "../checks/shared-key-checks.js";
import type { SimNode } from "../node/sim-node.js";
import type { World } from "../world/world.js";
import { quiet } from "./quiet.js";
import type { Scenario } from "./scenario.js";

const BACKUP_MS = 60_000;
const RESTORED_MS = 180_000;
const DOWN_MS = 5000;

/**
 * A node loses its disk, and its operator restores a backup that is two minutes old: directory and database. Its
 * signing log lacks the records of these minutes, and their numbers are free there.
 *
 * Expected: the node gets its records back from its peers. Each of them is one that its signing store did not reserve,
 * so the key is stopped. Until the first of them arrives the node may use a number again. All nodes agree, and no node
 * is charged.
 */
export const oldBackup: Scenario = {
  about: "a node is restored from an old backup",
  options: { nodes: 4, minutes: 5, recordsPerSecond: 3 },
  settings: (options, random) => quiet(options, random),
  plan(world) {
    const node = restored(world);
    world.schedule.after(BACKUP_MS, undefined, () => {
      const backup = world.parts.backup(node.name);
      world.schedule.after(RESTORED_MS - BACKUP_MS, undefined, () => {
        world.authors.share(node.name);
        node.crash(true);
        world.restore(node, backup);
        world.schedule.after(DOWN_MS, undefined, () => node.start());
      });
    });
  },
  judge(world) {
    const node = restored(world);
    const sinceMs = world.startMs + RESTORED_MS;
    const keys = world.authors.of(node.name);
    checkSharedKeys(world, { node, keys, knowsUntilMs: world.startMs + BACKUP_MS, sinceMs });
  },
};

function restored({ nodes }: World): SimNode {
  const node = nodes.at(-1);
  if (node === undefined) throw new Error("the scenario needs a node");
  return node;
}
