// Loads the addon (argument 1) in 20 worker threads, 20 times, and ends each with verifications at work in its pool: a
// third by exit, a third by the end of its script, a third from outside. Prints how many threads there were.
import { Worker } from "node:worker_threads";

const WORKERS = 20;
const ROUNDS = 20;
const [, , addon] = process.argv;

const SCRIPT = `
const { parentPort, workerData } = require("node:worker_threads");
const module = { exports: {} };
process.dlopen(module, workerData.addon);
const addon = module.exports;
const key = new Uint8Array(32).fill(1, 0, 31);
const message = new Uint8Array(300);
const signature = addon.sign(key, message);
const publicKey = addon.publicKey(key);
const length = Uint8Array.of(0, 0, 1, 44);
const item = Buffer.concat([publicKey, signature, length, message]);
const items = new Uint8Array(Buffer.concat(Array.from({ length: 64 }, () => item)));
for (let call = 0; call < 4; call++) {
  addon.verifyMessages(items).then((verdicts) => {
    if (verdicts.length !== 64 || verdicts.some((verdict) => verdict !== 0)) throw new Error("a wrong verdict");
  });
}
parentPort.postMessage("at work");
if (workerData.end === 0) process.exit(0);
if (workerData.end === 2) setInterval(() => undefined, 1000);
`;

function runOne(end) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(SCRIPT, { eval: true, workerData: { addon, end } });
    worker.once("message", () => {
      if (end === 2) worker.terminate().catch(reject);
    });
    worker.once("error", reject);
    worker.once("exit", () => resolve());
  });
}

for (let round = 0; round < ROUNDS; round++) {
  await Promise.all(Array.from({ length: WORKERS }, (_, index) => runOne((index + round) % 3)));
}
console.log(WORKERS * ROUNDS);
