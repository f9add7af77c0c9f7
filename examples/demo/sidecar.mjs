// Three nodes beside one daemon: they follow its chain, and take records of those that it has registered. The daemon is
// killed and comes back, and its chain is reorganised past what it had called stable. Ends with 0 only if gossip went
// on meanwhile, the chain was seen whole again in time, and all three say the same state digest. The daemon is a fake
// one in this process; with --daemon URL three nodes follow a real one, which is left alone. With --json the last line
// is one object.
import { join } from "node:path";
import { probeDaemon } from "../../dist/chain/index.js";
import { FakeDaemon } from "../../dist/testing/index.js";
import { Account } from "./account.mjs";
import { readCommandLine } from "./command-line.mjs";
import { demoDirectory, removeDirectory } from "./directory.mjs";
import { NodeProcess } from "./node-process.mjs";
import { perform } from "./performance.mjs";
import { until } from "./until.mjs";

/** Longest wait for anything that should come at once; a loaded machine is given more than a person would. */
const PATIENCE_MS = 60_000;
/** What a node promises: its view of the chain is whole this soon after the daemon's return. */
const WHOLE_WITHIN_MS = 2000;
const BLOCK_MS = 250;
/** What this chain calls stable on a straight line. */
const STABLE_DEPTH = 8;
const BLOCKS_BEFORE = 40;
const BLOCKS_WHILE_AWAY = 30;
const REORGANISED_BLOCKS = 12;
const TASKS_EACH_TIME = 6;
/** Blocks of a real daemon that the nodes are watched for. */
const BLOCKS_TO_SEE = 3;
/** One that registers late, and whose registration the reorganisation undoes. */
const LATE_AUTHOR = "1a".repeat(32);

const values = readCommandLine("npm run demo:sidecar -- [--json] [--daemon URL]", {
  json: { type: "boolean" },
  daemon: { type: "string" },
});
const colours = { daemon: "yellow", first: "cyan", second: "green", third: "magenta" };
const account = new Account(!values.json, colours);
const directory = await demoDirectory();
let nodes = [];
let fake;

const seconds = (ms) => `${(ms / 1000).toFixed(2)} s`;
const infoOf = (node) => node.call("ai_get_network_info");

async function cleanUp() {
  await Promise.all(nodes.map((node) => node.stop()));
  await fake?.stop();
  await removeDirectory(directory);
}

/** Starts three nodes beside the daemon, each joining the first. */
async function startNodes(url, options) {
  nodes = ["first", "second", "third"].map(
    (name) => new NodeProcess(name, join(directory, name), { options: ["--daemon", url, ...options] }),
  );
  const [first, ...others] = nodes;
  await first.start([]);
  for (const node of others) await node.start([first.multiaddr]);
  const { genesis, registry } = await infoOf(first);
  account.say("first", "starts", `${first.kernel} kernel, chain ${genesis.slice(0, 12)}, registry: ${registry.kind}`);
  for (const { name } of others) account.say(name, "joins", "it knows the first's address, and the daemon's");
}

/** Resolves with the milliseconds until what all nodes say holds, and every node's words. */
async function untilAll(what, holds) {
  const beganMs = performance.now();
  const infos = await until(PATIENCE_MS, what, async () => {
    const answers = await Promise.all(nodes.map(infoOf));
    return answers.every(holds) ? answers : undefined;
  });
  return { tookMs: Math.round(performance.now() - beganMs), infos };
}

const onTop = ({ chain }) => chain.trouble === null && chain.hash === fake.chain.top.hash;

/** Publishes some tasks in turn; resolves with the longest time that one needed to be with every node. */
async function gossip(count) {
  let longestMs = 0;
  for (let i = 0; i < count; i++) {
    const author = nodes[i % nodes.length];
    const beganMs = performance.now();
    const { task_id: taskId } = await author.call("ai_publish_task", {
      task_type: { CodeAnalysis: { language: "Rust", complexity: "Simple" } },
      description: `Task ${tasks.length}`,
      data: "fn main() {}",
      reward_amount: "1000000000",
      duration_seconds: 3600,
    });
    tasks.push(taskId);
    const heldBy = (node) => node.call("ai_get_task_details", { task_id: taskId }).catch(() => undefined);
    await until(PATIENCE_MS, "every node to hold a task", async () => {
      const held = await Promise.all(nodes.map(heldBy));
      return held.every((details) => details?.publisher) ? held : undefined;
    });
    longestMs = Math.max(longestMs, Math.round(performance.now() - beganMs));
  }
  return longestMs;
}
const tasks = [];

/** A counter of a node, from its metrics. */
async function counted(node, name, label) {
  const response = await fetch(`${node.api}/metrics`, { headers: { authorization: `Bearer ${node.token}` } });
  const line = (await response.text())
    .split("\n")
    .find((one) => one.startsWith(`tos_ai_sync_${name}{label="${label}"}`));
  return Number(line?.split(" ").at(-1) ?? 0);
}

async function agreement() {
  const at = Math.floor(Date.now() / 60_000) * 60;
  const answers = await Promise.all(nodes.map((node) => node.call("ai_get_state_digest", { at })));
  account.line();
  for (const [i, { digest }] of answers.entries()) account.line(`${nodes[i].name.padEnd(10)} state digest ${digest}`);
  const same = (pick) => new Set(answers.map(pick)).size === 1;
  return {
    digests_equal: same(({ digest }) => digest) && answers.every(({ tasks: held }) => held === tasks.length),
    registries_equal: same(({ registry_digest: digest }) => digest),
  };
}

