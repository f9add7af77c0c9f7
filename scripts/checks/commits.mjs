// Subjects of commits: `part: text`, short enough for one line of a log. Outside of a git checkout, and in a shallow
// one, there is no history to check.
import { spawnSync } from "node:child_process";
import { realpathSync } from "node:fs";

export const title = "subjects of commits";

/** Commits of an earlier time were made under another rule. */
const SINCE = "2026-11-30T12:00:00Z";
const MAX_LETTERS = 72;
/** One or more parts of the project, a colon, and what changes there. */
const FORM = /^[\w./-]+(?:, [\w./-]+)*: \S.*$/;

export function check(root) {
  if (git(root, "rev-parse", "--show-toplevel") !== realpathSync(root)) return [];
  if (git(root, "rev-parse", "--is-shallow-repository") !== "false") return [];
  const log = git(root, "log", "--no-merges", `--since=${SINCE}`, "--format=%h %s") ?? "";
  return log.split("\n").flatMap((line) => {
    const [, id, subject] = /^(\w+) (.*)$/.exec(line) ?? [];
    return subject === undefined ? [] : problemsOf(subject).map((problem) => `${id}: ${problem}: ${subject}`);
  });
}

function problemsOf(subject) {
  const problems = [];
  const { length } = [...subject];
  if (length > MAX_LETTERS) problems.push(`${length} letters, at most ${MAX_LETTERS} are allowed`);
  if (!FORM.test(subject)) problems.push('the form is "part: text", as in "engine/sync: resume bodies after restart"');
  return problems;
}

/** What git says, without the line end; undefined where it fails or is not installed. */
function git(root, ...args) {
  const { status, stdout } = spawnSync("git", ["-C", root, ...args], { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  return status === 0 ? stdout.trimEnd() : undefined;
}
