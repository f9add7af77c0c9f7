import { createHash } from "node:crypto";
import { appendFile, cp, mkdir, readdir, readFile, rename, rm, truncate } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { concatBytes } from "../../src/protocol/bytes.js";
import type { Damage } from "../../src/storage/damage.js";
import { ENGINES, openStore } from "../../src/storage/database/open-store.js";
import { placeOfDatabase, resumeRebuild, sweepRebuild } from "../../src/storage/database/rebuild.js";
import { openDataDirectory, openReadOnlyDirectory } from "../../src/storage/directory/data-directory.js";
import { FAMILIES, type Family } from "../../src/storage/families.js";
import { bodyKeyOfReference, recordKeyOfEntry } from "../../src/storage/keys.js";
import type { KeyStore, KeyWrite } from "../../src/storage/types.js";
import { filesOf, overwrite } from "./damage.js";
import { collect, scratch } from "./scratch.js";

const RECORDS = 3000;
const ALL = { gte: new Uint8Array(0), lt: new Uint8Array(64).fill(0xff) };

/** Bytes that compress badly, of any length, the same in every run. */
function noise(seed: string, length: number): Uint8Array {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, at) =>
    createHash("sha256").update(`${seed}:${at}`).digest(),
  );
  return new Uint8Array(Buffer.concat(blocks).subarray(0, length));
}

const ids = Array.from({ length: RECORDS }, (_, at) => noise(`id ${at}`, 32));
const recordKeys = ids.map((id) => concatBytes([Uint8Array.of(1), id]));
const strand = Uint8Array.of(1, 3, 0, 0, 0, 0, 0, 7);

function writesOf(id: Uint8Array, at: number): KeyWrite[] {
  const writes: KeyWrite[] = [
    { op: "put", family: "records", key: concatBytes([Uint8Array.of(1), id]), value: noise(`record ${at}`, 200) },
    { op: "put", family: "derived", key: concatBytes([strand, id]), value: noise(`entry ${at}`, 80) },
  ];
  if (at % 3 !== 0) return writes;
  const reference = concatBytes([Uint8Array.of(5), id, noise("task", 32)]);
  writes.push({ op: "put", family: "bodies", key: id, value: noise(`body ${at}`, 600) });
  writes.push({ op: "put", family: "derived", key: reference, value: new Uint8Array(0) });
  writes.push({ op: "put", family: "meta", key: concatBytes([Uint8Array.of(1), id]), value: noise(`meta ${at}`, 90) });
  return writes;
}

/** A database whose values are all in tables: one table for each family. */
async function filled(): Promise<string> {
  const directory = await scratch();
  const store = await openStore("rocksdb", directory, { createIfMissing: true });
  for (let at = 0; at < ids.length; at += 200) {
    const writes = ids.slice(at, at + 200).flatMap((id, offset) => writesOf(id, at + offset));
    await store.write(writes, { sync: false });
  }
  await store.close();
  await (await openStore("rocksdb", directory, { createIfMissing: false })).close();
  return directory;
}

async function opened(directory: string): Promise<{ store: KeyStore; damage: Damage[] }> {
  const store = await openStore("rocksdb", directory, { createIfMissing: false });
  onTestFinished(() => store.close());
  const damage: Damage[] = [];
  store.onDamage((found) => damage.push(found));
  return { store, damage };
}

async function rowsOf(store: KeyStore, family: Family): Promise<(readonly [Uint8Array, Uint8Array])[]> {
  return collect(store.entries(family, ALL));
}

