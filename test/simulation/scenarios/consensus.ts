import { everyone } from "../../../src/chain/index.js";
import type { TaskView } from "../../../src/engine/index.js";
import { decodeCertificate } from "../../../src/protocol/verdict-messages.js";
import type { SimNode } from "../node/sim-node.js";
import type { World } from "../world/world.js";
import { quiet } from "./quiet.js";
import type { Scenario } from "./scenario.js";

/** All nodes have made their keys by then. */
const ROSTER_MS = 10_000;
/** Tasks of one answer of a node. */
const LIMIT = 200;
/** A certificate of a later round than this took longer than the protocol allows after healing. */
const ROUNDS_MAX = 10;
const RULES = { validationWindowSeconds: 60, startWaitSeconds: 10, quietSeconds: 30 };

/**
 * The author keys of all nodes and byzantine peers are a roster of equal weights, and each node votes by itself, while
 * nodes crash, lose power, are apart and are slow.
 *
 * Expected, since less than a third of each electorate is byzantine: no submission has two certificates of different
 * value, and after healing every submission gets its certificate on every node within ten rounds.
 */
export const consensus: Scenario = {
  about: "seven nodes and two liars vote on each submission, with crashes and partitions",
  options: {
    ...{ nodes: 7, minutes: 6, recordsPerSecond: 0.3, healSeconds: 1200 },
    // Less than a third of the weight, also without the honest publisher and submitter.
    byzantine: 2,
    behaviours: ["vote", "equivocate_slot", "equivocate_subject", "reveal_half", "withhold"],
  },
  rules: RULES,
  workload: { deadlineSeconds: [30, 120], taskShare: 0.15, submissionShare: 0.3, cancelShare: 0 },
  settings: (options, random) =>
    quiet(options, random, { partition: 0.3, crash: 0.4, power_cut: 0.3, restart: 0.2, clog: 0.5, disk_slow: 0.2 }),
  plan(world) {
    world.schedule.after(ROSTER_MS, undefined, () => takeRoster(world));
  },
  isSettled: async (world) => {
    for (const view of await views(world)) {
      if (view.contested.length > 0) return true;
      // The deadlines of byzantine publishers may be later than the end of the run.
      if (world.crowd.memberKeys.includes(view.announcement?.author ?? "")) continue;
      const certified = new Set(view.certified.map(({ submissionId }) => submissionId));
      if (view.submissions.some(({ id }) => !certified.has(id))) return false;
    }
    return true;
  },
  judge: async (world) => {
    const values = new Map<string, string>();
    for (const { taskId, certified, contested } of await views(world)) {
      world.board.expect("one_verdict", contested.length === 0, () => `${taskId} is contested: ${contested}`, []);
      for (const { submissionId, value } of certified) {
        const other = values.get(submissionId) ?? value;
        values.set(submissionId, value);
        world.board.expect("one_verdict", other === value, () => `${submissionId} has ${other} and ${value}`, []);
        await checkRound(world, submissionId);
      }
    }
  },
};

/** Gives all nodes the roster, and starts them again. */
function takeRoster(world: World): void {
  const honest = world.nodes.flatMap(({ name }) => world.authors.of(name).slice(0, 1));
  const keys = [...honest, ...world.crowd.memberKeys].sort();
  world.facts = everyone([{ fromDay: 0, members: keys.map((key) => ({ key, weight: 1 })) }]);
  for (const node of world.nodes) {
    if (node.state !== "up") continue;
    node.crash(false);
    node.start();
  }
}

/** The tasks of all nodes. */
async function views(world: World): Promise<TaskView[]> {
  const found: TaskView[] = [];
  for (const node of world.nodes) found.push(...(await viewsOf(world, node)));
  return found;
}

async function viewsOf(world: World, { control, life }: SimNode): Promise<readonly TaskView[]> {
  if (control === undefined) return [];
  const query = { statuses: [], beforeDeadline: false, taskType: undefined, limit: LIMIT, after: undefined };
  return (await world.settle(life, () => control.listTasks(query))).tasks;
}

async function checkRound(world: World, submissionId: string): Promise<void> {
  const [node] = world.nodes;
  const control = node?.control;
  if (node === undefined || control === undefined) return;
  const { certificates } = await world.settle(node.life, () => control.certificates(submissionId));
  for (const { id, payload } of certificates) {
    const certificate = decodeCertificate(payload);
    const round = certificate.ok ? certificate.value.round : Number.POSITIVE_INFINITY;
    world.board.expect("one_verdict", round <= ROUNDS_MAX, () => `${id} is of round ${round}`, [node.name]);
  }
}
