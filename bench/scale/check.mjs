// Checks the database of disk.mjs: `node bench/scale/check.mjs DIRECTORY RECORDS`. Signatures are random bytes, so the
// kernel's verdict on them is replaced. Prints one JSON object: the greatest growth of the process's memory.
import { checkDatabase } from "../../dist/check/index.js";
import { loadKernel } from "../../dist/kernel/index.js";
import { DiskRecordStore, openReadOnlyDirectory } from "../../dist/storage/index.js";
import { FACTS, IDENTITY, START_SECONDS } from "./shape.mjs";

const READING_MS = 50;

const [, , dir, records] = process.argv;
const { kernel } = await loadKernel();
const { network, genesis } = IDENTITY;
const data = await openReadOnlyDirectory({ dir: `${dir}/`, network, genesis, nowMs: Date.now() });
const believing = new Proxy(kernel, {
  get(target, name) {
    if (name === "verify") return async (_input, _table, mask) => new Uint8Array(mask.length);
    const value = target[name];
    return typeof value === "function" ? value.bind(target) : value;
  },
});
const before = process.memoryUsage().rss;
let most = before;
const timer = setInterval(() => {
  most = Math.max(most, process.memoryUsage().rss);
}, READING_MS);
const end = START_SECONDS + Number(records);
const store = new DiskRecordStore(data.store);
const ports = { store, kernel: believing, identity: IDENTITY, facts: FACTS, atSeconds: end - (end % 60) };
const report = await checkDatabase(ports);
clearInterval(timer);
await data.close();
await kernel.close();
console.log(JSON.stringify({ held: report.records, growthBytes: most - before, counts: report.counts }));
