// What a record costs the engine at 1,000 to 1,000,000 records, without kernel, network and disk, and what 200,000
// records cost a database, a start and a check:
// `npm run -s bench:scale`, with `-- --json` one JSON object, with `-- --quick` up to 200,000 records.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { report } from "./report.mjs";
import { rowsOf } from "./scale/rows.mjs";
import { stepsOf } from "./steps.mjs";

const SIZES = [1024, 20_032, 200_000, 1_000_000];
const QUICK_SIZES = SIZES.slice(0, 3);
/** Validations of each submission in the two runs that are compared. */
const FEW_VALIDATIONS = 10;
const MANY_VALIDATIONS = 10_000;
/** Records of each of these runs: one submission has all validations of the second. */
const VALIDATED = MANY_VALIDATIONS + 2;
/** Records of the database that is measured. */
const STORED = 200_000;
const FOLDER = new URL("scale/", import.meta.url).pathname;

const run = promisify(execFile);
/** Calls of `node` below. */
const step = stepsOf(9);
const node = async (script, ...parameters) => {
  const command = ["--expose-gc", join(FOLDER, script), ...parameters.map(String)];
  const { stdout } = await step(() => run(process.execPath, command));
  return stdout === "" ? undefined : JSON.parse(stdout);
};

const folder = await mkdtemp(join(tmpdir(), "bench-scale-"));
const sizes = process.argv.includes("--quick") ? QUICK_SIZES : SIZES;
let rows;
try {
  const [all, few, many] = ["all", "few", "many"].map((name) => join(folder, name));
  await node("make-records.mjs", all, sizes.at(-1) + 64);
  await node("make-records.mjs", few, VALIDATED, 1, FEW_VALIDATIONS);
  await node("make-records.mjs", many, VALIDATED, 1, MANY_VALIDATIONS);
  rows = rowsOf({
    sizes: await node("measure.mjs", all, ...sizes),
    few: await node("measure.mjs", few, VALIDATED),
    many: await node("measure.mjs", many, VALIDATED),
    stored: {
      disk: await node("disk.mjs", all, STORED, join(folder, "data")),
      start: await node("start.mjs", join(folder, "data"), STORED),
      check: await node("check.mjs", join(folder, "data"), STORED),
    },
  });
} finally {
  await rm(folder, { recursive: true });
}

report(rows);
