// The speed of the simulator: `npm run bench:sim`, with `-s` and `-- --json` one JSON object, with `-- --quick` smaller
// parts that take a few minutes. Times are processor time, so that what else the machine does counts little; "on 2
// cores" is half of it. Each run has a process of its own.
import { execFile } from "node:child_process";
import { availableParallelism, cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { evaluate, FULL, QUICK } from "./sim/rows.mjs";

const CHILD = fileURLToPath(new URL("sim/child.mjs", import.meta.url));
const run = promisify(execFile);

async function measure(seeds, options) {
  // A thousand nodes need more than the default limit of the heap.
  const command = ["--max-old-space-size=16384", CHILD, JSON.stringify({ seeds, ...options })];
  const { stdout } = await run(process.execPath, command, { maxBuffer: 64 * 1024 * 1024 });
  return JSON.parse(stdout);
}

const rows = [];
for (const { seeds, options, rows: ofMeasure, mayFail = false } of process.argv.includes("--quick") ? QUICK : FULL) {
  const measurements = [];
  for (const group of seeds) measurements.push(await measure(group, options));
  const runs = measurements.flatMap((measured) => measured.runs);
  const failures = mayFail ? [] : runs.flatMap(({ failure }) => failure ?? []);
  for (const row of ofMeasure) rows.push(evaluate(row, measurements, failures));
}

const machine = { cores: availableParallelism(), cpu: cpus()[0]?.model ?? "unknown", node: process.version };
const ok = rows.every((row) => row.ok);
if (process.argv.includes("--json")) {
  console.log(JSON.stringify({ machine, rows, ok }));
} else {
  console.log(`${machine.cores} cores, ${machine.cpu}, Node ${machine.node}`);
  for (const { name, value, unit, min, max, bar, ok, failures = [] } of rows) {
    const measured = `${value.toFixed(2)} ${unit} (${min.toFixed(2)} to ${max.toFixed(2)})`;
    const held = bar === null ? "" : ok ? bar : `${bar}: MISSED`;
    console.log(`${name.padEnd(88)}${measured.padEnd(48)}${held}`);
    for (const failure of failures) console.log(`  ${failure}`);
  }
}
process.exitCode = ok ? 0 : 1;
