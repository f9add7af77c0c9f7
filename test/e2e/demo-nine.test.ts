import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, it } from "vitest";
import { others } from "../support/backends.js";
import { scratchDirectory } from "../support/scratch.js";

const DEMO = fileURLToPath(new URL("../../examples/demo/nine.mjs", import.meta.url));
const GONE_MS = 120_000;
/** A short story, for a test that interrupts it. */
const SHORT = {
  name: "short",
  description: "One falls and comes back.",
  cast: [
    { name: "petra", role: "publisher", who: "stays" },
    { name: "vera", role: "validator", who: "falls" },
  ],
  steps: [
    { at: "vera", do: "kill" },
    { at: "vera", do: "restart", why: "Petra holds still." },
  ],
};

describe("npm run demo", { timeout: 240_000 }, () => {
  let directory: string;
  beforeEach(async () => {
    directory = await scratchDirectory();
  });

  function demo(...args: string[]): ChildProcess {
    const kernel = others[0]?.backend ?? "reference";
    const env = { ...process.env, TMPDIR: directory, TOS_AI_KERNEL: kernel, NO_COLOR: "1" };
    return spawn(process.execPath, [DEMO, ...args], { env, stdio: ["ignore", "pipe", "inherit"] });
  }

  /** Number of processes whose command line names the test's directory. */
  async function nodesAlive(): Promise<number> {
    const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
    const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")));
    return lines.filter((line) => line.includes(`${directory}/`)).length;
  }

  async function untilGone(): Promise<void> {
    const end = performance.now() + GONE_MS;
    while ((await nodesAlive()) > 0 && performance.now() < end)
      await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await nodesAlive()).toBe(0);
  }

  it("the demo ends with one state digest on nine nodes and excludes the dishonest validator", async () => {
    const child = demo("--json");
    let printed = "";
    child.stdout?.on("data", (data) => {
      printed += data;
    });
    const [code] = await once(child, "close");
    const last = JSON.parse(printed.trim().split("\n").at(-1) ?? "");
    expect(last).toEqual({
      ok: true,
      nodes: 9,
      digests_equal: true,
      tasks: 3,
      submissions: 6,
      validations: 21,
      consensus_reached: 5,
      certified: 6,
      forged_certificates_refused: 6,
      excluded_validators: 1,
      double_voters: 1,
      restart_lost: 0,
      late_joiner_caught_up_ms: expect.any(Number),
      kernel: others[0]?.backend ?? "reference",
    });
    expect(code).toBe(0);
    expect(await readdir(directory)).toEqual([]);
  });

  // Processes are listed from /proc.
  it.runIf(process.platform === "linux")(
    "a killed demo leaves no process, and the next run removes its directory",
    async () => {
      const scenario = join(directory, "short.json");
      await writeFile(scenario, JSON.stringify(SHORT));
      const child = demo("--scenario", scenario);
      const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
      for await (const line of lines) if (line.includes("holds still")) break;
      expect(await nodesAlive()).toBeGreaterThan(0);
      child.kill("SIGKILL");
      await once(child, "exit");
      await untilGone();
      expect((await readdir(directory)).sort()).toEqual(["short.json", expect.stringContaining(`-${child.pid}-`)]);

      const next = demo("--scenario", scenario);
      for await (const line of createInterface({ input: next.stdout as NodeJS.ReadableStream })) {
        if (line.includes("NODE")) break;
      }
      next.kill("SIGINT");
      const [code] = await once(next, "exit");
      expect(code).toBe(130);
      expect(await readdir(directory)).toEqual(["short.json"]);
    },
  );
});
