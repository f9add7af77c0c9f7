import { access, chmod, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { HARMS } from "../attacks/harms.js";
import {
  baseDirectory,
  childrenOf,
  type Ended,
  NodeProcess,
  Program,
  type RpcAnswer,
  startFails,
  taskParams,
} from "../support/node-process.js";

const AUTHOR_KEY = "keys/default/key.json";
const asRoot = process.getuid?.() === 0;

function publish(node: NodeProcess): Promise<RpcAnswer> {
  return node.call("ai_publish_task", taskParams("kept"));
}

/** A directory that a node has used, with a task. */
async function usedDirectory(): Promise<{ dir: string; data: string; taskId: string }> {
  const { dir, data } = await baseDirectory();
  const node = await NodeProcess.start(dir);
  const { result } = await publish(node);
  await node.signal("SIGTERM");
  return { dir, data, taskId: String(result?.task_id) };
}

/** Expects one line on standard error, nothing on standard output, no stack trace. */
function expectOneLine(ended: Ended, code: number, words: RegExp, what = "the start"): void {
  expect(ended.err, what).toMatch(words);
  expect(ended, what).toMatchObject({ code, out: "" });
  expect(ended.err.trim().split("\n")).toHaveLength(1);
  expect(ended.err).not.toMatch(/\n\s+at |node:internal|file:\/\//);
}

async function expectKept(dir: string, taskId: string): Promise<void> {
  const node = await NodeProcess.start(dir);
  const details = await node.call("ai_get_task_details", { task_id: taskId });
  expect(details.error).toBeUndefined();
  expect((await node.signal("SIGTERM")).code).toBe(0);
}

describe("a directory with", () => {
  it("each damage of a directory ends the start with code 5 and one line; its cure loses nothing", async () => {
    const suffer = async (harms: typeof HARMS): Promise<void> => {
      const { dir, data, taskId } = await usedDirectory();
      for (const [what, words, harm] of harms) {
        const cure = await harm(data);
        expectOneLine(await startFails(dir), 5, words, what);
        for (const file of ["lock", "api.json"]) await expect(access(join(data, file)), what).rejects.toThrow();
        await cure();
      }
      expectOneLine(await startFails(dir, "--network-name", "elsewhere"), 5, /choose another directory/);
      await expectKept(dir, taskId);
    };
    const half = HARMS.length / 2;
    await Promise.all([suffer(HARMS.slice(0, half)), suffer(HARMS.slice(half))]);
  });

  it("a node without its signing log runs, and the key signs nothing before the next day", async () => {
    const { dir, data } = await usedDirectory();
    await rm(join(data, "keys/default/signing.log"));
    const node = await NodeProcess.start(dir);
    const { error } = await publish(node);
    expect(error).toMatchObject({ code: -32014, data: { kind: "signature", code: "store_missing" } });
    expect((await node.signal("SIGTERM")).code).toBe(0);
  });

  it.skipIf(asRoot)("a start with an unreadable key ends with one line that names it", async () => {
    const { dir, data, taskId } = await usedDirectory();
    await chmod(join(data, AUTHOR_KEY), 0o000);
    expectOneLine(await startFails(dir), 5, /can't be read/);
    await chmod(join(data, AUTHOR_KEY), 0o600);
    await expectKept(dir, taskId);
  });

  it("a start with a file in place of its directory ends with one line", async () => {
    const { dir } = await baseDirectory();
    await writeFile(join(dir, "ai"), "");
    expectOneLine(await startFails(dir), 5, /in the place of a file: move it away/);
  });
});

describe("a start", () => {
  it("a start on a directory in use names the process that holds it, and that process continues to run", async () => {
    const { dir } = await baseDirectory();
    const first = await NodeProcess.start(dir);
    expectOneLine(await startFails(dir), 75, new RegExp(`in use by process ${first.started.pid}, started 20`));
    expect((await first.call("ai_get_network_info")).error).toBeUndefined();
    expect(await readFile(join(first.started.data, "lock"), "utf8")).toContain(String(first.started.pid));
  });

  it("a start on a taken p2p port names the port and leaves no file", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void other.close());
    const address = other.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const { dir, data } = await baseDirectory();
    const args = ["start", "--dir-path", dir, "--api", "127.0.0.1:0", "--p2p-listen", `/ip4/127.0.0.1/tcp/${port}`];
    expectOneLine(await new Program(args).ended, 6, /already in use/);
    await expect(access(join(data, "lock"))).rejects.toThrow();
    await NodeProcess.start(dir);
  });

  it.each([
    ["a rules file that is no JSON", "--rules-file", "{", /is not JSON/],
    ["a roster that is a list", "--roster-file", "[]", /roster/],
  ])("a start with %s ends with code 2 and one line", async (_what, option, content, words) => {
    const { dir } = await baseDirectory();
    const file = join(dir, "roster-or-rules.json");
    await writeFile(file, content);
    expectOneLine(await startFails(dir, option, file), 2, words);
  });
});

describe("a signal", () => {
  it.each(["SIGINT", "SIGTERM"] as const)(
    "%s ends a node with code 0 within 5 s and leaves no process",
    async (name) => {
      const { dir, data } = await baseDirectory();
      const launched = performance.now();
      const node = await NodeProcess.start(dir);
      const startMs = performance.now() - launched;
      expect(await childrenOf(node.started.pid)).toEqual([]);
      const ended = await node.signal(name);
      expect(ended).toMatchObject({ code: 0, err: "" });
      // On a busy machine the start takes longer, too.
      expect(ended.tookMs).toBeLessThan(Math.max(5000, startMs));
      const left = await readdir(data);
      expect(left.sort()).toEqual(["api-read.token", "api.token", "db", "format.json", "keys", "libp2p.key"]);
    },
  );
});
