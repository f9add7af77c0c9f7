// `npm run check`: every check of the tree, one line each; exit code 1 if any of them found something.
//   node scripts/checks/run.mjs [--root <directory>] [check ...]
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { CHECKS, runChecks } from "./all.mjs";

const { values, positionals } = parseArgs({ options: { root: { type: "string" } }, allowPositionals: true });
const root = path.resolve(values.root ?? path.join(path.dirname(fileURLToPath(import.meta.url)), "../.."));

const unknown = positionals.find((name) => CHECKS[name] === undefined);
if (unknown !== undefined) {
  console.error(`no check is called ${unknown}; there are: ${Object.keys(CHECKS).join(", ")}`);
  process.exit(2);
}
const { status, output } = runChecks(root, positionals);
process.stdout.write(output);
process.exitCode = status;
