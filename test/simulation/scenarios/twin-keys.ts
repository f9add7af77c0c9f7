import { checkSharedKeys } from "../checks/shared-key-checks.js";
import type { SimNode } from "../node/sim-node.js";
import type { World } from "../world/world.js";
import { quiet } from "./quiet.js";
import type { Scenario } from "./scenario.js";

const COPIED_MS = 60_000;
/** When the operator removes the copied libp2p key, as the refusal says. */
const REPAIRED_MS = 150_000;

/**
 * The last node starts from a copy of the directory of the first one, while that runs on. By the seed the copy has the
 * libp2p key, too.
 *
 * Expected: with the libp2p key the peers refuse the copy, and it signs nothing. With another libp2p key both sign
 * until one holds a record of the other, since neither can know before: the two may equivocate. From then on the key is
 * stopped on both nodes. All nodes agree, and no node is charged.
 */
export const twinKeys: Scenario = {
  about: "two nodes with the keys of one",
  options: { nodes: 5, minutes: 4, recordsPerSecond: 3 },
  settings: (options, random) => quiet(options, random),
  startsLater: (index, { nodes }) => index === nodes - 1,
  plan(world, random) {
    const [source, twin] = twins(world);
    const hasPeerId = random.chance(0.5);
    world.schedule.after(COPIED_MS, undefined, () => {
      world.authors.share(source.name);
      world.restore(twin, world.parts.backup(source.name));
      if (!hasPeerId) world.parts.forgetPeerId(twin.name);
      twin.start();
    });
    if (!hasPeerId) return;
    world.schedule.after(REPAIRED_MS, undefined, () => {
      twin.crash(false);
      world.parts.forgetPeerId(twin.name);
      twin.start();
    });
  },
  judge(world) {
    const [source, twin] = twins(world);
    const keys = world.authors.of(source.name);
    const copiedMs = world.startMs + COPIED_MS;
    checkSharedKeys(world, { node: source, keys, knowsUntilMs: copiedMs, sinceMs: world.startMs });
    checkSharedKeys(world, { node: twin, keys, knowsUntilMs: copiedMs, sinceMs: copiedMs });
  },
};

/** The node with the keys, and that with the copy. */
function twins({ nodes }: World): readonly [SimNode, SimNode] {
  const [source] = nodes;
  const twin = nodes.at(-1);
  if (source === undefined || twin === undefined || source === twin) throw new Error("the scenario needs two nodes");
  return [source, twin];
}
