// Three nodes on loopback play a scenario: a publisher who is also the miner, a validator, and a validator that joins
// late. The publisher is killed in the middle and comes back on its data. Ends with 0 only if all three say the same
// state digest and nothing that was acknowledged is gone. With --json the last line is one object.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Account } from "./account.mjs";
import { NodeProcess, runCommand } from "./node-process.mjs";
import { until } from "./until.mjs";

const SCENARIO = fileURLToPath(new URL("../scenarios/first.json", import.meta.url));
const AGREEMENT_TIMEOUT_MS = 120_000;

const json = process.argv.includes("--json");
const account = new Account(!json);
const directory = await mkdtemp(join(tmpdir(), "tos-ai-sync-demo-"));
const nodes = Object.fromEntries(
  ["publisher", "validator", "latecomer"].map((name) => [name, new NodeProcess(name, join(directory, name))]),
);

/** Ids that a node has acknowledged: each must still be there at the end, on every node. */
const acknowledged = { tasks: [], submissions: [], validations: [] };

async function cleanUp() {
  await Promise.all(Object.values(nodes).map((node) => node.stop()));
  await rm(directory, { recursive: true, force: true });
}

async function knowsTask(node, taskId) {
  return until(AGREEMENT_TIMEOUT_MS, `${node.name} to know the task`, () =>
    node.call("ai_get_task_details", { task_id: taskId }).catch(() => undefined),
  );
}

async function knowsSubmission(node, taskId, submissionId) {
  return until(AGREEMENT_TIMEOUT_MS, `${node.name} to know the submission and its body`, async () => {
    const details = await node.call("ai_get_task_details", { task_id: taskId }).catch(() => undefined);
    return details?.submissions.some((submission) => submission.submission_id === submissionId) ? details : undefined;
  });
}

async function validate(node, step, note) {
  const [taskId] = acknowledged.tasks;
  const [submissionId] = acknowledged.submissions;
  await knowsSubmission(node, taskId, submissionId);
  const { record } = await node.call("ai_validate_submission", { ...step.params, submission_id: submissionId });
  acknowledged.validations.push(record.id);
  account.say(node.name, note, `score ${step.params.result.Approve.quality_score}, record ${record.id.slice(0, 12)}`);
}

const actions = {
  async publish(node, step) {
    const { task_id: taskId } = await node.call("ai_publish_task", step.params);
    acknowledged.tasks.push(taskId);
    account.say(node.name, "publishes a task", `${taskId.slice(0, 12)}: ${step.params.description}`);
    await knowsTask(nodes.validator, taskId);
    account.say("validator", "has it", "by gossip, checked and on its own disk");
  },
  async submit(node, step) {
    const [taskId] = acknowledged.tasks;
    const { record } = await node.call("ai_submit_solution", { ...step.params, task_id: taskId });
    acknowledged.submissions.push(record.id);
    account.say(
      node.name,
      "submits an answer",
      `with the key "${step.params.author}", record ${record.id.slice(0, 12)}`,
    );
  },
  async validate(node, step) {
    await validate(node, step, "validates the answer");
  },
  async kill(node) {
    await node.kill();
    account.say(node.name, "is killed", "SIGKILL: no goodbye, no flush");
  },
  async restart(node) {
    await node.start([nodes.validator.multiaddr]);
    account.say(node.name, "is back on its data", node.multiaddr);
  },
  async join(node) {
    await node.start([nodes.validator.multiaddr]);
    account.say(node.name, "joins late", "it was there for none of this and knows one address");
  },
};

async function digests(atSeconds) {
  const answers = await Promise.all(
    Object.values(nodes).map((node) => node.call("ai_get_state_digest", { at_seconds: atSeconds })),
  );
  return answers.map((answer) => answer.digest);
}

/** Ids acknowledged by any node that this one doesn't count: the restarted node must miss none. */
async function missing(node) {
  const [taskId] = acknowledged.tasks;
  const details = await node.call("ai_get_task_details", { task_id: taskId });
  const submissions = new Set(details.submissions.map((submission) => submission.submission_id));
  const validations = new Set(
    details.submissions.flatMap((submission) => submission.validations.map((validation) => validation.validation_id)),
  );
  return (
    acknowledged.submissions.filter((id) => !submissions.has(id)).length +
    acknowledged.validations.filter((id) => !validations.has(id)).length
  );
}

async function play() {
  const scenario = JSON.parse(await readFile(SCENARIO, "utf8"));
  account.title(scenario.name, scenario.description);
  await runCommand(["key", "new", "miner", "--dir-path", nodes.publisher.directory]);
  await nodes.publisher.start([]);
  account.say("publisher", "starts", `${nodes.publisher.kernel} kernel, ${nodes.publisher.multiaddr}`);
  await nodes.validator.start([nodes.publisher.multiaddr]);
  account.say("validator", "starts", nodes.validator.multiaddr);
  for (const step of scenario.steps) await actions[step.do](nodes[step.at], step);

  const atSeconds = Math.floor(Date.now() / 60_000) * 60;
  const agreed = await until(AGREEMENT_TIMEOUT_MS, "the three to agree", async () => {
    const lost = await Promise.all(Object.values(nodes).map(missing));
    const found = await digests(atSeconds);
    return lost.every((count) => count === 0) && new Set(found).size === 1 ? found : undefined;
  }).catch(() => digests(atSeconds));
  const equal = new Set(agreed).size === 1;
  const lost = await missing(nodes.publisher);
  const [taskId] = acknowledged.tasks;
  const details = await nodes.latecomer.call("ai_get_task_details", { task_id: taskId });
  account.table(details, agreed, Object.keys(nodes));
  return {
    ok: equal && lost === 0,
    nodes: 3,
    digests_equal: equal,
    restart_lost: lost,
    kernel: nodes.publisher.kernel,
  };
}

let ending = false;
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    ending = true;
    cleanUp().finally(() => process.exit(130));
  });
}

let result;
try {
  result = await play();
} catch (error) {
  result = { ok: false, nodes: 3, digests_equal: false, restart_lost: 0, kernel: "", error: error.message };
} finally {
  if (!ending) await cleanUp();
}
if (json) console.log(JSON.stringify(result));
else account.end(result);
process.exitCode = result.ok ? 0 : 1;
