import { mkdir, readdir, rename, truncate } from "node:fs/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { concatBytes } from "../../src/protocol/bytes.js";
import type { Damage } from "../../src/storage/damage.js";
import { openStore } from "../../src/storage/database/open-store.js";
import { placeOfDatabase, resumeRebuild, sweepRebuild } from "../../src/storage/database/rebuild.js";
import { FAMILIES, type Family } from "../../src/storage/families.js";
import { bodyKeyOfReference, namedRecordKey } from "../../src/storage/keys.js";
import type { KeyStore, KeyWrite } from "../../src/storage/types.js";
import { filesOf, overwrite } from "../support/damage.js";
import { scratchDirectory } from "../support/scratch.js";
import { ALL, ids, noise, RECORDS, recordKeys, writesOf } from "./many-rows.js";
import { collect } from "./values.js";

/** A database with all values in tables. */
async function filled(): Promise<string> {
  const directory = await scratchDirectory();
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
  test("three damaged bytes in a table lose the values of one block; each read ends and names the file", async () => {
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
    // A read in order skips the same values and reaches the end.
    const rows = (await rowsOf(store, "bodies")).length + (await rowsOf(store, "records")).length;
    expect(rows).toBe(bodies + records);
    await store.close();
  });

  test("a rebuild keeps all readable values, reports each lost record and body, and accepts writes", async () => {
    const directory = await filled();
    // Blocks of every family, and pages of zeros. The families are one after another in one table.
    const [table = ""] = await filesOf(directory, ".sst");
    for (const place of [100, 550, 850, 950]) await overwrite(table, place, new Uint8Array(3).fill(0xa5));
    for (const place of [300, 700]) await overwrite(table, place, new Uint8Array(4096));
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
    const recordRefs = index.flatMap(([key]) => namedRecordKey(key) ?? []);
    const bodyRefs = index.flatMap(([key]) => bodyKeyOfReference(key) ?? []);
    // Every reference of the index is readable, and every lost value was reported.
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

  test("a compaction of a damaged table costs one refused write; the database is then rebuilt", async () => {
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

  test("a backward read also skips a damaged block and loses at most the row before it", async () => {
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

  test("an interrupted rebuild leaves the old database or the new one", async () => {
    const directory = `${await scratchDirectory()}/db`;
    const [fresh, old] = [`${directory}.new`, `${directory}.old`];
    const names = async (): Promise<string[]> => (await readdir(`${directory}/..`)).sort();
    // Interrupted during the copy.
    await mkdir(directory);
    await mkdir(fresh);
    await resumeRebuild(directory);
    await sweepRebuild(directory);
    expect(await names()).toEqual(["db"]);
    // Interrupted between the two renames.
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
