// What a record costs from a peer's socket to the disk, and what honest peers get beside attackers, with separate
// processes on loopback: `npm run -s bench:e2e`, with `-- --json` one JSON object, with `-- --quick` fewer records.
// The rival runs in between: libp2p and gossipsub that only take the same bytes.
import { execFile } from "node:child_process";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ATTACKS } from "./e2e/attacks.mjs";
import { attackRows, best, floodRows, rateRows } from "./e2e/rows.mjs";
import { attackRun, floodRun, rateRun } from "./e2e/runs.mjs";
import { BUNDLE_RECORDS, SUBMISSIONS } from "./e2e/shape.mjs";
import { report } from "./report.mjs";
import { stepsOf } from "./steps.mjs";

const quick = process.argv.includes("--quick");
const ROUNDS = quick ? 1 : 3;
/** Records of one run of a rate. */
const RECORDS = quick ? 19_200 : 48_000;
const FLOOD_TIMES = 3;
const FLOOD_SECONDS = quick ? 4 : 8;
const ATTACK_SECONDS = quick ? 4 : 10;
/** More than a receiver takes while an attack lasts; a flood sends no more than fits into the buffers beside that. */
const FLOOD_RECORDS = quick ? 100_000 : 300_000;
/** An attacker begins again with the first when it has sent all. */
const ATTACK_RECORDS = 64_000;
const HONEST_RECORDS = 20_000;
const HONEST_AUTHOR = 10_001;

const run = promisify(execFile);
const MAKER = new URL("e2e/make-records.mjs", import.meta.url).pathname;
const KINDS = {
  bareSingles: { size: 1, bare: true },
  bundles: { size: BUNDLE_RECORDS },
  bareBundles: { size: BUNDLE_RECORDS, bare: true },
  singles: { size: 1 },
};
const step = stepsOf(ROUNDS * Object.keys(KINDS).length + 1 + Object.keys(ATTACKS).length);

async function rates(file) {
  const rounds = Object.fromEntries(Object.keys(KINDS).map((name) => [name, []]));
  for (let i = 0; i < ROUNDS; i++) {
    for (const [name, kind] of Object.entries(KINDS)) {
      rounds[name].push(await step(() => rateRun({ file, records: RECORDS, ...kind })));
    }
  }
  return Object.fromEntries(Object.entries(rounds).map(([name, of]) => [name, best(of)]));
}

const folder = await mkdtemp(join(tmpdir(), "bench-e2e-"));
const rows = [];
try {
  const files = { mix: join(folder, "mix"), tasks: join(folder, "tasks") };
  const make = async (mixed) => {
    await run(process.execPath, [MAKER, files.mix, mixed, SUBMISSIONS, 1].map(String));
    await run(process.execPath, [MAKER, files.tasks, HONEST_RECORDS, 0, HONEST_AUTHOR].map(String));
  };
  await make(FLOOD_RECORDS);
  const recordBytes = (await stat(files.mix)).size / FLOOD_RECORDS;
  const measured = await rates(files.mix);
  rows.push(...rateRows(measured));
  const shared = { files, capacity: measured.bundles, recordBytes };
  const flood = () => floodRun({ ...shared, seconds: FLOOD_SECONDS, times: FLOOD_TIMES });
  rows.push(...floodRows(await step(flood)));
  for (const name of Object.keys(ATTACKS)) {
    // Gossip takes no records that are older than 20 minutes, and the runs before may take that long.
    await make(ATTACK_RECORDS);
    rows.push(...attackRows(await step(() => attackRun({ ...shared, name, seconds: ATTACK_SECONDS }))));
  }
} finally {
  await rm(folder, { recursive: true });
}

report(rows);
