// `npm run draw:task-life`: writes docs/task-life.md from the table in src/engine/fold/task-life.ts.
import { writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { TASK_LIFE } from "../dist/index.js";
import { taskLifeParts } from "./task-life-parts.mjs";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
const [diagram, table] = taskLifeParts(TASK_LIFE);
const page = `# The life of a task

Made by \`npm run draw:task-life\` from \`src/engine/fold/task-life.ts\`. The status of a task is a function of its records
and of the time ([protocol](protocol.md), section 11). A test compares the table with that function.

The changes that the documents have:

${diagram}

*Carrier* is what makes the change here: a record, the time, a certificate, or evidence (a proof of equivocation, or a
second certificate of a submission). *None*: no message of this wire carries the change, so this program never makes it
([deviations](deviations.md)).

The table has every change of a task whose records come in the order of their times. A record that comes late may change
a status that is not final into any other.

${table}
`;
writeFileSync(path.join(root, "docs/task-life.md"), page);
console.log("wrote docs/task-life.md");
