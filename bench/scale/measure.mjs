// Measures one engine that takes the records of a file: `node --expose-gc bench/scale/measure.mjs FILE SIZE...`. Prints
// one JSON array with the figures at each size.
import { bundlesOf, Receiver, timed } from "./receiver.mjs";

/** Bundles before a size whose cost counts as the cost at this size. */
const COUNTED_BUNDLES = 150;
/** The same where fewer records are held. */
const FEW_COUNTED_BUNDLES = 8;
const FEW_RECORDS = 10_000;
/** At one record a second: about as often as a node ticks for each record. */
const BUNDLES_A_TICK = 16;
const QUERIES = 20;
const PAGE_TASKS = 50;
const DAY_SECONDS = 86_400;

/** Bytes of the process without garbage. */
function residentBytes() {
  globalThis.gc();
  globalThis.gc();
  return process.memoryUsage().rss;
}

/** The least of several runs: other load on the machine makes a run only longer. */
function least(run) {
  let found = Number.POSITIVE_INFINITY;
  for (let i = 0; i < QUERIES; i++) found = Math.min(found, run());
  return found;
}

function queries(receiver) {
  const { engine, nowSeconds } = receiver;
  const page = (query) =>
    timed(() => engine.tasks({ statuses: [], beforeDeadline: false, limit: PAGE_TASKS, ...query }, nowSeconds));
  const atSeconds = nowSeconds - (nowSeconds % 60);
  const digest = () => timed(() => engine.digest(atSeconds));
  const digestAfterChange = () => {
    receiver.lose();
    return digest();
  };
  // The first digest hashes everything.
  digest();
  return {
    pageUs: least(() => page({})),
    emptyPageUs: least(() => page({ statuses: ["Cancelled"] })),
    countsUs: least(() =>
      timed(() => [
        engine.taskCounts(),
        engine.sizes(),
        engine.missing(),
        engine.activeMiners(nowSeconds, DAY_SECONDS),
      ]),
    ),
    tickUs: least(() => receiver.tick()),
    digestUs: Math.min(digestAfterChange(), digestAfterChange(), digestAfterChange()),
  };
}

const [, , file, ...sizes] = process.argv;
const receiver = await Receiver.open();
const results = [];
const recent = [];
let taken = 0;
for await (const bundle of bundlesOf(file)) {
  recent.push(receiver.take(bundle));
  if (recent.length > COUNTED_BUNDLES) recent.shift();
  if (++taken % BUNDLES_A_TICK === 0) receiver.tick();
  const held = receiver.engine.recordCount;
  if (held + receiver.lost < Number(sizes[results.length])) continue;
  const counted = recent.slice(held < FEW_RECORDS ? -FEW_COUNTED_BUNDLES : 0).sort((a, b) => a - b);
  // The middle of the bundles: a garbage collection of all records would count in one of them alone.
  const recordUs = counted.reduce((sum, us) => sum + us, 0) / counted.length / 64;
  const medianUs = counted[Math.floor(counted.length / 2)] / 64;
  results.push({ held, recordUs, medianUs, residentBytes: residentBytes(), ...queries(receiver) });
  if (results.length === sizes.length) break;
}
await receiver.close();
console.log(JSON.stringify(results));
