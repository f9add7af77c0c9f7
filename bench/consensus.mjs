// What a decision costs, and whether it is exact: `npm run -s bench:consensus`, with `-- --json` one JSON object, with
// `-- --quick` fewer cases and submissions. Seven validators in processes of their own make the certificates.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { certificateRows, costRows, exactRows, voterRows } from "./consensus/rows.mjs";
import { SpecifiedTracker } from "./consensus/specification.mjs";
import { report } from "./report.mjs";
import { stepsOf } from "./steps.mjs";

const QUICK = process.argv.includes("--quick");
const [CASES, SUBMISSIONS] = QUICK ? [50_000, 10] : [1_000_000, 100];
const SEED = 14;
const FEW = 10;
const MANY = 10_000;
const MEASURED = 100_000;
/** Validations whose cost is the rival's at a number of them. */
const RIVAL_RUNS = 20;

const run = promisify(execFile);
const node = async (script, ...parameters) => {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const { stdout } = await run(process.execPath, ["--expose-gc", path, ...parameters.map(String)]);
  return stdout === "" ? undefined : JSON.parse(stdout);
};

function specifiedUs(validations) {
  const tracker = new SpecifiedTracker();
  for (let i = 0; i < validations; i++) tracker.record("one", 60 + (i % 40));
  const began = performance.now();
  for (let i = 0; i < RIVAL_RUNS; i++) tracker.record("one", 80);
  return (1000 * (performance.now() - began)) / RIVAL_RUNS;
}

async function costs() {
  const folder = await mkdtemp(join(tmpdir(), "bench-consensus-"));
  const measured = async (name, records, validations) => {
    const file = join(folder, name);
    await node("scale/make-records.mjs", file, records, 1, validations);
    return node("scale/measure.mjs", file, records);
  };
  // The first run warms the code up.
  const [, fewUs, manyUs] = [MANY, FEW, MANY].map(specifiedUs);
  try {
    return {
      few: await measured("few", MANY + 2, FEW),
      many: await measured("many", MANY + 2, MANY),
      engine: await measured("engine", MEASURED, FEW),
      specified: { fewUs, manyUs },
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

const step = stepsOf(4);
report([
  ...costRows(await step(costs)),
  ...exactRows(await step(() => node("consensus/exact.mjs", CASES, SEED))),
  ...certificateRows(await step(() => node("consensus/certificate.mjs"))),
  ...voterRows(await step(() => node("consensus/voters.mjs", SUBMISSIONS))),
]);
