import { chmod, mkdir, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { parseDeadline, showDuration } from "../../src/cli/arguments/durations.js";
import { exitCodeOf, RefusedError } from "../../src/cli/exit-codes.js";
import { plain } from "../../src/cli/output/terminal.js";
import { NetworkError } from "../../src/protocol/errors.js";
import { SUBMISSION, TASK } from "../support/control/fake-control.js";
import { fakeNode, run } from "../support/run-cli.js";
import { scratchDirectory } from "../support/scratch.js";

const PUBLISH = [
  "publish",
  "--type",
  "CodeAnalysis",
  "--detail",
  "language=Rust",
  "complexity=Simple",
  "--description",
  "Look for overflows",
  "--reward",
  "18446744073709551615",
];

describe("reading commands", () => {
  test("reading commands print text for people and JSON for programs", async () => {
    const { cli } = await fakeNode();
    for (const argv of [["status"], ["peers"], ["tasks"], ["task", "show", TASK], ["submission", "show", SUBMISSION]]) {
      const people = await cli(argv);
      expect(people).toMatchObject({ code: 0, err: "" });
      expect(() => JSON.parse(people.out)).toThrow();
      const program = await cli([...argv, "--json"]);
      expect(program).toMatchObject({ code: 0, err: "" });
      expect(JSON.parse(program.out)).toBeTypeOf("object");
    }
    expect((await cli(["status"])).out).toMatch(/node +tst1node\n/);
    expect((await cli(["status"])).out).toContain("left today: 63 tasks, 256 submissions, 4095 validations");
    const task = (await cli(["task", "show", TASK])).out;
    expect(task).toContain("18446744073709551615 nanoTOS");
    expect(task).toContain("InProgress (waits for: deadline)");
    expect(task).toContain("does not count: above max participants");
    expect((await cli(["peers"])).out).toMatch(
      /0\.51 \(0\.60, 0\.50, 0\.40\) +12 +bad_signature +21 ms +gossip waiting +signed 3 +windows-plain/,
    );
  });

  test("task show and submission show say whose score blocks a verdict", async () => {
    const { cli } = await fakeNode();
    const shown = (await cli(["task", "show", TASK])).out + (await cli(["submission", "show", SUBMISSION])).out;
    expect(shown.match(/blocked +by the score 0 of c3c3\w+: .*; 31 scores like theirs outweigh it/g)).toHaveLength(2);
  });

  test("text of other authors can't control the terminal", async () => {
    const { cli, control } = await fakeNode();
    const details = await control.taskDetails(TASK);
    control.taskDetails = async () => {
      const body = details.body === undefined ? undefined : { ...details.body, description: "\u001b[2Jwiped\u202e" };
      return { ...details, body };
    };
    const { out } = await cli(["task", "show", TASK]);
    expect(out).toContain("\ufffd[2Jwiped\ufffd");
    expect(out).not.toContain("\u001b");
    expect(plain("a\tb\nc\u0007")).toBe("a\tb\nc\ufffd");
  });

  test("reading commands pass the query to the node", async () => {
    const { cli, control } = await fakeNode();
    await cli(["tasks", "--all", "--type", "GeneralTask", "--limit", "7", "--after", TASK.toUpperCase()]);
    expect(control.queries).toEqual([{ statuses: [], beforeDeadline: false, taskType: 5, limit: 7, after: TASK }]);
  });
});

describe("publishing commands", () => {
  test("publish reads a task from a file or standard input and prints its id", async () => {
    const { cli, control, dir } = await fakeNode();
    const file = join(dir, "lib.rs");
    await writeFile(file, Uint8Array.of(0, 255, 10));
    const made = await cli(
      [...PUBLISH, "--file", file, "--deadline", "2h", "--verification", "peer:3", "--author", "me"],
      { terminal: 120 },
    );
    expect(made).toMatchObject({ code: 0, err: "" });
    expect(made.out).toMatch(new RegExp(`^task +${TASK}\n`));
    expect(made.out).toMatch(/deadline +2026-09-22 \d\d:\d\d:\d\d UTC\n/);
    expect(control.drafts[0]).toMatchObject({
      author: "me",
      detail: { type: "CodeAnalysis", language: "Rust", complexity: "Simple" },
      data: Uint8Array.of(0, 255, 10),
      rewardNano: 2n ** 64n - 1n,
      deadline: { kind: "after", seconds: 7200 },
      requiredReviewers: 3,
    });
    const again = [...PUBLISH, "--file", "-", "--idempotency-key", "k", "--json"];
    expect(JSON.parse((await cli(again, { stdin: "from a pipe" })).out)).toMatchObject({
      task_id: TASK,
      duplicate: false,
    });
    expect(JSON.parse((await cli(again, { stdin: "from a pipe" })).out)).toMatchObject({ duplicate: true });
    expect(control.drafts[1]).toMatchObject({ data: new TextEncoder().encode("from a pipe") });
  });

  test("submit, validate, cancel and sync send their parameters", async () => {
    const { cli, control } = await fakeNode();
    expect((await cli(["submit", TASK, "--file", "-"], { stdin: "my answer" })).code).toBe(0);
    expect((await cli(["validate", SUBMISSION, "--score", "85"])).code).toBe(0);
    expect((await cli(["validate", SUBMISSION, "--reject", "OffTopic", "--reasoning", "about cats"])).code).toBe(0);
    expect((await cli(["task", "cancel", TASK])).code).toBe(0);
    expect((await cli(["task", "sync", TASK])).code).toBe(0);
    expect(control.drafts).toMatchObject([
      { taskId: TASK, answer: new TextEncoder().encode("my answer") },
      { submissionId: SUBMISSION, score: 85, body: undefined },
      { submissionId: SUBMISSION, score: 0, body: { reasoning: "OffTopic: about cats" } },
      { taskId: TASK },
    ]);
    expect(control.synced).toEqual([TASK]);
  });
});

describe("exit codes", () => {
  test("a wrong command line ends with code 2 and one line", async () => {
    const { cli } = await fakeNode();
    const wrong = [
      [],
      ["nonsense"],
      ["status", "--nonsense"],
      ["status", "--network", "moonnet"],
      ["status", "--api", "nowhere"],
      ["task", "show", "zz"],
      ["task", "show"],
      ["tasks", "--limit", "0"],
      ["publish", "--type", "CodeAnalysis"],
      [...PUBLISH, "--detail", "language"],
      [...PUBLISH, "--deadline", "soon"],
      [...PUBLISH, "--verification", "peer"],
      [...PUBLISH, "--file", "/nowhere/at/all"],
      [...PUBLISH, "--detail", "color=red"],
      [...PUBLISH, "--detail", "language=C"],
      [...PUBLISH, "--detail", "__proto__=x"],
      ["submit", TASK],
      ["validate", SUBMISSION],
      ["validate", SUBMISSION, "--score", "5", "--reject", "OffTopic"],
      ["start", "--p2p-listen", "2135"],
      ["start", "--daemon", "ftp://127.0.0.1/"],
      ["start", "--daemon", "127.0.0.1:1", "--network-name", "x"],
      ["start", "--daemon", "127.0.0.1:1", "--registry", "nobody"],
      ["start", "--registry", "chain"],
      ["start", "--task-types", "CodeAnalysis,Riddles"],
      ["key", "new", "No Good"],
    ];
    for (const argv of wrong) {
      const { code, err } = await cli(argv);
      expect({ argv, code }).toEqual({ argv, code: 2 });
      expect(err).not.toBe("");
      expect(err).not.toMatch(/^ +at /m);
      const asked = await cli([...argv, "--json"]);
      const { error } = JSON.parse(asked.err);
      expect({ argv, error }).toMatchObject({ argv, error: { code: "bad_parameters", exit: 2 } });
      expect(asked.out).toBe("");
    }
    expect((await cli([...PUBLISH, "--file", "-"], { stdin: "x".repeat(1_048_577) })).code).toBe(2);
  });

  test("help and version of the program and each command end with code 0", async () => {
    expect(await run(["--version"])).toEqual({ code: 0, out: "0.1.0\n", err: "" });
    expect((await run(["--help"])).out).toContain("Exit codes:");
    for (const name of ["start", "status", "tasks", "publish", "submit", "validate", "watch", "key", "doctor"]) {
      const { code, out } = await run([name, "--help"]);
      expect(code).toBe(0);
      expect(out).toContain(`Usage: tos-ai-sync ${name}`);
    }
  });

  test("no node, or another program at the address, ends with code 3", async () => {
    const empty = await run(["status", "--dir-path", await scratchDirectory()]);
    expect(empty.code).toBe(3);
    expect(empty.err).toContain("tos-ai-sync start");
    const { cli, api } = await fakeNode();
    const other = createServer((_request, response) => response.end("hello"));
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => new Promise((resolve) => other.close(() => resolve())));
    const address = `127.0.0.1:${(other.address() as AddressInfo).port}`;
    expect((await cli(["status", "--api", address])).code).toBe(3);
    await api.stop();
    const gone = await cli(["status"]);
    expect(gone.code).toBe(3);
    expect(gone.err.split("\n")).toHaveLength(2);
    const plugin = await scratchDirectory();
    await mkdir(join(plugin, "ai", "dev"), { recursive: true });
    await writeFile(join(plugin, "ai", "dev", "format.json"), "{}");
    const silent = await run(["status", "--dir-path", plugin]);
    expect(silent).toMatchObject({ code: 3, out: "", err: expect.stringContaining("has no API of its own") });
  });

  test("a node that answers too late ends with code 3 and another message than one that is down", async () => {
    const { cli } = await fakeNode();
    const over = AbortSignal.abort(new DOMException("too long", "TimeoutError"));
    const patience = vi.spyOn(AbortSignal, "timeout").mockReturnValue(over);
    onTestFinished(() => patience.mockRestore());
    const slow = await cli([...PUBLISH]);
    expect(slow.code).toBe(3);
    expect(slow.err).toContain("did not answer within 30 s");
    expect(slow.err).not.toContain("tos-ai-sync start");
  });

  test("a refusal of the node ends with code 4 and the reason", async () => {
    const { cli, control, data } = await fakeNode();
    control.failure = new NetworkError("quota_exceeded", "this author has published 64 tasks today");
    const refused = await cli([...PUBLISH]);
    expect(refused).toMatchObject({ code: 4, out: "", err: "tos-ai-sync: this author has published 64 tasks today\n" });
    const json = await cli(["task", "show", "00".repeat(32), "--json"]);
    expect(json.code).toBe(4);
    expect(JSON.parse(json.err)).toMatchObject({ error: { code: "not_found", exit: 4 } });
    await writeFile(join(data, "api.token"), "0".repeat(64));
    expect((await cli(["status"])).code).toBe(4);
  });

  test("the log of another key in a key's directory ends with code 5", () => {
    expect(exitCodeOf(new NetworkError("store_missing", "put the right one in its place"))).toBe(5);
    expect(exitCodeOf(new RefusedError("it signs from tomorrow", -32014, "store_missing"))).toBe(4);
  });

  test("a token that others may read ends with code 5", async () => {
    const { cli, data } = await fakeNode();
    await chmod(join(data, "api.token"), 0o644);
    const exposed = await cli(["status"]);
    expect(exposed.code).toBe(5);
    expect(exposed.err).toContain("chmod 600");
    expect(exposed.err).not.toMatch(/^ +at /m);
    expect((await cli(["status", "--verbose"])).err).toMatch(/^ +at /m);
  });
});

