import { describe, expect, test } from "vitest";
import { ENGINES } from "../../src/storage/database/open-store.js";
import { openDataDirectory } from "../../src/storage/directory/data-directory.js";
import { DiskRecordStore } from "../../src/storage/records/record-store.js";
import { scratchDirectory } from "../support/scratch.js";
import { startChild } from "./child.js";
import { collect } from "./values.js";

const ROUNDS = 3;
const WRITES_BEFORE_KILL = [40, 7, 150];
const OPTIONS = { network: 3, genesis: new Uint8Array(32), nowMs: 1_795_000_000_000 };

describe.each(ENGINES)("kill -9 during writes to %s", (engine) => {
  test("a killed process keeps every acknowledged write and no part of a step", async () => {
    const dir = await scratchDirectory();
    let acknowledged = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const child = startChild("write", dir, engine);
      const enough = acknowledged + (WRITES_BEFORE_KILL[round] ?? 1);
      for (let line = await child.line(); line !== undefined; line = await child.line()) {
        acknowledged = Number(line);
        if (acknowledged >= enough) child.process.kill("SIGKILL");
      }
      await child.exited;
      expect(acknowledged).toBeGreaterThanOrEqual(enough);
      acknowledged = await checkSteps(dir, acknowledged);
    }
  });
});

/** Expects every step up to the last as a whole, and the last not before the acknowledged one. Returns the last. */
async function checkSteps(dir: string, acknowledged: number): Promise<number> {
  const directory = await openDataDirectory({ dir, ...OPTIONS });
  expect(directory.damage).toEqual([]);
  const store = new DiskRecordStore(directory.store);
  const last = Number(new TextDecoder().decode(await store.meta("last")));
  expect(last).toBeGreaterThanOrEqual(acknowledged);
  const members = await collect(store.members());
  expect(members.map(({ entry }) => entry.timestampSeconds)).toEqual(Array.from({ length: last }, (_, i) => i + 1));
  for (const { entry, envelope } of members) {
    const { id, timestampSeconds } = entry;
    expect(envelope[100]).toBe(timestampSeconds & 0xff);
    expect(await store.records([entry])).toEqual([envelope]);
    expect((await store.body(id))?.length).toBe(3000);
  }
  expect((await store.events(0, 10_000)).length).toBe(last);
  expect(store.corruptValues).toBe(0);
  await directory.close();
  return last;
}
