// What a node needs to find and to fetch what it lacks from a peer: `npm run -s bench:sync`, with `-- --json` one JSON
// object, with `-- --quick` fewer records.
import { availableParallelism, cpus } from "node:os";
import { bodyRows } from "./sync/bodies.mjs";
import { differenceRows } from "./sync/differences.mjs";

const quick = process.argv.includes("--quick");
const rows = [...(await differenceRows(quick)), ...(await bodyRows(quick))];

const machine = { cores: availableParallelism(), cpu: cpus()[0]?.model ?? "unknown", node: process.version };
const ok = rows.every((row) => row.ok);
if (process.argv.includes("--json")) {
  console.log(JSON.stringify({ machine, rows, ok }));
} else {
  console.log(`${machine.cores} cores, ${machine.cpu}, Node ${machine.node}`);
  for (const { name, value, unit, rival, ratio, bar, ok } of rows) {
    const against = rival === null ? "" : `${ratio.toFixed(4)} x ${rival}  `;
    const held = bar === null ? "" : ok ? bar : `${bar}: MISSED`;
    console.log(`${name.padEnd(72)}${`${value.toFixed(1)} ${unit}`.padEnd(20)}${against}${held}`);
  }
}
process.exitCode = ok ? 0 : 1;
