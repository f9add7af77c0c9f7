import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { FakeDaemon } from "../../src/testing/index.js";
import { scratchDirectory } from "../support/scratch.js";

const DEMO = fileURLToPath(new URL("../../examples/demo/sidecar.mjs", import.meta.url));

async function demo(...args: string[]): Promise<{ readonly code: number; readonly result: unknown }> {
  const directory = await scratchDirectory();
  const env = { ...process.env, TMPDIR: directory, NO_COLOR: "1" };
  const child = spawn(process.execPath, [DEMO, "--json", ...args], { env, stdio: ["ignore", "pipe", "inherit"] });
  let printed = "";
  child.stdout.on("data", (data) => {
    printed += data;
  });
  const [code] = await once(child, "close");
  expect(await readdir(directory)).toEqual([]);
  return { code, result: JSON.parse(printed.trim().split("\n").at(-1) ?? "") };
}

const AGREED = { ok: true, nodes: 3, digests_equal: true, registries_equal: true, skipped: 0 };

it("three nodes beside a daemon work while it is away and follow it again when it is back", async () => {
  const { code, result } = await demo();
  expect(result).toMatchObject({ ...AGREED, tasks: 18, rewinds: expect.any(Number) });
  expect(code).toBe(0);
});

it("three nodes follow a daemon at a given address", async () => {
  const daemon = await FakeDaemon.start({ blockMs: 250, profile: "plain" });
  onTestFinished(() => daemon.stop());
  daemon.mine(30);
  const { code, result } = await demo("--daemon", daemon.url);
  expect(result).toMatchObject({ ...AGREED, tasks: 6 });
  expect(code).toBe(0);
});
