import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, it } from "vitest";
import { backends } from "../support/backends.js";
import { scratchDirectory } from "../support/scratch.js";

const DEMO = fileURLToPath(new URL("../../examples/demo/three.mjs", import.meta.url));

describe("npm run demo:three", () => {
  let directory: string;
  beforeEach(async () => {
    directory = await scratchDirectory();
  });

  function demo(kernel: string, ...args: string[]): ChildProcess {
    const env = { ...process.env, TMPDIR: directory, TOS_AI_KERNEL: kernel, NO_COLOR: "1" };
    return spawn(process.execPath, [DEMO, ...args], { env, stdio: ["ignore", "pipe", "inherit"] });
  }

  it.each(backends.map(({ backend }) => backend))("demo:three ends in agreement on the %s kernel", async (kernel) => {
    const child = demo(kernel, "--json");
    let printed = "";
    child.stdout?.on("data", (data) => {
      printed += data;
    });
    const [code] = await once(child, "close");
    const last = JSON.parse(printed.trim().split("\n").at(-1) ?? "");
    expect(last).toEqual({ ok: true, nodes: 3, digests_equal: true, restart_lost: 0, kernel });
    expect(code).toBe(0);
    expect(await readdir(directory)).toEqual([]);
  });

  it("an interrupted demo leaves no process and no directory", async () => {
    const child = demo("");
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
    for await (const line of lines) if (line.includes("publishes a task")) break;
    const files = await readdir(directory);
    expect(files.length).toBe(1);
    child.kill("SIGINT");
    const [code] = await once(child, "exit");
    expect(code).toBe(130);
    expect(await readdir(directory)).toEqual([]);
  });
});
