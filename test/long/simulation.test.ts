import { execFile, spawn } from "node:child_process";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { CHECKS } from "../simulation/checks/check-board.js";
import { projectRoot } from "../support/project.js";

const run = promisify(execFile);

/** On a machine with other work to do a batch of seeds takes minutes. */
const BATCH_MS = 900_000;

/** The last line that the simulator prints. It ends with 1 if a seed failed. */
async function simulate(...args: readonly string[]): Promise<unknown> {
  const command = [join(projectRoot, "test/simulation/sim.mjs"), ...args, "--json"];
  const { stdout } = await run(process.execPath, command, { maxBuffer: 64 * 1024 * 1024 }).catch((error) => error);
  return JSON.parse(String(stdout).trimEnd().split("\n").at(-1) ?? "");
}

describe("the simulator", { timeout: BATCH_MS }, () => {
  test("finds no broken rule in 300 networks of four nodes", async () => {
    const found = await simulate("--seeds", "1..300", "--nodes", "4", "--minutes", "1", "--no-minimise");
    expect(found).toMatchObject({ ok: true, seeds: 300, failed: [] });
  });

  test("finds no defect again in the seeds that found one", async () => {
    expect(await simulate("--regressions")).toMatchObject({ ok: true });
  });

  test("has a broken build for each checker, and catches each by its checker", async () => {
    const rows = CHECKS.map((check) => expect.objectContaining({ check, ok: true }));
    expect(await simulate("--canaries")).toMatchObject({
      ok: true,
      missing: [],
      canaries: expect.arrayContaining(rows),
    });
  });

  test("ends without an error when the reader of its output leaves", async () => {
    const command = [join(projectRoot, "test/simulation/sim.mjs"), "--seeds", "1..3", "--nodes", "2", "--minutes", "0"];
    const sim = spawn(process.execPath, command);
    sim.stdout.destroy();
    expect(await text(sim.stderr)).toBe("");
  });

  test("gives the same digest for the same seeds", async () => {
    const seeds = ["--seeds", "1..6", "--nodes", "5", "--minutes", "1"];
    expect(await simulate(...seeds, "--workers", "1")).toEqual(await simulate(...seeds, "--workers", "2"));
  });
});
