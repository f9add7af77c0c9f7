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
 * so the key is stopped. The node waits for its first exchange before it signs, so it uses no number again. A body that
 * was on the lost disk only stays missing. All nodes agree, and no node is charged.
 */
export const oldBackup: Scenario = {
  about: "a node is restored from an old backup",
  options: { nodes: 4, minutes: 5, recordsPerSecond: 3 },
  settings: (options, random) => quiet(options, random),
  plan(world) {
    const node = restored(world);
    world.schedule.after(BACKUP_MS, undefined, () => {
      const backup = world.parts.backup(node.name);
      const saved = new Set(node.held.bodies.keys());
      world.schedule.after(RESTORED_MS - BACKUP_MS, undefined, () => {
        world.authors.share(node.name);
        node.crash(true);
        for (const hash of onlyAt(node, world)) if (!saved.has(hash)) world.lostBodies.add(hash);
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
    for (const key of keys) {
      const again = numberUsedAgain(node, key);
      world.board.expect("no_equivocation", again === undefined, () => `${node.name} used ${again} of ${key} again`, [
        node.name,
      ]);
    }
  },
};

function restored({ nodes }: World): SimNode {
  const node = nodes.at(-1);
  if (node === undefined) throw new Error("the scenario needs a node");
  return node;
}

/** The bodies that no other node holds. */
function onlyAt(node: SimNode, { nodes }: World): string[] {
  const others = nodes.filter((other) => other !== node);
  return [...node.held.bodies.keys()].filter((hash) => others.every(({ held }) => !held.bodies.has(hash)));
}

/** A type and number that two records of the key have; undefined if there is none. A run is within one day. */
function numberUsedAgain({ held }: SimNode, key: string): string | undefined {
  const used = new Set<string>();
  for (const { author, type, number } of held.records.values()) {
    const slot = `type ${type}, number ${number}`;
    if (author !== key) continue;
    if (used.has(slot)) return slot;
    used.add(slot);
  }
  return undefined;
}
