import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { runChecks, type TemporaryTree, temporaryTree } from "./temporary-tree.js";

const BEFORE = "2026-11-30T11:59:59Z";
const AFTER = "2026-11-30T12:00:01Z";
const GIT = spawnSync("git", ["--version"]).status === 0;

function git(cwd: string, args: readonly string[], date = AFTER): void {
  const identity = { GIT_AUTHOR_NAME: "a", GIT_AUTHOR_EMAIL: "a@b.invalid", GIT_AUTHOR_DATE: date };
  const committer = { GIT_COMMITTER_NAME: "a", GIT_COMMITTER_EMAIL: "a@b.invalid", GIT_COMMITTER_DATE: date };
  const { status, stderr } = spawnSync("git", args, { cwd, env: { ...process.env, ...identity, ...committer } });
  expect(status, stderr.toString()).toBe(0);
}

/** A git checkout with one empty commit for each subject. */
function history(commits: readonly (readonly [subject: string, date: string])[]): TemporaryTree {
  const tree = temporaryTree([]);
  git(tree.root, ["init", "-q"]);
  for (const [subject, date] of commits) {
    git(tree.root, ["-c", "commit.gpgsign=false", "commit", "-q", "--allow-empty", "-m", subject], date);
  }
  return tree;
}

// Skipped because the check needs git where git is not installed.
describe.skipIf(!GIT)("commits", () => {
  test.each([
    ["engine: resume bodies after a restart", "engine/sync, docs: say which"],
    [`docs: ${"x".repeat(66)}`, "README: name the page"],
  ])("subjects of the right form and length pass: %s", (...subjects) => {
    const { root } = history(subjects.map((subject) => [subject, AFTER]));
    expect(runChecks(root, "commits").status).toBe(0);
  });

  test.each([
    ["of 73 letters", `docs: ${"x".repeat(67)}`, "73 letters, at most 72 are allowed"],
    ["without a part", "Resume bodies after a restart", 'the form is "part: text"'],
    ["without a text", "engine:", 'the form is "part: text"'],
  ])("a subject %s is refused from the date on, and not before it", (_, subject, problem) => {
    expect(runChecks(history([[subject, BEFORE]]).root, "commits").status).toBe(0);
    const { status, output } = runChecks(history([[subject, AFTER]]).root, "commits");
    expect(output).toContain(problem);
    expect(status).toBe(1);
  });

  test("a folder of another checkout and a shallow clone are passed over", () => {
    const { root, plant } = history([
      ["docs: first", AFTER],
      ["Second", AFTER],
    ]);
    plant("folder/file", "");
    git(root, ["clone", "-q", "--depth", "1", `file://${root}`, "shallow"]);
    expect(runChecks(`${root}/folder`, "commits").status).toBe(0);
    expect(runChecks(`${root}/shallow`, "commits").status).toBe(0);
  });
});
