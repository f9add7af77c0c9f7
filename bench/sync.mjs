// What a node needs to fetch what it lacks from a peer: `npm run -s bench:sync`, with `-- --json` one JSON object, with
// `-- --quick` fewer records.
import { availableParallelism, cpus } from "node:os";
import { bodyRows } from "./sync/bodies.mjs";

const rows = await bodyRows(process.argv.includes("--quick"));

const machine = { cores: availableParallelism(), cpu: cpus()[0]?.model ?? "unknown", node: process.version };
const ok = rows.every((row) => row.ok);
if (process.argv.includes("--json")) {
  console.log(JSON.stringify({ machine, rows, ok }));
} else {
  console.log(`${machine.cores} cores, ${machine.cpu}, Node ${machine.node}`);
  for (const { name, value, unit, bar, ok } of rows) {
    console.log(`${name.padEnd(72)}${`${value.toFixed(1)} ${unit}`.padEnd(20)}${ok ? bar : `${bar}: MISSED`}`);
  }
}
process.exitCode = ok ? 0 : 1;
