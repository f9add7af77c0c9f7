// The speed of the simulator: `npm run bench:sim`, with `-s` and `-- --json` one JSON object, with `-- --quick` smaller
// parts that take a few minutes. Times are processor time, so that what else the machine does counts little; "on 2
// cores" is half of it. Each run has a process of its own.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { report } from "./report.mjs";
import { evaluate, FULL, QUICK } from "./sim/rows.mjs";
import { stepsOf } from "./steps.mjs";

const CHILD = fileURLToPath(new URL("sim/child.mjs", import.meta.url));
const run = promisify(execFile);

async function measure(seeds, options) {
  // A thousand nodes need more than the default limit of the heap.
  const command = ["--max-old-space-size=16384", CHILD, JSON.stringify({ seeds, ...options })];
  const { stdout } = await run(process.execPath, command, { maxBuffer: 64 * 1024 * 1024 });
  return JSON.parse(stdout);
}

const rows = [];
const measures = process.argv.includes("--quick") ? QUICK : FULL;
const step = stepsOf(measures.flatMap(({ seeds }) => seeds).length);
for (const { seeds, options, rows: ofMeasure, mayFail = false } of measures) {
  const measurements = [];
  for (const group of seeds) measurements.push(await step(() => measure(group, options)));
  const runs = measurements.flatMap((measured) => measured.runs);
  const failures = mayFail ? [] : runs.flatMap(({ failure }) => failure ?? []);
  for (const row of ofMeasure) rows.push(evaluate(row, measurements, failures));
}

report(rows);