describe("a RocksDB database with damaged tables", () => {
  test("three bytes in the largest table cost the values of one block; every read settles and names the file", async () => {
    const directory = await filled();
    const [table = ""] = await filesOf(directory, ".sst");
    await overwrite(table, 500, Uint8Array.of(1, 2, 3));
    const { store, damage } = await opened(directory);
    const found = await store.getMany("bodies", ids);
    const bodies = found.filter((value) => value !== undefined).length;
    const records = (await store.getMany("records", recordKeys)).filter((value) => value !== undefined).length;
    expect(damage.length).toBe(RECORDS / 3 - bodies + RECORDS - records);
    expect(damage.length).toBeGreaterThan(0);
    expect(damage.length).toBeLessThan(40);
    for (const { key, reason } of damage) {
      expect(key).toBeDefined();
      expect(reason).toContain("block checksum mismatch");
      expect(reason).toContain(table);
    }
    // Reading in order passes over the same values, and comes to the end.
    const rows = (await rowsOf(store, "bodies")).length + (await rowsOf(store, "records")).length;
    expect(rows).toBe(bodies + records);
    await store.close();
  });

  test("a rebuild keeps all that can be read, tells of each record and body that is lost, and takes writes", async () => {
    const directory = await filled();
    // Blocks of every family, and a page of zeros.
    // The smallest belongs to none of them.
    const tables = (await filesOf(directory, ".sst")).slice(0, FAMILIES.length);
    for (const table of tables) await overwrite(table, 100, new Uint8Array(3).fill(0xa5));
    for (const table of (await filesOf(directory, ".sst")).slice(0, 2))
      await overwrite(table, 600, new Uint8Array(4096));
    const { store, damage } = await opened(directory);
    const readable = new Map<Family, number>();
    for (const family of FAMILIES) readable.set(family, (await rowsOf(store, family)).length);
    expect(new Set(damage.map(({ family }) => family))).toEqual(new Set(FAMILIES));
    damage.length = 0;
    await store.repair();
    const lost = damage.filter(({ key }) => key !== undefined);
    damage.length = 0;
    for (const family of ["records", "bodies", "meta"] as const) {
      expect((await rowsOf(store, family)).length, family).toBe(readable.get(family));
    }
    const index = await rowsOf(store, "derived");
    expect(damage).toEqual([]);
    const lostKeys = new Set(lost.map(({ key }) => Buffer.from(key ?? []).toString("hex")));
    const recordRefs = index.flatMap(([key]) => recordKeyOfEntry(key) ?? []);
    const bodyRefs = index.flatMap(([key]) => bodyKeyOfReference(key) ?? []);
    // What the index refers to is there; what it referred to and is not there was told.
    expect(await store.getMany("records", recordRefs)).not.toContain(undefined);
    expect(await store.getMany("bodies", bodyRefs)).not.toContain(undefined);
    expect(index.length + lostKeys.size).toBe(readable.get("derived"));
    await store.write(
      [{ op: "put", family: "records", key: recordKeys[0] as Uint8Array, value: ids[0] as Uint8Array }],
      {
        sync: true,
      },
    );
    expect(await store.get("records", recordKeys[0] as Uint8Array)).toEqual(ids[0]);
    await store.close();
    expect((await opened(directory)).store.engine).toBe("rocksdb");
  });

  test("a merge of tables that meets damage costs one refused write; the database is rebuilt and goes on", async () => {
    const directory = await filled();
    const [table = ""] = await filesOf(directory, ".sst");
    await overwrite(table, 500, Uint8Array.of(1, 2, 3));
    const { store, damage } = await opened(directory);
    const merged = async (): Promise<unknown> => {
      for (let at = 0; at < 400; at++) {
        const writes = Array.from({ length: 100 }, (_, index): KeyWrite => {
          const key = concatBytes([Uint8Array.of(1), noise(`more ${at} ${index}`, 32)]);
          return { op: "put", family: at % 2 === 0 ? "records" : "bodies", key, value: new Uint8Array(900) };
        });
        const error = await store.write(writes, { sync: false }).catch((reason: unknown) => reason);
        if (error !== undefined) return error;
      }
      return undefined;
    };
    expect(await merged()).toMatchObject({ code: "storage_corrupt", message: expect.stringContaining(table) });
    await store.write([{ op: "put", family: "meta", key: Uint8Array.of(1), value: Uint8Array.of(2) }], { sync: true });
    expect(damage.length).toBeGreaterThan(0);
    damage.length = 0;
    for (const family of FAMILIES) await rowsOf(store, family);
    expect(damage).toEqual([]);
    expect(await store.get("meta", Uint8Array.of(1))).toEqual(Uint8Array.of(2));
  });

  test("reading backward passes over a damaged block too, and loses at most the row before it", async () => {
    const directory = await filled();
    for (const table of (await filesOf(directory, ".sst")).slice(0, FAMILIES.length)) {
      await overwrite(table, 800, new Uint8Array(3).fill(0xa5));
    }
    const { store } = await opened(directory);
    for (const family of ["records", "derived"] as const) {
      const hex = ([key]: readonly [Uint8Array, Uint8Array]): string => Buffer.from(key).toString("hex");
      const forward = (await rowsOf(store, family)).map(hex);
      const backward = (await collect(store.entries(family, { ...ALL, reverse: true }))).map(hex).reverse();
      const missing = forward.filter((key) => !backward.includes(key));
      expect(missing.length).toBeLessThanOrEqual(1);
      expect(backward).toEqual(forward.filter((key) => !missing.includes(key)));
    }
  });

  test.each([
    ["cut short", (table: string) => truncate(table, 5000)],
    ["gone", (table: string) => rename(table, `${table}.gone`)],
    ["without its end", (table: string) => overwrite(table, 995, new Uint8Array(40))],
  ])("a table that is %s is storage_corrupt at the opening", async (_what, hurt) => {
    const directory = await filled();
    await hurt((await filesOf(directory, ".sst"))[0] as string);
    await expect(opened(directory)).rejects.toMatchObject({
      code: "storage_corrupt",
      message: expect.not.stringContaining("\n"),
    });
  });

  test("a rebuild that a crash interrupted leaves the old database or the new one", async () => {
    const directory = `${await scratch()}/db`;
    const [fresh, old] = [`${directory}.new`, `${directory}.old`];
    const names = async (): Promise<string[]> => (await readdir(`${directory}/..`)).sort();
    // While it copied.
    await mkdir(directory);
    await mkdir(fresh);
    await resumeRebuild(directory);
    await sweepRebuild(directory);
    expect(await names()).toEqual(["db"]);
    // Between the two renames.
    await mkdir(fresh);
    await rename(directory, old);
    expect(await placeOfDatabase(directory)).toBe(fresh);
    await resumeRebuild(directory);
    expect(await placeOfDatabase(directory)).toBe(directory);
    expect(await names()).toEqual(["db", "db.old"]);
    await sweepRebuild(directory);
    expect(await names()).toEqual(["db"]);
  });
});

