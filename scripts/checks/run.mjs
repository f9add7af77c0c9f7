// `npm run check`: every check of the tree, one line each; exit code 1 if any of them found something.
//   node scripts/checks/run.mjs [--root <directory>] [check ...]
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import * as generated from "./generated.mjs";
import * as layout from "./layout.mjs";
import * as manifest from "./manifest.mjs";
import * as purity from "./purity.mjs";
import * as rooms from "./rooms.mjs";
import * as words from "./words.mjs";

const CHECKS = { purity, rooms, layout, words, manifest, generated };

const { values, positionals } = parseArgs({ options: { root: { type: "string" } }, allowPositionals: true });
const root = path.resolve(values.root ?? path.join(path.dirname(fileURLToPath(import.meta.url)), "../.."));

for (const name of positionals.length > 0 ? positionals : Object.keys(CHECKS)) {
  const chosen = CHECKS[name];
  if (chosen === undefined) {
    console.error(`no check is called ${name}; there are: ${Object.keys(CHECKS).join(", ")}`);
    process.exit(2);
  }
  const problems = chosen.check(root);
  console.log(`${problems.length === 0 ? "ok    " : "FAILED"} ${name}: ${chosen.title}`);
  for (const problem of problems) console.log(`       ${problem}`);
  if (problems.length > 0) process.exitCode = 1;
}
