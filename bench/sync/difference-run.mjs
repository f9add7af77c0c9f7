// Two nodes compare their sets: `node --expose-gc bench/sync/difference-run.mjs FORM RECORDS MISSING`. FORM is full or
// plain; one node lacks MISSING of the RECORDS, spread over all windows. Prints one JSON object.
import { createHash } from "node:crypto";
import { loadKernel } from "../../dist/kernel/index.js";
import { START_SECONDS } from "../scale/shape.mjs";
import { BenchNode, cpuMs } from "./difference-node.mjs";

const DAYS = 45;
const SECONDS = DAYS * 86_400;
const AUTHORS = 1000;
const LENGTH_BYTES = 4;
/** Exchanges of equal sets after the first. */
const REPEATS = 20;
const INTERVAL_MS = 30_000;

const [, , form, recordsText, missingText] = process.argv;
const [records, missing] = [Number(recordsText), Number(missingText)];

const hash = (text) => createHash("sha256").update(text).digest("hex");

/** The index entries of records of all task types, evenly over the days before `nowSeconds`. */
function* entries(nowSeconds) {
  for (let i = 0; i < records; i++) {
    const timestampSeconds = nowSeconds - SECONDS + Math.floor((SECONDS * i) / records);
    const [id, author] = [hash(`record ${i}`), hash(`author ${i % AUTHORS}`)];
    const [strand, window] = [`0${i % 6}0000`, Math.floor(timestampSeconds / 600)];
    const number = Math.floor(i / AUTHORS) % 256;
    yield { id, type: 0, author, strand, window, timestampSeconds, number, taskId: id };
  }
}

const { kernel } = await loadKernel();
const nowSeconds = START_SECONDS + 43_200;
const [opener, acceptor] = [1, 2].map((number) => new BenchNode(kernel, number, 1000 * nowSeconds));
let index = 0;
for (const entry of entries(nowSeconds)) {
  acceptor.engine.restoreMember(entry);
  const isMissing =
    missing > 0 && Math.floor((index * missing) / records) !== Math.floor(((index + 1) * missing) / records);
  index++;
  if (!isMissing) opener.engine.restoreMember(entry);
}
globalThis.gc();

/** Moves frames until both nodes are silent. A round: the opener sends, and the acceptor answers. */
async function exchange() {
  const figures = { bytes: 0, frames: 0, rounds: 0, foundBytes: 0, foundRounds: 0, foundMs: 0 };
  const [beganMs, beganCpuMs] = [performance.now(), cpuMs()];
  for (const node of [opener, acceptor]) node.longestStepMs = 0;
  while (opener.outbox.length + acceptor.outbox.length > 0) {
    if (opener.outbox.length > 0) figures.rounds++;
    for (const [from, to] of [
      [opener, acceptor],
      [acceptor, opener],
    ]) {
      for (const bytes of from.outbox.splice(0)) {
        figures.bytes += LENGTH_BYTES + bytes.length;
        figures.frames++;
        await to.take(bytes);
      }
      if (figures.foundRounds > 0 || acceptor.wanted < missing) continue;
      // The wants reached the acceptor in this round, so the difference was known in the round before.
      figures.foundRounds = figures.rounds - 1;
      figures.foundBytes = figures.bytes;
      figures.foundMs = performance.now() - beganMs;
    }
  }
  figures.cpuMs = cpuMs() - beganCpuMs;
  figures.longestStepMs = Math.max(opener.longestStepMs, acceptor.longestStepMs);
  return figures;
}

/** The next exchange is due. */
async function again() {
  acceptor.wanted = 0;
  for (const node of [acceptor, opener]) {
    node.nowMs += INTERVAL_MS;
    await node.step({ kind: "tick" });
  }
  return exchange();
}

await acceptor.connect(opener, false, form);
const before = cpuMs();
await opener.connect(acceptor, true, form);
// The first exchange after a start computes the states of all windows.
const first = await exchange();
const figures = { firstCpuMs: cpuMs() - before, firstLongestStepMs: first.longestStepMs, ...(await again()) };
if (missing === 0 && form === "full") {
  let spentMs = 0;
  for (let repeat = 0; repeat < REPEATS; repeat++) spentMs += (await again()).cpuMs;
  figures.cpuMs = spentMs / REPEATS;
}
await kernel.close();
console.log(JSON.stringify({ form, records, missing, ...figures }));