describe.each(ENGINES)("a data directory over %s with damaged files", (engine) => {
  const options = { network: 3, genesis: new Uint8Array(32), nowMs: Date.UTC(2026, 0, 1), engine };
  const put = (at: number): KeyWrite => ({
    op: "put",
    family: "records",
    key: recordKeys[at] as Uint8Array,
    value: noise(`record ${at}`, 300),
  });

  test("tells that its log is damaged: the database opens with what comes before and says nothing", async () => {
    const running = await scratch();
    const data = await openDataDirectory({ ...options, dir: running });
    for (let at = 0; at < 400; at++) await data.store.write([put(at)], { sync: false });
    await data.store.write([], { sync: true });
    const dir = await scratch();
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

  test("tells that its log is gone: the database opens without it and says nothing", async () => {
    const dir = await scratch();
    const data = await openDataDirectory({ ...options, dir });
    await data.store.write([put(0)], { sync: true });
    await data.close();
    const database = `${dir}/ai/dev/db`;
    for (const log of await filesOf(database, ".log")) await rm(log);
    const told = [`the database in ${database} has lost its log: what was written last may be lost`];
    const readOnly = await openReadOnlyDirectory({ ...options, dir });
    expect(readOnly.damage).toEqual(told);
    await readOnly.close();
    const again = await openDataDirectory({ ...options, dir });
    expect(again.damage).toEqual(told);
    await again.close();
    const healed = await openDataDirectory({ ...options, dir });
    expect(healed.damage).toEqual([]);
    await healed.close();
  });

  test.each([3, 20])(
    "tells that its manifest ends %i bytes within an entry: both databases say nothing",
    async (bytes) => {
      const dir = await scratch();
      const data = await openDataDirectory({ ...options, dir });
      await data.store.write([put(0)], { sync: true });
      await data.close();
      const whole = await openDataDirectory({ ...options, dir });
      expect(whole.damage).toEqual([]);
      await whole.close();
      const database = `${dir}/ai/dev/db`;
      const manifest = join(database, (await readFile(join(database, "CURRENT"), "utf8")).trim());
      await appendFile(manifest, (await readFile(manifest)).subarray(0, bytes));
      const told = [expect.stringMatching(/MANIFEST-\d+ is cut short at byte \d+/)];
      const readOnly = await openReadOnlyDirectory({ ...options, dir });
      expect(readOnly.damage).toEqual(told);
      await readOnly.close();
      const again = await openDataDirectory({ ...options, dir });
      expect(again.damage).toEqual(told);
      await again.close();
      // A database makes a new one each time.
      const healed = await openDataDirectory({ ...options, dir });
      expect(healed.damage).toEqual([]);
      await healed.close();
    },
  );

  test("opens without the tables that LevelDB would fall over, and tells which", async () => {
    const dir = await scratch();
    const data = await openDataDirectory({ ...options, dir });
    await data.store.write(
      recordKeys.map((_key, at) => put(at)),
      { sync: true },
    );
    await data.close();
    await (await openDataDirectory({ ...options, dir })).close();
    const database = `${dir}/ai/dev/db`;
    const [table = ""] = await filesOf(database, engine === "leveldb" ? ".ldb" : ".sst");
    // A page of zeros: LevelDB ends the process by a failed assertion when it reads it.
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

  /** Two records: one in a table, which a repair has set aside, one in the log. */
  const interrupted = async (): Promise<{ dir: string; database: string; table: string }> => {
    const dir = await scratch();
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
  ])("%s is made anew; what is whole is there, nothing of the damaged table is left", async (_when, move) => {
    const { dir, database, table } = await interrupted();
    await move(database);
    const told = [expect.stringContaining(`${table}.damaged`)];
    const readOnly = await openReadOnlyDirectory({ ...options, dir });
    expect(readOnly.damage).toEqual(told);
    await readOnly.close();
    const again = await openDataDirectory({ ...options, dir });
    expect(again.damage).toEqual(told);
    expect(await again.store.get("records", recordKeys[1] as Uint8Array)).toEqual(oneRecord.value);
    await again.close();
    expect(await filesOf(database, ".damaged")).toEqual([]);
  });
});
