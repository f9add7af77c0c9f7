// Three Rust nodes, each with this program as its plugin, and three nodes that stand alone, in one network: who runs
// the program makes no difference to what it believes. One Rust node keeps its keys itself; another one's plugin is
// killed. Ends with 0 only if all six say the same state digest. Builds the Rust node first. With --json the last line
// is one object.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Account } from "./account.mjs";
import { demoDirectory, removeDirectory } from "./directory.mjs";
import { buildMiniNode, MiniNode } from "./mini-node.mjs";
import { NodeProcess } from "./node-process.mjs";
import { perform } from "./performance.mjs";
import { until } from "./until.mjs";

const PATIENCE_MS = 60_000;
const BLOCK_MS = 100;
const BLOCKS_TO_SEE = 30;
/** Three stories of a task, an answer and two opinions. */
const RECORDS = 12;
/** What the host promises after a plugin's death. */
const RESPAWNED_WITHIN_MS = 1000;
const READY_WITHIN_MS = 5000;

const json = process.argv.includes("--json");
const colours = { build: "dim", vault: "cyan", phoenix: "magenta", steady: "green" };
const account = new Account(!json, colours);
const directory = await demoDirectory();
const at = (name) => join(directory, name);
const alone = ["alone-1", "alone-2", "alone-3"].map((name) => new NodeProcess(name, at(name)));
const managed = [];

async function cleanUp() {
  await Promise.all([...managed, ...alone].map((node) => node.stop()));
  await removeDirectory(directory);
}

const infoOf = (node) => node.call("ai_get_network_info");

async function startAlone(bootstrap) {
  for (const node of alone)
    await node.start(bootstrap.concat(alone.filter((one) => one.running && one !== node).map((one) => one.multiaddr)));
}

async function startManaged(program, genesis, bootstrap) {
  const chain = ["--seed", "7", "--block-ms", `${BLOCK_MS}`, "--genesis-ms", `${Date.now()}`, "--genesis", genesis];
  for (const [i, name] of ["vault", "phoenix", "steady"].entries()) {
    const known = [...bootstrap, ...managed.map((node) => node.multiaddr)].flatMap((one) => ["--bootstrap", one]);
    const keys = name === "vault" ? ["--sign-in-host", "--node", `${i}`, "--nodes", "3"] : [];
    const node = new MiniNode(name, program, ["--data-dir", `${at(name)}/`, ...chain, ...keys, ...known]);
    await node.start();
    managed.push(node);
    account.say(name, "runs the plugin", keys.length > 0 ? "and keeps the keys: each signature is asked of it" : "");
  }
}

/** A task, an answer and two opinions, each by another node. */
async function story(publisher, miner, validators) {
  const { task_id: taskId } = await publisher.call("ai_publish_task", {
    task_type: { CodeAnalysis: { language: "Rust", complexity: "Simple" } },
    description: "Does this loop end?",
    data: "while n != 1 { n = if n % 2 == 0 { n / 2 } else { 3 * n + 1 } }",
    reward_amount: "5000000000",
    duration_seconds: 3600,
  });
  account.say(publisher.name, "publishes a task", taskId.slice(0, 12));
  const details = (node) => node.call("ai_get_task_details", { task_id: taskId }).catch(() => undefined);
  await until(PATIENCE_MS, "the miner to know the task", async () => (await details(miner))?.publisher);
  const { record } = await miner.call("ai_submit_solution", { task_id: taskId, answer: "Nobody knows." });
  account.say(miner.name, "submits an answer", record.id.slice(0, 12));
  for (const [i, validator] of validators.entries()) {
    await until(PATIENCE_MS, "a validator to hold the answer", async () => {
      const found = await validator.call("ai_get_submission", { submission_id: record.id }).catch(() => undefined);
      return found?.content?.answer;
    });
    const result = { Approve: { quality_score: 80 + i } };
    await validator.call("ai_validate_submission", { submission_id: record.id, task_id: taskId, result });
    account.say(validator.name, "validates it", `score ${80 + i}`);
  }
}

async function killed(node) {
  const { respawnedMs, readyMs } = await node.killPlugin();
  account.say(
    node.name,
    "lost its plugin",
    `SIGKILL; another was started after ${respawnedMs} ms, ready after ${readyMs} ms`,
  );
  return { respawnedMs, readyMs };
}

/** Blocks that every plugin has followed up to the node's own top. */
async function blocksSeen() {
  return until(PATIENCE_MS, "the plugins to follow the chain", async () => {
    const tops = (await Promise.all(managed.map(infoOf))).map(({ chain }) => chain.topoheight);
    return Math.min(...tops) >= BLOCKS_TO_SEE ? Math.min(...tops) : undefined;
  });
}

/** One digest of all six, once they hold all records. */
async function agreement(nodes) {
  const digests = await until(PATIENCE_MS, "all six to hold the same records", async () => {
    const at = Math.floor(Date.now() / 60_000) * 60;
    const each = await Promise.all(nodes.map((node) => node.call("ai_get_state_digest", { at })));
    return each.every(({ digest, records }) => records === RECORDS && digest === each[0].digest) ? each : undefined;
  });
  account.line();
  for (const [i, { digest }] of digests.entries()) account.line(`${nodes[i].name.padEnd(10)} state digest ${digest}`);
  account.line();
  return { tasks: digests[0].tasks, records: digests[0].records };
}

/** How many private keys of its own network a node has on its disk: none, if the host keeps them. */
async function privateKeyFiles({ name }) {
  const entries = await readdir(join(directory, name), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && /(^|\/)keys(\/|$)/.test(entry.parentPath));
  const texts = await Promise.all(files.map((entry) => readFile(join(entry.parentPath, entry.name), "latin1")));
  return texts.filter((text) => text.includes("private")).length;
}

async function play() {
  account.say("build", "cargo", "the Rust node");
  const program = await buildMiniNode();
  await startAlone([]);
  const { genesis } = await infoOf(alone[0]);
  await startManaged(program, genesis, [alone[0].multiaddr]);
  const [vault, phoenix, steady] = managed;
  await story(vault, phoenix, [steady, alone[1]]);
  const { respawnedMs, readyMs } = await killed(phoenix);
  await story(phoenix, steady, [vault, alone[0]]);
  await story(alone[2], vault, [phoenix, steady]);
  const blocks = await blocksSeen();
  const agreed = await agreement([...managed, ...alone]);
  const keys = await privateKeyFiles(vault);
  const keysAlone = await privateKeyFiles(alone[0]);
  account.say("vault", "private keys", `with its plugin: ${keys}; a node that stands alone has ${keysAlone}`);
  const stops = await Promise.all(managed.map((node) => node.stop()));
  account.say("steady", "and the others", "are asked to stop, and stop their plugins");
  const clean = stops.filter((stop) => stop === "Clean").length;
  const inTime = respawnedMs <= RESPAWNED_WITHIN_MS && readyMs <= READY_WITHIN_MS;
  return {
    ok: inTime && clean === managed.length && keys === 0 && keysAlone > 0,
    managed: managed.length,
    standalone: alone.length,
    digests_equal: true,
    ...agreed,
    blocks,
    respawned_ms: respawnedMs,
    ready_ms: readyMs,
    clean_stops: clean,
    private_keys_with_plugin: keys,
  };
}

await perform({
  play,
  failed: () => ({ managed: managed.length }),
  cleanUp,
  account,
  json,
  agreed: "Six nodes of one mind, three of them inside a Rust node.",
});
