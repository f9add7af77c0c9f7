import { expect, test } from "vitest";
import { amountArgument, nameArgument } from "../../src/cli/arguments/index.js";
import { TASK_TYPES } from "../../src/protocol/enumerations.js";
import { fakeNode, run } from "../support/run-cli.js";
import { scratchDirectory } from "../support/scratch.js";

const ID = /^[0-9a-f]{64}\n$/;
const PUBLISH = ["publish", "--type", "general-task", "--detail", "category=text", "--description", "x", "--reward"];

test("publishing commands and key new print one id into a pipe, and fields on a terminal", async () => {
  const { cli, control } = await fakeNode();
  const task = await cli([...PUBLISH, "15 TOS"]);
  expect(task).toEqual({ code: 0, out: expect.stringMatching(ID), err: "" });
  expect(control.drafts[0]).toMatchObject({ detail: { type: "GeneralTask" }, rewardNano: 15_000_000_000n });
  const submission = await cli(["submit", task.out.trim(), "--file", "-"], { stdin: "answer" });
  expect(submission.out).toMatch(ID);
  expect((await cli(["validate", submission.out.trim(), "--score", "85"])).out).toMatch(ID);
  expect((await cli([...PUBLISH, "1"], { terminal: 80 })).out).toMatch(/^task +[0-9a-f]{64}\nauthor +/);

  const dir = await scratchDirectory();
  expect((await run(["key", "new", "miner", "--dir-path", dir])).out).toMatch(ID);
  expect((await run(["key", "new", "other", "--dir-path", dir], { terminal: 80 })).out).toMatch(/^name +other\n/);
});

test("a row of a table takes several lines on a narrow terminal and one line elsewhere", async () => {
  const { cli } = await fakeNode();
  for (const argv of [["tasks", "--all"], ["peers"]]) {
    const narrow = (await cli(argv, { terminal: 80 })).out.split("\n");
    expect(Math.max(...narrow.map((line) => line.length))).toBeLessThanOrEqual(80);
    const wide = (await cli(argv)).out.split("\n");
    expect(narrow.length).toBeGreaterThan(wide.length);
    expect(narrow.join(" ").split(/\s+/).sort()).toEqual(wide.join(" ").split(/\s+/).sort());
  }
});

test("a value takes several lines on a narrow terminal, broken at spaces, and one line elsewhere", async () => {
  const { cli } = await fakeNode();
  const narrow = (await cli(["status"], { terminal: 60 })).out.split("\n");
  // A name or an address is never broken.
  const wide = narrow.filter((line) => line.length > 60 && line.trim().includes("  "));
  expect(wide.filter((line) => line.split(/ {2,}/)[1]?.includes(" "))).toEqual([]);
  const lines = (await cli(["status"])).out.split("\n");
  expect(narrow.length).toBeGreaterThan(lines.length);
  expect(narrow.join(" ").split(/\s+/)).toEqual(lines.join(" ").split(/\s+/));
});

test("an amount is a whole number of nanoTOS, or TOS with its unit and nine digits of fraction", () => {
  expect(["0", "15", "15 nanoTOS", "15 TOS", "0.5TOS", "1.000000001 tos"].map(amountArgument)).toEqual([
    "0",
    "15",
    "15",
    "15000000000",
    "500000000",
    "1000000001",
  ]);
  for (const wrong of ["", "1.5", "-1", "1e9", "1.0000000001 TOS", "TOS", "1 BTC", "1,5 TOS"]) {
    expect(() => amountArgument(wrong)).toThrow("An amount is a whole number of nanoTOS");
  }
});

test("a name is taken in any case, and any other text is answered with the names", () => {
  const type = nameArgument(TASK_TYPES);
  expect(["codeanalysis", "code-analysis", "CODE_ANALYSIS", "CodeAnalysis"].map(type)).toEqual(
    Array.from({ length: 4 }, () => "CodeAnalysis"),
  );
  expect(() => type("riddle")).toThrow(/^Allowed choices are CodeAnalysis, /);
});

test("help of a command that does not exist is an error that names it", async () => {
  expect(await run(["help", "task", "show"])).toMatchObject({ code: 0, out: expect.stringContaining("<task-id>") });
  for (const names of [["nonsense"], ["task", "nonsense"]]) {
    const { code, out, err } = await run(["help", ...names]);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(`unknown command '${names.join(" ")}'`);
  }
});
