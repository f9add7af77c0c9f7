// Run by addon.test.ts in a process of its own: 20 times 20 workers load the addon at once, start tasks and a hash, and
// end with these in flight: by themselves, by exit or terminated. Arguments: the addon, packed items, "main" to load
// the addon in the main thread too.
import { readFileSync } from "node:fs";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

const ROUNDS = 20;
const WORKERS = 20;
const WAYS = ["end", "exit", "terminate"];

function open(path) {
  const library = { exports: {} };
  process.dlopen(library, path);
  return library.exports;
}

function check(verdicts) {
  if (!verdicts.every((verdict) => verdict === 0)) throw new Error("a good signature was refused");
}

function live({ addon, items, way }) {
  const { hasher, hasherUpdate, verifyMessages } = open(addon);
  const tasks = [1, 2, 3].map(() => verifyMessages(items));
  // The hash is unfinished when the worker ends.
  hasherUpdate(hasher(), items);
  parentPort.postMessage("started");
  if (way === "end") return Promise.all(tasks).then((all) => all.forEach(check));
  if (way === "exit") setImmediate(() => process.exit());
  return undefined;
}

function come(data) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: data });
    worker.once("error", reject);
    worker.once("exit", resolve);
    if (data.way === "terminate") worker.once("message", () => worker.terminate().catch(reject));
  });
}

if (isMainThread) {
  const [addon, file, where] = process.argv.slice(2);
  const items = new Uint8Array(readFileSync(file));
  if (where === "main") check(await open(addon).verifyMessages(items));
  for (let round = 0; round < ROUNDS; round++) {
    const data = (at) => ({ addon, items, way: WAYS[(round + at) % WAYS.length] });
    await Promise.all(Array.from({ length: WORKERS }, (_, at) => come(data(at))));
  }
  check(await open(addon).verifyMessages(items));
  console.log(`${ROUNDS * WORKERS} workers`);
} else {
  await live(workerData);
}
