// Kills a daemon and a node that follows it, again and again at random moments, under a stream of blocks, registrations
// and reorganisations, and looks whether the stream of blocks that the node tells is whole: none lost, none twice,
// nothing left behind in who survives. `--kills 50 --seed 1 --json`. Ends with 0 only if all of that holds.
import { randomInt } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { demoDirectory, removeDirectory } from "../demo/directory.mjs";
import { until } from "../demo/until.mjs";
import { LineProcess } from "./line-process.mjs";
import { StreamLedger } from "./stream-ledger.mjs";

const { values } = parseArgs({
  options: { kills: { type: "string", default: "50" }, seed: { type: "string" }, json: { type: "boolean" } },
});
const kills = Number(values.kills);
const seed = Number(values.seed ?? randomInt(2 ** 31));
const script = (name) => fileURLToPath(new URL(name, import.meta.url));
const BLOCK_MS = 10;
/** The longest that both run undisturbed between two kills. */
const CALM_MS = 150;
/** The bar: after the daemon's return the node has the whole chain again. */
const WHOLE_MS = 2000;
/** New authors are emitted at most once a second. */
const AUTHORS_MS = 10_000;
/** What a survivor may hold beyond what it held at first: lines on their way, a timer, a socket of each kind. */
const RESOURCES_MORE = 6;
const HEAP_MORE = 32 * 1024 * 1024;

/** mulberry32: the same kills for the same seed, as far as the machine's own timing lets them be. */
let state = seed;
function chance(below) {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
}
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const key = () => Array.from({ length: 64 }, () => chance(16).toString(16)).join("");

const directory = await demoDirectory();
const ledger = new StreamLedger();
const wholeAfterMs = [];
const counts = { daemon: 0, node: 0, reorganisations: 0 };
const leaks = [];
let port = 0;
let daemon;
let node;
let genesis;

async function startDaemon() {
  daemon = new LineProcess(script("daemon.mjs"), [join(directory, "chain.log"), `${port}`, `${BLOCK_MS}`]);
  const started = await daemon.next("the daemon to start");
  port = started.port;
  genesis = started.genesis;
  return started;
}

async function ask(question) {
  const answer = daemon.next(`the daemon to answer ${question.kind}`);
  daemon.say(question);
  return answer;
}

function startNode() {
  const url = `ws://127.0.0.1:${port}/json_rpc`;
  node = new LineProcess(script("follower.mjs"), [url, genesis, join(directory, "registry")], (line) =>
    ledger.take(line),
  );
}

async function report() {
  const emitted = node.next("the node's report", ({ kind }) => kind === "report");
  node.say("report");
  return emitted;
}

/** Waits until the node has emitted the blocks up to this one. */
async function emittedUpTo({ topoheight }) {
  if (ledger.hashes.length > topoheight) return;
  await node.next(`block ${topoheight}`, (line) => line.kind === "block" && line.topoheight >= topoheight);
}

async function disturb() {
  const what = chance(8);
  if (what === 0) {
    counts.reorganisations++;
    await ask({ kind: "reorganise", depth: 1 + chance(20) });
  } else if (what < 4) {
    await ask({ kind: "register", key: key() });
  }
}

async function killDaemon() {
  counts.daemon++;
  await daemon.kill();
  await pause(chance(CALM_MS));
  await startDaemon();
  const back = performance.now();
  await emittedUpTo(await ask({ kind: "top" }));
  wholeAfterMs.push(performance.now() - back);
}

async function killNode() {
  counts.node++;
  await node.kill();
  await pause(chance(CALM_MS));
  startNode();
  await emittedUpTo(await ask({ kind: "top" }));
}

/** What the survivor of many deaths holds more than after its first connection. */
async function looksAt(first) {
  const { resources, heap } = await report();
  if (resources > first.resources + RESOURCES_MORE) leaks.push(`${resources - first.resources} resources`);
  if (heap > first.heap + HEAP_MORE) leaks.push(`${heap - first.heap} bytes`);
}

async function main() {
  await startDaemon();
  startNode();
  await emittedUpTo(await ask({ kind: "top" }));
  let first = await report();
  for (let done = 0; done < kills; done++) {
    await disturb();
    await pause(chance(CALM_MS));
    if (chance(2) === 0) {
      await killDaemon();
    } else {
      await looksAt(first);
      await killNode();
      first = await report();
    }
    if (!values.json && (done + 1) % 50 === 0) console.log(`${done + 1} kills, ${ledger.blocks} blocks emitted`);
  }
  await emittedUpTo(await ask({ kind: "hold" }));
  await looksAt(first);
  const expected = (await ask({ kind: "registered" })).join();
  const agreed = await until(AUTHORS_MS, "the registry to be the chain's", async () => {
    const { authors } = await report();
    return authors.join() === expected ? authors.length : undefined;
  });
  return { hashes: await ask({ kind: "hashes" }), authors: agreed };
}

try {
  const { hashes, authors } = await main();
  const different = ledger.differences(hashes);
  const whole = Math.round(Math.max(0, ...wholeAfterMs));
  const { lost, duplicates, skipped } = ledger;
  const ok = lost + duplicates + skipped + different + leaks.length === 0 && whole <= WHOLE_MS;
  const result = {
    ok,
    seed,
    kills: counts.daemon + counts.node,
    daemon_kills: counts.daemon,
    node_kills: counts.node,
    reorganisations: counts.reorganisations,
    blocks: ledger.blocks,
    rewinds: ledger.rewinds,
    lost,
    duplicates,
    skipped,
    different,
    authors,
    leaks,
    whole_after_ms: whole,
  };
  console.log(values.json ? JSON.stringify(result) : result);
  process.exitCode = ok ? 0 : 1;
} finally {
  await node?.stop();
  await daemon?.stop();
  await removeDirectory(directory);
}
