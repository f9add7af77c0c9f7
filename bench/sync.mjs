// What a node needs to find and to fetch what it lacks from a peer: `npm run -s bench:sync`, with `-- --json` one JSON
// object, with `-- --quick` fewer records.
import { report } from "./report.mjs";
import { stepsOf } from "./steps.mjs";
import { bodyRows } from "./sync/bodies.mjs";
import { differenceRows } from "./sync/differences.mjs";

const quick = process.argv.includes("--quick");
const step = stepsOf(2);
const rows = [...(await step(() => differenceRows(quick))), ...(await step(() => bodyRows(quick)))];

report(rows);
