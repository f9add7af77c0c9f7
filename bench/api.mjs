// What the API and the package cost those who use them: `npm run -s bench:api`, with `-- --json` one JSON object, with
// `-- --quick` fewer records and runs, with `-- --only GROUP` the rows of one group. Each file of `api` has one group.
import { parseArgs } from "node:util";
import { commandRows } from "./api/commands.mjs";
import { eventRows } from "./api/events.mjs";
import { packageRows } from "./api/package.mjs";
import { queryRows } from "./api/queries.mjs";
import { watchingRows } from "./api/watching.mjs";
import { report } from "./report.mjs";
import { stepsOf } from "./steps.mjs";

/** Rows of each group; `quick` is for a run by hand. */
const GROUPS = {
  commands: commandRows,
  queries: queryRows,
  events: eventRows,
  package: packageRows,
  watching: watchingRows,
};

const { values } = parseArgs({
  options: { json: { type: "boolean" }, quick: { type: "boolean", default: false }, only: { type: "string" } },
});
const chosen = values.only === undefined ? Object.values(GROUPS) : [GROUPS[values.only]];
if (chosen.includes(undefined)) throw new Error(`--only takes one of ${Object.keys(GROUPS).join(", ")}`);
const rows = [];
const step = stepsOf(chosen.length);
for (const group of chosen) rows.push(...(await step(() => group({ quick: values.quick }))));
report(rows);
