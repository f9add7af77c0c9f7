import path from "node:path";
import { expect, test } from "vitest";
import { projectRoot, runNode, type TemporaryTree, temporaryTree } from "./temporary-tree.js";

const vitest = path.join(projectRoot, "node_modules/vitest/vitest.mjs");
const reporter = path.join(projectRoot, "test/setup/count-reporter.ts");
const header = 'import { beforeAll, describe, expect, test } from "vitest";\n';

/** A tree of its own with the project's reporter, and how a run of its tests ended. */
function runTests(tests: Record<string, string>) {
  const tree: TemporaryTree = temporaryTree(["package.json"]);
  for (const [file, code] of Object.entries(tests)) tree.plant(file, header + code);
  const { status, stdout } = runNode(
    [vitest, "run", "--root", tree.root, "--reporter=default", `--reporter=${reporter}`],
    tree.root,
  );
  return { status, lastLine: stdout.trimEnd().split("\n").at(-1) };
}

const good = 'test("good", () => {});\n';

test("a good run ends with its count and exit code 0", () => {
  expect(runTests({ "a.test.ts": good })).toEqual({ status: 0, lastLine: "1 passed, 0 failed" });
});

test("a skipped test is counted apart, and the run is good", () => {
  const skipped = '// Skipped because this is what is tested here.\ntest.skip("later", () => {});\n';
  expect(runTests({ "a.test.ts": good + skipped })).toEqual({ status: 0, lastLine: "1 passed, 0 failed, 1 skipped" });
});

const bad: [string, Record<string, string>, string][] = [
  ["a failed test", { "a.test.ts": `${good}test("bad", () => expect(1).toBe(2));\n` }, "1 passed, 1 failed"],
  ["a file that does not load", { "a.test.ts": good, "b.test.ts": 'import "./missing.js";\n' }, "1 passed, 1 failed"],
  [
    "a hook that fails",
    {
      "a.test.ts":
        `${good}describe("s", () => {\n  beforeAll(() => {\n    throw new Error("hook");\n  });\n` + `  ${good}});\n`,
    },
    "1 passed, 1 failed, 1 skipped",
  ],
  [
    "an error that nobody catches",
    { "a.test.ts": `${good}void Promise.reject(new Error("loose"));\n` },
    "1 passed, 1 failed",
  ],
  [
    "a worker that dies, with the test it was running,",
    { "a.test.ts": 'test("dies", () => process.kill(process.pid, "SIGKILL"));\n' },
    "0 passed, 2 failed",
  ],
];
test.each(bad)("%s counts as failed", (_, tests, lastLine) => {
  expect(runTests(tests)).toEqual({ status: 1, lastLine });
});
