// Three nodes on loopback play a scenario: a publisher who is also the miner, a validator, and a validator that joins
// late. The publisher is killed in the middle and comes back on its data. Ends with 0 only if all three say the same
// state digest and nothing that was acknowledged is gone. With --json the last line is one object.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Account } from "./account.mjs";
import { demoDirectory, removeDirectory } from "./directory.mjs";
import { NodeProcess, runCommand } from "./node-process.mjs";
import { whilePaused } from "./paused.mjs";
import { perform } from "./performance.mjs";
import { until } from "./until.mjs";

const SCENARIO = fileURLToPath(new URL("../scenarios/first.json", import.meta.url));
const AGREEMENT_TIMEOUT_MS = 120_000;

const json = process.argv.includes("--json");
const account = new Account(!json);
const directory = await demoDirectory();
const nodes = Object.fromEntries(
  ["publisher", "validator", "latecomer"].map((name) => [name, new NodeProcess(name, join(directory, name))]),
);

/** Records that nodes have acknowledged to their callers, in order. */
const acknowledged = [];
/** What the killed node no longer had when it came back, before any peer could help it. */
let restartLost = 0;

function remember(node, kind, id) {
  acknowledged.push({ node, kind, id });
}

function firstOf(kind) {
  return acknowledged.find((record) => record.kind === kind)?.id;
}

async function cleanUp() {
  await Promise.all(Object.values(nodes).map((node) => node.stop()));
  await removeDirectory(directory);
}

async function knowsTask(node, taskId) {
  return until(AGREEMENT_TIMEOUT_MS, `${node.name} to know the task`, () =>
    node.call("ai_get_task_details", { task_id: taskId }).catch(() => undefined),
  );
}

/** A validator reads the answer before it scores it. */
async function knowsSubmission(node, submissionId) {
  return until(AGREEMENT_TIMEOUT_MS, `${node.name} to hold the answer`, async () => {
    const details = await node.call("ai_get_submission", { submission_id: submissionId }).catch(() => undefined);
    return details?.content?.answer;
  });
}

const actions = {
  async publish(node, step) {
    const { task_id: taskId } = await node.call("ai_publish_task", step.params);
    remember(node, "task", taskId);
    account.say(node.name, "publishes a task", `${taskId.slice(0, 12)}: ${step.params.description}`);
    await knowsTask(nodes.validator, taskId);
    account.say("validator", "has it", "by gossip, checked and on its own disk");
  },
  async submit(node, step) {
    const { record } = await node.call("ai_submit_solution", { ...step.params, task_id: firstOf("task") });
    remember(node, "submission", record.id);
    account.say(
      node.name,
      "submits an answer",
      `with the key "${step.params.author}", record ${record.id.slice(0, 12)}`,
    );
  },
  async validate(node, step) {
    const submissionId = firstOf("submission");
    await knowsSubmission(node, submissionId);
    const { record } = await node.call("ai_validate_submission", { ...step.params, submission_id: submissionId });
    remember(node, "validation", record.id);
    const score = step.params.result.Approve.quality_score;
    account.say(node.name, "validates the answer", `score ${score}, record ${record.id.slice(0, 12)}`);
  },
  async kill(node) {
    await node.kill();
    account.say(node.name, "is killed", "SIGKILL: no goodbye, no flush");
  },
  async restart(node) {
    // The others hold their breath, so that what is found now comes from the node's own disk.
    const others = Object.values(nodes).filter((other) => other !== node && other.running);
    const own = acknowledged.filter((record) => record.node === node);
    const pids = others.map((other) => other.pid);
    const lost = await whilePaused(pids, async () => {
      await node.start(others.map((other) => other.multiaddr));
      return missing(node, own);
    });
    restartLost += lost.length;
    account.say(node.name, "is back on its data", `${restartLost} of its acknowledged records lost`);
  },
  async join(node) {
    await node.start([nodes.validator.multiaddr]);
    account.say(node.name, "joins late", "it was there for none of this and knows one address");
  },
};

async function digests(atSeconds) {
  const answers = await Promise.all(
    Object.values(nodes).map((node) => node.call("ai_get_state_digest", { at: atSeconds })),
  );
  return answers.map((answer) => answer.digest);
}

/** Those of the records that the node does not hold or count. */
async function missing(node, records) {
  const details = await node
    .call("ai_get_task_details", { task_id: firstOf("task") })
    .catch(() => ({ submissions: [] }));
  const held = new Set([details.task_id]);
  for (const submission of details.submissions) {
    held.add(submission.submission_id);
    for (const validation of submission.validations) held.add(validation.validation_id);
  }
  return records.filter((record) => !held.has(record.id));
}

async function play() {
  const scenario = JSON.parse(await readFile(SCENARIO, "utf8"));
  account.title(scenario.name, scenario.description);
  account.line();
  for (const author of ["publisher", "miner"]) {
    await runCommand(["key", "new", author, "--dir-path", nodes.publisher.directory]);
  }
  await nodes.publisher.start([]);
  account.say("publisher", "starts", `${nodes.publisher.kernel} kernel, ${nodes.publisher.multiaddr}`);
  await nodes.validator.start([nodes.publisher.multiaddr]);
  account.say("validator", "starts", nodes.validator.multiaddr);
  for (const step of scenario.steps) await actions[step.do](nodes[step.at], step);

  const atSeconds = Math.floor(Date.now() / 60_000) * 60;
  const everyone = Object.values(nodes);
  const agreed = await until(AGREEMENT_TIMEOUT_MS, "the three to agree", async () => {
    const lacking = (await Promise.all(everyone.map((node) => missing(node, acknowledged)))).flat();
    const found = await digests(atSeconds);
    return lacking.length === 0 && new Set(found).size === 1 ? found : undefined;
  }).catch(() => undefined);
  const equal = agreed !== undefined;
  const details = await nodes.latecomer.call("ai_get_task_details", { task_id: firstOf("task") });
  account.table(details, agreed ?? (await digests(atSeconds)), Object.keys(nodes));
  const { kernel } = nodes.publisher;
  return { ok: equal && restartLost === 0, nodes: 3, digests_equal: equal, restart_lost: restartLost, kernel };
}

await perform({
  play,
  failed: () => ({ nodes: 3, digests_equal: false, restart_lost: restartLost, kernel: "" }),
  cleanUp,
  account,
  json,
  agreed: "All three agree, and nothing acknowledged was lost.",
});