describe("key and doctor", () => {
  test("key new makes a key that is shown by name, without its private half", async () => {
    const dir = await scratchDirectory();
    const made = JSON.parse((await run(["key", "new", "miner", "--dir-path", dir, "--json"])).out);
    expect(made).toMatchObject({ name: "miner", kind: "author", key: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(made.address).toMatch(/^tst1/);
    const file = join(dir, "ai", "dev", "keys", "miner", "key.json");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const listed = await run(["key", "show", "--dir-path", dir, "--json"]);
    expect(JSON.parse(listed.out)).toEqual({ keys: [made] });
    expect((await run(["key", "new", "miner", "--dir-path", dir])).code).toBe(2);
    expect((await run(["key", "show", "nobody", "--dir-path", dir])).code).not.toBe(0);
    await chmod(file, 0o644);
    expect((await run(["key", "show", "--dir-path", dir])).code).toBe(5);
  });

  test("doctor shows whether a node can run, and the cure", async () => {
    const { cli, data } = await fakeNode();
    const report = JSON.parse((await cli(["doctor", "--json"])).out);
    const named = (name: string) => report.checks.find((check: { name: string }) => check.name === name);
    expect(["native", "reference"]).toContain(report.kernel);
    expect(named("node version")).toMatchObject({ ok: true });
    expect(named("running node")).toMatchObject({ ok: true, detail: expect.stringContaining("answers at") });
    expect(named("data directory")).toMatchObject({ ok: true });
    await chmod(join(data, "api.token"), 0o644);
    const ill = await cli(["doctor"]);
    expect(ill.code).toBe(1);
    expect(ill.out).toContain("chmod 600");
    expect(ill.out).toContain("a node can't run here yet");
  });
});

test.each(["UTC", "America/New_York", "Asia/Kolkata"])(
  "a deadline without a zone is UTC where the machine has %s",
  (zone) => {
    vi.stubEnv("TZ", zone);
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    expect(parseDeadline("2026-11-30")).toEqual({ deadline: 1_795_996_800 });
    expect(parseDeadline("2026-11-30T12:00")).toEqual({ deadline: 1_796_040_000 });
    expect(parseDeadline("2026-11-30 12:00:30")).toEqual({ deadline: 1_796_040_030 });
  },
);

test("JSON output can't control the terminal and keeps the values", async () => {
  const { cli, control } = await fakeNode();
  const details = await control.taskDetails(TASK);
  const text = "\u009b31m\u202ewiped\u2066\u200f\u2028\u0007";
  control.taskDetails = async () => {
    const body = details.body === undefined ? undefined : { ...details.body, description: text };
    return { ...details, body };
  };
  const { out } = await cli(["task", "show", TASK, "--json"]);
  expect(out.trimEnd()).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  expect(JSON.parse(out)).toMatchObject({ task_data: { description: text } });
});

test("an argument that is not UTF-8 is not signed", async () => {
  const { cli, control } = await fakeNode();
  const [, ...flags] = PUBLISH.map((argument) => (argument === "Look for overflows" ? "f\ufffdr" : argument));
  for (const argv of [
    ["publish", ...flags],
    [...PUBLISH, "--detail", "library=R\ufffd"],
    [...PUBLISH, "--idempotency-key", "\ufffd"],
    ["validate", SUBMISSION, "--score", "5", "--reasoning", "\ufffd"],
  ]) {
    expect(await cli(argv)).toMatchObject({ code: 2, err: expect.stringContaining("not UTF-8") });
  }
  expect(control.drafts).toEqual([]);
});

test("durations and deadlines", () => {
  expect(parseDeadline("90s")).toEqual({ duration_seconds: 90 });
  expect(parseDeadline("3d")).toEqual({ duration_seconds: 259_200 });
  expect(parseDeadline("1790086400")).toEqual({ deadline: 1_790_086_400 });
  expect(parseDeadline("2026-12-01T12:00Z")).toEqual({ deadline: 1_796_126_400 });
  expect(parseDeadline("2026-12-01T12:00+02:00")).toEqual({ deadline: 1_796_119_200 });
  for (const text of ["2026-02-30", "2026-13-01", "2026-12-01T25:00", "2026-12-01 noon", "12/01/2026", "-1s"]) {
    expect(() => parseDeadline(text)).toThrow(/--deadline is a duration/);
  }
  expect([0, 59, 3600, 90_061].map(showDuration)).toEqual(["0 s", "59 s", "1 h 0 m", "1 d 1 h"]);
});
