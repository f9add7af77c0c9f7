// Verdicts at once against one by one, where a node decides many: `npm run bench:refold`, with `-s` and `-- --json` one
// JSON object. Both ways do the same work in turn, in one process; only who takes the sums differs. Each way holds
// TASKS tasks with SUBMISSIONS submissions of VALIDATIONS validations each.
import { judgeAll, VERDICTS_AT_ONCE_MIN } from "../dist/engine/fold/batch-verdicts.js";
import { ConsensusTracker } from "../dist/engine/fold/consensus-tracker.js";
import { Engine } from "../dist/engine/index.js";
import { RecordSet } from "../dist/engine/set/record-set.js";
import { blake3Of, loadKernel } from "../dist/kernel/index.js";
import { verdictsOf } from "../dist/kernel/verdicts.js";
import { restore } from "../dist/manager/assembly/restore-engine.js";
import { CHAIN, IDENTITY, NOW_SECONDS, storedTasks } from "./refold/stored-tasks.mjs";
import { report } from "./report.mjs";

const TASKS = 2000;
/** A start is measured with fewer: what is shorter meets less of what else the machine does. */
const START_TASKS = 400;
const SUBMISSIONS = 5;
const VALIDATIONS = 5;
/** The first round warms up and is not counted. */
const ROUNDS = 1 + 20;
/** Repetitions of the short measures in one round, in submissions. */
const SUBMISSIONS_A_ROUND = 20_000;

/** Sums are less than a hundredth of a start: its ratio is 1 but for what cannot be measured. */
const NOT_SLOWER = 0.9;

const ONE_BY_ONE = "the engine's sums one by one";

async function backend(force) {
  try {
    return (await loadKernel({ force })).kernel;
  } catch (error) {
    console.error(`${force} is left out: ${error.message}`);
    return undefined;
  }
}

/** Nanoseconds of processor time, so that what else the machine does counts little. */
async function timed(run) {
  const began = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(began);
  return 1000 * (user + system);
}

/** For each submission, `size` of them in a call. */
function sums(judge, lists, size) {
  return async () => {
    let done = 0;
    const took = await timed(() => {
      while (done < SUBMISSIONS_A_ROUND) {
        for (let at = 0; at + size <= lists.length && done < SUBMISSIONS_A_ROUND; at += size, done += size) {
          if (judge(lists.slice(at, at + size)).length !== size) throw new Error("verdicts are missing");
        }
      }
    });
    return took / done;
  };
}

/** Every task of a node folded again, as after new weights. */
function refold(stored, blake3, options) {
  const set = new RecordSet(blake3, IDENTITY.rules);
  const tracker = new ConsensusTracker({ blake3, rules: IDENTITY.rules, set, ...options });
  for (const { entry, record } of stored) {
    set.admit(entry);
    tracker.add(record);
  }
  const taskIds = tracker.taskIds();
  let day = 0;
  return () => {
    // A roster that was not there makes every task weigh differently.
    const rosters = day++ % 2 === 0 ? [] : [{ fromDay: 0, members: CHAIN.voters }];
    tracker.setChain({ registry: CHAIN.facts.registry, rosters });
    globalThis.gc?.();
    return timed(() => tracker.foldAll(taskIds));
  };
}

