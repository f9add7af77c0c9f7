// Every check of the tree by its name, and a run of some of them in this process.
import * as circles from "./circles.mjs";
import * as commits from "./commits.mjs";
import * as documents from "./documents.mjs";
import * as doors from "./doors.mjs";
import * as generated from "./generated.mjs";
import * as glossary from "./glossary.mjs";
import * as layout from "./layout.mjs";
import * as manifest from "./manifest.mjs";
import * as purity from "./purity.mjs";
import * as rooms from "./rooms.mjs";
import * as tree from "./tree.mjs";
import * as words from "./words.mjs";

export const CHECKS = {
  purity,
  rooms,
  doors,
  circles,
  tree,
  layout,
  documents,
  words,
  glossary,
  manifest,
  generated,
  commits,
};

/**
 * Runs the named checks, or all of them if none is named: a line for each check and one for each problem it found.
 * `status` is the exit code, 1 if there is a problem.
 */
export function runChecks(root, names) {
  const lines = [];
  let status = 0;
  for (const name of names.length > 0 ? names : Object.keys(CHECKS)) {
    const { check, title } = CHECKS[name];
    const problems = check(root);
    lines.push(`${problems.length === 0 ? "ok    " : "FAILED"} ${name}: ${title}`);
    for (const problem of problems) lines.push(`       ${problem}`);
    if (problems.length > 0) status = 1;
  }
  return { status, output: lines.map((line) => `${line}\n`).join("") };
}
