import { appendFile, cp, mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { repairLevel } from "../../src/storage/database/level-store.js";
import { ENGINES } from "../../src/storage/database/open-store.js";
import { openDataDirectory, openReadOnlyDirectory } from "../../src/storage/directory/data-directory.js";
import type { KeyWrite } from "../../src/storage/types.js";
import { filesOf, overwrite } from "../support/damage.js";
import { scratchDirectory } from "../support/scratch.js";
import { ALL, ids, noise, RECORDS, recordKeys, writesOf } from "./many-rows.js";
import { collect } from "./values.js";

describe.each(ENGINES)("a data directory over %s with damaged files", (engine) => {
  const options = { network: 3, genesis: new Uint8Array(32), nowMs: Date.UTC(2026, 0, 1), engine };
  const put = (at: number): KeyWrite => ({
    op: "put",
    family: "records",
    key: recordKeys[at] as Uint8Array,
    value: noise(`record ${at}`, 300),
  });

  test("a directory reports a damaged log, which the database hides", async () => {
    const running = await scratchDirectory();
    const data = await openDataDirectory({ ...options, dir: running });
    for (let at = 0; at < 400; at++) await data.store.write([put(at)], { sync: false });
    await data.store.write([], { sync: true });
    const dir = await scratchDirectory();
    await cp(running, dir, { recursive: true });
    await data.close();
    const [log = ""] = await filesOf(`${dir}/ai/dev/db`, ".log");
    await overwrite(log, 500, new Uint8Array(3).fill(0xa5));
    await rm(`${dir}/ai/dev/lock`);
    const again = await openDataDirectory({ ...options, dir });
    expect(again.damage).toEqual([expect.stringMatching(/\.log is damaged at byte \d+/)]);
    expect(await again.store.get("records", recordKeys[0] as Uint8Array)).toBeDefined();
    await again.close();
    const whole = await openDataDirectory({ ...options, dir });
    expect(whole.damage).toEqual([]);
    await whole.close();
  });

  test("a directory reports a missing log, which the database hides", async () => {
    const dir = await scratchDirectory();
    const data = await openDataDirectory({ ...options, dir });
    await data.store.write([put(0)], { sync: true });
    await data.close();
    const database = `${dir}/ai/dev/db`;
    for (const log of await filesOf(database, ".log")) await rm(log);
    const reported = [`the database in ${database} has no log: the last writes may be lost`];
    const readOnly = await openReadOnlyDirectory({ ...options, dir });
    expect(readOnly.damage).toEqual(reported);
    await readOnly.close();
    const again = await openDataDirectory({ ...options, dir });
    expect(again.damage).toEqual(reported);
    await again.close();
    const healed = await openDataDirectory({ ...options, dir });
    expect(healed.damage).toEqual([]);
    await healed.close();
  });

  test.each([3, 20])(
    "a directory reports a manifest that ends %i bytes inside an entry, which both databases hide",
    async (bytes) => {
      const dir = await scratchDirectory();
      const data = await openDataDirectory({ ...options, dir });
      await data.store.write([put(0)], { sync: true });
      await data.close();
      const whole = await openDataDirectory({ ...options, dir });
      expect(whole.damage).toEqual([]);
      await whole.close();
      const database = `${dir}/ai/dev/db`;
      const manifest = join(database, (await readFile(join(database, "CURRENT"), "utf8")).trim());
      await appendFile(manifest, (await readFile(manifest)).subarray(0, bytes));
      const reported = [expect.stringMatching(/MANIFEST-\d+ is truncated at byte \d+/)];
      const readOnly = await openReadOnlyDirectory({ ...options, dir });
      expect(readOnly.damage).toEqual(reported);
      await readOnly.close();
      const again = await openDataDirectory({ ...options, dir });
      expect(again.damage).toEqual(reported);
      await again.close();
      // A database makes a new log each time.
      const healed = await openDataDirectory({ ...options, dir });
      expect(healed.damage).toEqual([]);
      await healed.close();
    },
  );

  test("a directory opens without the tables on which LevelDB would abort, and names them", async () => {
    const dir = await scratchDirectory();
    const data = await openDataDirectory({ ...options, dir });
    await data.store.write(
      recordKeys.map((_key, at) => put(at)),
      { sync: true },
    );
    await data.close();
    await (await openDataDirectory({ ...options, dir })).close();
    const database = `${dir}/ai/dev/db`;
    const [table = ""] = await filesOf(database, engine === "leveldb" ? ".ldb" : ".sst");
    // A page of zeros: LevelDB aborts the process by a failed assertion when it reads the page.
    await overwrite(table, 300, new Uint8Array(4096));
    const readOnly = await openReadOnlyDirectory({ ...options, dir });
    expect((await collect(readOnly.store.entries("records", ALL))).length).toBeLessThan(RECORDS);
    await readOnly.close();
    const again = await openDataDirectory({ ...options, dir });
    expect(again.damage).toEqual(engine === "leveldb" ? [expect.stringContaining(`${table} was damaged`)] : []);
    const left = (await collect(again.store.entries("records", ALL))).length;
    expect(left).toBeLessThan(RECORDS);
    await again.store.write([put(0)], { sync: true });
    await again.close();
  });
});

describe("a LevelDB database whose repair was interrupted", () => {
  const options = { network: 3, genesis: new Uint8Array(32), nowMs: Date.UTC(2026, 0, 1), engine: "leveldb" as const };
  const oneRecord = { op: "put", family: "records", value: noise("record", 300) } as const;

  /** Two records: one in a table that a repair has moved aside, one in the log. */
  const interrupted = async (): Promise<{ dir: string; database: string; table: string }> => {
    const dir = await scratchDirectory();
    const data = await openDataDirectory({ ...options, dir });
    await data.store.write(writesOf(ids[0] as Uint8Array, 0), { sync: true });
    await data.close();
    const again = await openDataDirectory({ ...options, dir });
    await again.store.write([{ ...oneRecord, key: recordKeys[1] as Uint8Array }], { sync: true });
    await again.close();
    const database = `${dir}/ai/dev/db`;
    const [table = ""] = await filesOf(database, ".ldb");
    await rename(table, `${table}.damaged`);
    return { dir, database, table };
  };

  test.each([
    ["before it began", () => Promise.resolve()],
    [
      "after it moved the manifest away",
      async (database: string) => {
        const [manifest = ""] = (await readdir(database)).filter((name) => name.startsWith("MANIFEST-"));
        await mkdir(join(database, "lost"));
        await rename(join(database, manifest), join(database, "lost", manifest));
      },
    ],
    [
      "after it brought the log into a table",
      async (database: string) => {
        await repairLevel(database);
        expect(await filesOf(database, ".log")).toEqual([]);
      },
    ],
  ])("%s is repaired with all intact values and without the damaged table", async (_when, move) => {
    const { dir, database, table } = await interrupted();
    await move(database);
    const reported = [expect.stringContaining(`${table}.damaged`)];
    const readOnly = await openReadOnlyDirectory({ ...options, dir });
    expect(readOnly.damage).toEqual(reported);
    await readOnly.close();
    const again = await openDataDirectory({ ...options, dir });
    expect(again.damage).toEqual(reported);
    expect(await again.store.get("records", recordKeys[1] as Uint8Array)).toEqual(oneRecord.value);
    await again.close();
    expect(await filesOf(database, ".damaged")).toEqual([]);
  });
});