async function sums() {
  const of = (name, label) => Promise.all(nodes.map((node) => counted(node, name, label)));
  const [blocks, rewinds, skipped] = await Promise.all(
    ["block", "rewound", "skipped"].map((label) => of("chain_events_total", label)),
  );
  return {
    tasks: tasks.length,
    blocks: Math.min(...blocks),
    rewinds: Math.min(...rewinds),
    skipped: Math.max(...skipped),
  };
}

async function besideFake() {
  fake = new FakeDaemon({ blockMs: BLOCK_MS, seed: "demo" });
  fake.mine(BLOCKS_BEFORE);
  await fake.start();
  account.title(
    "Three nodes beside one daemon",
    "The daemon keeps a chain; the nodes follow it and talk to each other.",
  );
  account.line();
  account.say("daemon", "runs", `a fake one, a block every ${BLOCK_MS} ms`);
  await startNodes(fake.url, []);
  const infos = await Promise.all(nodes.map(infoOf));
  for (const { authors } of infos) fake.registerMiner(authors[0].key);
  const nobody = infos[0].registry.digest;
  const registered = await untilAll("the authors to be registered", ({ registry }) => registry.digest !== nobody);
  const known = registered.infos[0].registry.digest;
  await untilAll("one registry", ({ registry }) => registry.digest === known);
  account.say("daemon", "registers three", `counted by all nodes once the block is ${STABLE_DEPTH} deep`);
  const usualMs = await gossip(TASKS_EACH_TIME);
  account.say(
    "first",
    "publishes, and others",
    `${TASKS_EACH_TIME} tasks, each with all three within ${seconds(usualMs)}`,
  );

  await fake.kill();
  const noticed = await untilAll("the nodes to notice", ({ chain }) => chain.trouble?.reason === "unreachable");
  account.say(
    "daemon",
    "is killed",
    `noticed by all within ${seconds(noticed.tookMs)}: ${noticed.infos[0].chain.trouble.detail}`,
  );
  const aloneMs = await gossip(TASKS_EACH_TIME);
  account.say("second", "publishes, and others", `${TASKS_EACH_TIME} tasks without it, within ${seconds(aloneMs)}`);
  fake.mine(BLOCKS_WHILE_AWAY);
  await fake.restart();
  const whole = await untilAll("the chain to be whole", onTop);
  account.say(
    "daemon",
    "is back",
    `with ${BLOCKS_WHILE_AWAY} more blocks; all nodes have them ${seconds(whole.tookMs)} later`,
  );

  fake.registerMiner(LATE_AUTHOR);
  await untilAll("a fourth author", ({ registry }) => registry.digest !== known);
  account.say("daemon", "registers a fourth", "counted by all");
  fake.reorganise(REORGANISED_BLOCKS, { blocks: 1 });
  const reorganised = await untilAll("the reorganisation", ({ registry }) => registry.digest === known);
  account.say(
    "daemon",
    "reorganises its chain",
    `by ${REORGANISED_BLOCKS} blocks, past the stable height: taken back by all`,
  );
  const afterMs = await gossip(TASKS_EACH_TIME);
  account.say("third", "publishes, and others", `${TASKS_EACH_TIME} more tasks, within ${seconds(afterMs)}`);
  await untilAll("the top of the chain", onTop);
  const agreed = await agreement();
  const counts = await sums();
  const ok =
    agreed.digests_equal &&
    agreed.registries_equal &&
    whole.tookMs <= WHOLE_WITHIN_MS &&
    counts.skipped === 0 &&
    counts.rewinds > 0;
  return {
    ok,
    nodes: nodes.length,
    ...agreed,
    ...counts,
    noticed_ms: noticed.tookMs,
    whole_ms: whole.tookMs,
    reorganised_ms: reorganised.tookMs,
    gossip_ms: { before: usualMs, without_daemon: aloneMs, after: afterMs },
    kernel: nodes[0].kernel,
  };
}

async function besideReal(url) {
  const found = await probeDaemon(url, AbortSignal.timeout(PATIENCE_MS)).catch((cause) => {
    throw new Error(`the daemon at ${url} can't be used: ${cause.message}`, { cause });
  });
  const isDevnet = found.network === 3;
  account.title("Three nodes beside one daemon", `The daemon at ${url} is asked and left as it is.`);
  account.line();
  account.say("daemon", "runs", `${found.version}, AI mining: ${found.ai ? "yes" : "no"}`);
  // These nodes can publish only if everyone may author: their keys are not registered.
  await startNodes(url, isDevnet ? ["--registry", "everyone"] : []);
  const { infos } = await untilAll("the nodes to follow the chain", ({ chain }) => chain.trouble === null);
  const from = Math.max(...infos.map(({ chain }) => chain.topoheight));
  const gossipMs = isDevnet ? await gossip(TASKS_EACH_TIME) : 0;
  if (isDevnet) account.say("first", "publishes, and others", `${tasks.length} tasks, within ${seconds(gossipMs)}`);
  const more = untilAll("more blocks", ({ chain }) => chain.topoheight >= from + BLOCKS_TO_SEE);
  const grew = await more.then(
    () => true,
    () => false,
  );
  // A devnet without a miner makes no blocks, which is no failure.
  const seen = grew ? `all nodes have seen ${BLOCKS_TO_SEE} more blocks` : `no ${BLOCKS_TO_SEE} more blocks came`;
  account.say("daemon", grew ? "goes on" : "stands still", seen);
  const agreed = await agreement();
  const counts = await sums();
  const ok = agreed.digests_equal && agreed.registries_equal;
  return { ok, nodes: nodes.length, ...agreed, ...counts, gossip_ms: { before: gossipMs }, kernel: nodes[0].kernel };
}

await perform({
  play: () => (values.daemon === undefined ? besideFake() : besideReal(values.daemon)),
  failed: () => ({ nodes: nodes.length }),
  cleanUp,
  account,
  json: values.json,
  agreed: "All three agree, with the daemon and without it.",
});
