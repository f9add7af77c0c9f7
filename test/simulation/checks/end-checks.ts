import type { StateDigest } from "../../../src/api/index.js";
import type { World } from "../world/world.js";
import { checkRejections } from "./charge-checks.js";
import { CheckFailure } from "./check-board.js";
import { checkEquivocators } from "./equivocator-checks.js";

/** Engine calls for each record and node that a run may need, on top of what time alone costs. */
const CALLS_A_RECORD = 150;
/** Engine calls of one node a second without records: ticks, heartbeats, exchanges with its peers. */
const CALLS_A_SECOND = 60;
/** The same for each act of a byzantine peer: a flood is one act of at most 100 messages. */
const CALLS_AN_ACT = 300;
/** Readings of all digests until no set changed during one. */
const DIGESTS_MAX = 60;

/** Judges a network that has converged. */
export async function checkEnd(world: World): Promise<void> {
  checkRejections(world);
  checkAcknowledged(world);
  checkWork(world);
  checkFailures(world);
  await checkDigests(world);
  await checkEquivocators(world);
}

/** Each acknowledged record is on each node. */
function checkAcknowledged({ board, nodes, workload, chain }: World): void {
  for (const { id, node: publishedAt } of workload.ledger.acknowledged()) {
    const record = nodes.find(({ name }) => name === publishedAt)?.held.records.get(id);
    if (record !== undefined && chain?.admits(record) === false) continue;
    for (const { name, held } of nodes) {
      board.expect(
        "nothing_lost",
        held.records.has(id),
        () => `${name} lacks ${id}, which ${publishedAt} had acknowledged`,
        [name, publishedAt],
      );
    }
  }
}

function checkWork({ board, schedule, nodes, records, atSeconds, crowd }: World): void {
  const forPeers = crowd.names.length * CALLS_A_SECOND * atSeconds + CALLS_AN_ACT * crowd.book.actCount;
  const budget = nodes.length * (CALLS_A_RECORD * records + CALLS_A_SECOND * atSeconds + forPeers);
  board.expect(
    "work",
    schedule.events <= budget,
    () => `${schedule.events} calls for ${records} records on ${nodes.length} nodes in ${atSeconds} s`,
    [],
  );
}

/** The failure log of a node has only failures that its environment explains. */
function checkFailures({ board, nodes }: World): void {
  for (const { name, counts } of nodes) {
    const unexpected = counts.get("failures unexpected") ?? 0;
    board.expect("no_escape", unexpected === 0, () => `${name} counted ${unexpected} unexpected failures`, [name]);
  }
}

/** Equal sets give equal digests of the state, whatever the order in which the records came. */
async function checkDigests(world: World): Promise<void> {
  const { nodes, crowd } = world;
  for (let i = 0; i < DIGESTS_MAX; i++) {
    const before = rootsOf(world);
    const states = await stateDigests(world);
    // The sets are those on the disks: a slow disk may still have to take a record that the state counts.
    const isWritten = nodes.every(({ held }, at) => states[at]?.records === held.count);
    // Byzantine peers go on, and records dated ahead become members: digests count if no set changed meanwhile.
    if (!isWritten || crowd.names.length > 0) await world.until((world.atSeconds + 1) * 1000);
    if (!isWritten || (crowd.names.length > 0 && rootsOf(world) !== before)) continue;
    const digests = states.map(({ digest }) => digest);
    nodes.forEach(({ name, held }, at) => {
      const [first] = nodes;
      if (first === undefined || held.root !== first.held.root) return;
      world.board.expect(
        "equal_state",
        digests[at] === digests[0],
        () => `${name} and ${first.name} have equal sets and the digests ${digests[at]} and ${digests[0]}`,
        [first.name, name],
      );
    });
    return;
  }
  const states = await stateDigests(world);
  const counts = nodes.map(({ name, held }, at) => `${name} counts ${states[at]?.records} and has ${held.count}`);
  world.board.expect("equal_state", crowd.names.length > 0, () => `records stay unwritten: ${counts.join(", ")}`, []);
}

function rootsOf({ nodes }: World): string {
  return nodes.map(({ held }) => held.root).join(" ");
}

async function stateDigests(world: World): Promise<StateDigest[]> {
  const atSeconds = Math.floor(world.schedule.nowMs / 60_000) * 60;
  const digests: StateDigest[] = [];
  for (const { control, life, name } of world.nodes) {
    if (control === undefined)
      throw new CheckFailure("convergence", `${name} went down after it had converged`, [name]);
    digests.push(await world.settle(life, () => control.stateDigest(atSeconds)));
  }
  return digests;
}
