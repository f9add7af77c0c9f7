import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { setPlatform } from "./platform/ambient.js";
import { diskWorld } from "./platform/disk-world.js";
import type { SimFileHandle } from "./platform/file-handle.js";
import * as simulated from "./platform/fs-promises.js";
import { type Files, type Outcome, operation, outcome } from "./platform/random-operations.js";
import { Random } from "./world/random.js";

/** Random sequences of operations on both file systems. */
const SEQUENCES = 30;
const STEPS = 60;
const real = await vi.importActual<Files>("node:fs/promises");

afterEach(() => setPlatform(undefined));

/** Makes random operations below `root` and returns what each answers. */
async function play(files: Files, root: string, random: Random): Promise<Outcome[]> {
  const handles: SimFileHandle[] = [];
  const outcomes: Outcome[] = [];
  for (let step = 0; step < STEPS; step++) outcomes.push(await outcome(root, operation(random, files, root, handles)));
  for (const handle of handles) await handle.close();
  return outcomes;
}

describe("the simulated node:fs/promises", () => {
  let scratch: string;
  let umask: number;
  beforeEach(async () => {
    scratch = await real.mkdtemp(join(tmpdir(), "memory-disk-"));
    umask = process.umask(0o022);
  });
  afterEach(() => {
    process.umask(umask);
    rmSync(scratch, { recursive: true, force: true });
  });

  test("answers random operations as the real one does", async () => {
    const codes = new Set<unknown>();
    for (let seed = 0; seed < SEQUENCES; seed++) {
      const { settle } = diskWorld(seed);
      const realRoot = join(scratch, String(seed));
      await real.mkdir(realRoot, { mode: 0o700 });
      const expected = await play(real, realRoot, new Random(seed));
      const found = await settle(() => play(simulated, "/sim/n", new Random(seed)));
      for (const [step, answer] of expected.entries()) {
        expect(found[step], `seed ${seed}, step ${step}`).toEqual(answer);
        codes.add(answer.code);
      }
    }
    for (const code of ["ENOENT", "EEXIST", "ENOTDIR", "EISDIR", "ENOTEMPTY", "EBADF", "EINVAL", "EPERM"]) {
      expect(codes).toContain(code);
    }
  });

  test("ends the run at what the simulator lacks", async () => {
    const { schedule } = diskWorld(6);
    expect(() => simulated.symlink()).toThrow("the simulator lacks fs.symlink");
    await expect(schedule.run(schedule.nowMs + 1)).rejects.toThrow("the simulator lacks fs.symlink");
    expect(() => simulated.stat("/etc/passwd")).toThrow("the simulator has no disk for /etc/passwd");
  });
});
