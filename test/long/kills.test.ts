import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const RUN = fileURLToPath(new URL("../../examples/kills/run.mjs", import.meta.url));
const KILLS = 50;

describe("npm run kill:long", { timeout: 240_000 }, () => {
  it(`after ${KILLS} kills of daemon or node each block was emitted once, and nothing is left behind`, async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [RUN, "--json", "--kills", `${KILLS}`]);
    const summary = JSON.parse(stdout);
    // The output of a failure has the seed.
    expect(summary).toMatchObject({
      ok: true,
      kills: KILLS,
      lost: 0,
      duplicates: 0,
      skipped: 0,
      different: 0,
      leaks: [],
    });
    expect(summary.blocks).toBeGreaterThan(1000);
  });
});