/** What a node does at its start, the disk's own time left out. */
function start(all, blake3, options) {
  const first = new Set(
    all
      .filter(({ entry }) => entry.id === entry.taskId)
      .map(({ entry }) => entry.id)
      .slice(0, START_TASKS),
  );
  const byTask = ({ entry: a }, { entry: b }) => (a.taskId < b.taskId ? -1 : a.taskId > b.taskId ? 1 : 0);
  const stored = all.filter(({ entry }) => first.has(entry.taskId)).sort(byTask);
  const none = async function* () {};
  const store = {
    // As the disk has them: the records of a task one after another.
    members: async function* () {
      for (const one of stored) yield one;
    },
    losses: { unreadable: false },
    apply: none,
    windows: none,
    checkpoints: none,
    kept: none,
    bodies: none,
    newestEvent: async () => 0,
    meta: async () => undefined,
  };
  const nowMs = NOW_SECONDS * 1000;
  return async () => {
    const seed = new Uint8Array(32);
    const identity = IDENTITY;
    const nodeKey = "00".repeat(32);
    const newEngine = () => new Engine({ identity, blake3, seed, nodeKey, authors: [], startMs: nowMs, ...options });
    globalThis.gc?.();
    const { genesis } = identity;
    const ignore = () => undefined;
    const reports = { members: async () => undefined, log: ignore, count: ignore };
    const ports = { newEngine, store, blake3, genesis, facts: CHAIN.facts, nowMs, ...reports };
    let engine;
    const took = await timed(async () => {
      ({ engine } = await restore(ports));
    });
    if (engine.sizes().members !== stored.length) throw new Error("not all records were restored");
    return took;
  };
}

function quantile(values, share) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(share * (sorted.length - 1))];
}

/** The ratio is that of the lowest tenths, so that other load on the machine decides nothing. */
function evaluate({ name, unit, scale, bar }, ours, theirs) {
  const ratio = quantile(theirs, 0.1) / quantile(ours, 0.1);
  const [value, min, max] = [quantile(ours, 0.5), Math.min(...ours), Math.max(...ours)].map((ns) => ns / scale);
  const ok = bar === undefined || ratio >= bar;
  return {
    name,
    value,
    unit,
    min,
    max,
    rival: ONE_BY_ONE,
    ratio,
    bar: bar === undefined ? null : `at least ${bar}`,
    ok,
  };
}

/** Pairs of the same work done both ways. */
function comparisons(kernel, stored, lists) {
  const blake3 = blake3Of(kernel);
  const atOnce = (submissions, rules) => verdictsOf(kernel, submissions, rules);
  const alone = (some) => judgeAll(some, IDENTITY);
  const pair = (row, ours, theirs) => ({ row: { ...row, name: `${kernel.backend}, ${row.name}` }, ours, theirs });
  const small = (size, bar) =>
    pair(
      { name: `verdicts of ${size.toLocaleString("en")} in a call`, unit: "us", scale: 1000, bar },
      sums((some) => atOnce(some, IDENTITY.rules), lists, size),
      sums(alone, lists, size),
    );
  const whole = (name, bar, make) =>
    pair({ name, unit: "ms", scale: 1e6, bar }, make(stored, blake3, { verdictsOf: atOnce }), make(stored, blake3, {}));
  return [
    small(1),
    small(4),
    small(VERDICTS_AT_ONCE_MIN, 1),
    small(64, 1),
    small(1000, 1),
    whole("all tasks folded again", 1, refold),
    whole(`start of ${START_TASKS} tasks, without the disk`, NOT_SLOWER, start),
  ];
}

const native = await backend("native");
const kernels = [native, await backend("wasm")].filter((kernel) => kernel !== undefined);
const stored = storedTasks(blake3Of(kernels[0] ?? (await loadKernel()).kernel), TASKS, SUBMISSIONS, VALIDATIONS);
const lists = Array.from({ length: 10_000 }, (_, at) => ({
  requiredReviewers: 2,
  validations: Array.from({ length: VALIDATIONS }, (_, i) => ({ score: 80 + ((at + i) % 7), weight: 1 + i })),
}));
const all = kernels.flatMap((kernel) => comparisons(kernel, stored, lists));
const times = all.map(() => ({ ours: [], theirs: [] }));
for (let round = 0; round < ROUNDS; round++) {
  for (const [at, { ours, theirs }] of all.entries()) {
    // Who goes first changes: what the first leaves behind is the second's to clear away.
    const first = round % 2 === 0 ? [await ours(), await theirs()] : [await theirs(), await ours()].reverse();
    if (round === 0) continue;
    times[at].ours.push(first[0]);
    times[at].theirs.push(first[1]);
  }
}
for (const kernel of kernels) await kernel.close();

const rows = all.map(({ row }, at) => evaluate(row, times[at].ours, times[at].theirs));
report(rows);
