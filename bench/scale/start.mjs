// Starts an engine from the database of disk.mjs: `node --expose-gc bench/scale/start.mjs DIRECTORY`. Prints one JSON
// object: the time until every record is restored, on the clock and of the processor with all threads.
import { Engine } from "../../dist/engine/index.js";
import { blake3Of, loadKernel, verdictsOf } from "../../dist/kernel/index.js";
import { restore } from "../../dist/manager/assembly/restore-engine.js";
import { ThreadStore } from "../../dist/storage/index.js";
import { FACTS, IDENTITY, START_SECONDS } from "./shape.mjs";

const [, , dir, records] = process.argv;
const { kernel } = await loadKernel();
const blake3 = blake3Of(kernel);
const startMs = 1000 * (START_SECONDS + Number(records));
const { network, genesis } = IDENTITY;
const began = performance.now();
const { store, close } = await ThreadStore.open({ dir: `${dir}/`, network, genesis, nowMs: Date.now() });
const openMs = performance.now() - began;
const newEngine = () =>
  new Engine({
    identity: IDENTITY,
    blake3,
    seed: new Uint8Array(32),
    nodeKey: "00".repeat(32),
    authors: [],
    startMs,
    verdictsOf: (submissions, rules) => verdictsOf(kernel, submissions, rules),
  });
const before = process.cpuUsage();
const log = () => {};
const members = async () => {};
const ports = { newEngine, store, blake3, genesis, facts: FACTS, nowMs: startMs, members, log, count: () => {} };
const { engine, checkpoints } = await restore(ports);
const { user, system } = process.cpuUsage(before);
const wallMs = performance.now() - began;
console.log(JSON.stringify({ held: engine.recordCount, openMs, wallMs, cpuMs: (user + system) / 1000, checkpoints }));
await close();
await kernel.close();
