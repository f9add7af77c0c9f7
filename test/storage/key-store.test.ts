import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { compareBytes, toHex } from "../../src/protocol/bytes.js";
import { openDatabaseStore } from "../../src/storage/database/database-store.js";
import { DelayedSync } from "../../src/storage/database/delayed-sync.js";
import { openLevelDatabase } from "../../src/storage/database/level-store.js";
import { chooseEngine, ENGINES, openStore } from "../../src/storage/database/open-store.js";
import { openRocksDatabase } from "../../src/storage/database/rocks-store.js";
import { FAMILIES } from "../../src/storage/families.js";
import type { KeyStore, KeyWrite } from "../../src/storage/types.js";
import { scratchDirectory } from "../support/scratch.js";
import { collect } from "./values.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const put = (key: string, value: string): KeyWrite => ({
  op: "put",
  family: "records",
  key: bytes(key),
  value: bytes(value),
});

describe.each(ENGINES)("%s", (engine) => {
  const opened = async (directory?: string): Promise<KeyStore> => {
    const store = await openStore(engine, directory ?? (await scratchDirectory()), { createIfMissing: true });
    onTestFinished(() => store.close().catch(() => undefined));
    return store;
  };

  test("a key store behaves like a sorted map for each family", async () => {
    const store = await opened();
    const model = new Map<string, Uint8Array>();
    const key = fc.uint8Array({ minLength: 1, maxLength: 3 });
    const write = fc.record({
      op: fc.constantFrom("put" as const, "put" as const, "del" as const),
      family: fc.constantFrom(...FAMILIES),
      key,
      value: fc.uint8Array({ maxLength: 4 }),
    });
    const batches = fc.record({
      batch: fc.array(write, { maxLength: 8 }),
      sync: fc.boolean(),
      gte: key,
      lt: key,
      reverse: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(batches, fc.integer({ min: 1, max: 20 }), async ({ batch, sync, gte, lt, reverse }, limit) => {
        await store.write(batch, { sync });
        for (const { op, family, key, value } of batch) {
          if (op === "put") model.set(`${family}:${toHex(key)}`, value);
          else model.delete(`${family}:${toHex(key)}`);
        }
        for (const family of FAMILIES) {
          const expected = [...model]
            .filter(([name]) => name.startsWith(`${family}:`))
            .map(
              ([name, value]) => [Uint8Array.from(Buffer.from(name.slice(family.length + 1), "hex")), value] as const,
            )
            .filter(([key]) => compareBytes(key, gte) >= 0 && compareBytes(key, lt) < 0)
            .sort(([a], [b]) => (reverse ? compareBytes(b, a) : compareBytes(a, b)))
            .slice(0, limit);
          expect(await collect(store.entries(family, { gte, lt, limit, reverse }))).toEqual(expected);
          const keys = batch.map((change) => change.key);
          const values = keys.map((key) => model.get(`${family}:${toHex(key)}`));
          expect(await store.getMany(family, keys)).toEqual(values);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("a key store keeps its writes after a close, with and without a sync", async () => {
    const directory = await scratchDirectory();
    const first = await opened(directory);
    await first.write([put("a", "1")], { sync: true });
    await first.write([put("b", "2")], { sync: false });
    await first.close();
    const second = await opened(directory);
    expect(await second.get("records", bytes("a"))).toEqual(bytes("1"));
    expect(await second.get("records", bytes("b"))).toEqual(bytes("2"));
    expect(await second.get("bodies", bytes("a"))).toBeUndefined();
  });

  test("an iteration that ends early leaves no iterator open", async () => {
    const store = await opened();
    await store.write(
      Array.from({ length: 1000 }, (_, i) => put(`k${i}`, "v")),
      { sync: false },
    );
    for await (const _ of store.entries("records", { gte: bytes("k"), lt: bytes("l") })) break;
    await expect(store.close()).resolves.toBeUndefined();
  });

  test("a second opening in one process is refused, and the first store still works", async () => {
    const directory = await scratchDirectory();
    const store = await opened(directory);
    await expect(openStore(engine, `${directory}/.`, { createIfMissing: true })).rejects.toMatchObject({
      code: "storage_locked",
    });
    await store.write([put("a", "1")], { sync: true });
    await store.close();
    await (await opened(directory)).close();
  });

  test("a failed write or sync is repaired when the disk has space, and readers continue", async () => {
    const directory = await scratchDirectory();
    const full = new Error("IO error: No space left on device");
    const open = engine === "rocksdb" ? openRocksDatabase : openLevelDatabase;
    const disk = { full: false, lost: false, opened: 0, refused: () => {} };
    const store = await openDatabaseStore(
      engine,
      directory,
      { createIfMissing: true },
      async (path, createIfMissing) => {
        if (disk.lost) throw full;
        disk.opened++;
        const database = await open(path, createIfMissing);
        let failed = false;
        return {
          getMany: (family, keys) => database.getMany(family, keys),
          rows: (family, range) => database.rows(family, range),
          write: async (batch, sync) => {
            failed ||= disk.full;
            if (failed) setImmediate(disk.refused);
            // As in the real databases: after one failure no write succeeds.
            if (failed) throw full;
            await database.write(batch, sync);
          },
          close: () => database.close(),
        };
      },
    );
    onTestFinished(() => store.close());
    const refused = { code: "storage_full" };
    const all = { gte: bytes("a"), lt: bytes("z") };
    for (const name of ["a", "b"]) {
      const synced = new Promise<void>((resolve) => {
        disk.refused = resolve;
      });
      await store.write(
        Array.from({ length: 300 }, (_, i) => put(`${name}${i}`, "1")),
        { sync: false },
      );
      const reader = store.entries("records", all)[Symbol.asyncIterator]();
      await reader.next();
      disk.full = true;
      // In the first round a sync fails alone, in the second a write.
      if (name === "a") await synced;
      else await expect(store.write([put("c", "2")], { sync: true })).rejects.toMatchObject(refused);
      await expect(store.write([put("c", "2")], { sync: true })).rejects.toMatchObject(refused);
      disk.full = false;
      const reads = store.getMany("records", [bytes("a0"), bytes(`${name}299`)]);
      await store.write([put("c", "3")], { sync: true });
      expect(await reads).toEqual([bytes("1"), bytes("1")]);
      expect(await store.get("records", bytes("c"))).toEqual(bytes("3"));
      // The first row was read before; the reader continues and also gets rows written since.
      const rest = await collect({ [Symbol.asyncIterator]: () => reader });
      expect(rest.length).toBe(name === "a" ? 300 : 600);
    }
    expect(disk.opened).toBe(5);
    disk.full = true;
    disk.lost = true;
    for (let i = 0; i < 2; i++) {
      await expect(store.write([put("d", "4")], { sync: false })).rejects.toMatchObject(refused);
    }
    await expect(store.get("records", bytes("c"))).rejects.toMatchObject({ code: "storage_failed" });
    disk.full = false;
    disk.lost = false;
    await store.write([put("c", "5")], { sync: false });
    expect((await collect(store.entries("records", all))).length).toBe(601);
  });

  test("the next write completes a rebuild that failed to open or was interrupted in the exchange", async () => {
    const directory = `${await scratchDirectory()}/db`;
    const open = engine === "rocksdb" ? openRocksDatabase : openLevelDatabase;
    let failing = false;
    const store = await openDatabaseStore(
      engine,
      directory,
      { createIfMissing: true },
      async (path, createIfMissing) => {
        if (failing && path === directory) throw new Error("EIO: input/output error");
        return open(path, createIfMissing);
      },
    );
    onTestFinished(() => store.close());
    await store.write([put("a", "1")], { sync: true });
    for (const between of [false, true]) {
      failing = true;
      await expect(store.repair()).rejects.toMatchObject({ message: expect.stringContaining("EIO") });
      failing = false;
      if (between) {
        await rename(directory, `${directory}.new`);
        await mkdir(`${directory}.old`);
      }
      await store.write([put("b", "2")], { sync: true });
      expect(await store.getMany("records", [bytes("a"), bytes("b")])).toEqual([bytes("1"), bytes("2")]);
      await rm(`${directory}.old`, { recursive: true, force: true });
    }
  });

  test("a call after the close fails with a storage error", async () => {
    const directory = await scratchDirectory();
    const store = await opened(directory);
    await store.close();
    const failed = { code: "storage_failed" };
    await expect(store.get("records", bytes("a"))).rejects.toMatchObject(failed);
    await expect(collect(store.entries("records", { gte: bytes("a"), lt: bytes("b") }))).rejects.toMatchObject(failed);
    for (let i = 0; i < 2; i++) {
      await expect(store.write([put("a", "1")], { sync: true })).rejects.toMatchObject(failed);
    }
    // The directory is not locked.
    await (await opened(directory)).close();
  });

  test("a damaged database is storage_corrupt", async () => {
    const directory = await scratchDirectory();
    await (await opened(directory)).close();
    await writeFile(join(directory, "CURRENT"), "nonsense");
    await expect(openStore(engine, directory, { createIfMissing: false })).rejects.toMatchObject({
      code: "storage_corrupt",
    });
  });

  test("a lost manifest is storage_corrupt", async () => {
    const directory = await scratchDirectory();
    await (await opened(directory)).close();
    for (const name of await readdir(directory)) {
      if (name.startsWith("MANIFEST")) await writeFile(join(directory, name), "");
    }
    await expect(openStore(engine, directory, { createIfMissing: false })).rejects.toMatchObject({
      code: "storage_corrupt",
    });
  });
});

test("LevelDB is chosen with the cause if RocksDB does not load", async () => {
  const cause = new Error("no native build was found");
  expect(await chooseEngine(() => Promise.reject(new Error("failed", { cause })))).toEqual({
    engine: "leveldb",
    cause: "no native build was found",
  });
  expect(await chooseEngine()).toEqual({ engine: "rocksdb" });
});

describe("writes without a sync", () => {
  test("writes without a sync are synced once, soon after the first of them", async () => {
    let syncs = 0;
    let done: () => void = () => undefined;
    const synced = new Promise<void>((resolve) => {
      done = resolve;
    });
    const delayed = new DelayedSync(async () => {
      syncs++;
      done();
    }, 5);
    delayed.wrote();
    delayed.wrote();
    await synced;
    await delayed.stop();
    expect(syncs).toBe(1);
  });

  test("a stop syncs the writes before the timer does", async () => {
    let syncs = 0;
    const delayed = new DelayedSync(async () => void syncs++, 60_000);
    delayed.wrote();
    await delayed.stop();
    expect(syncs).toBe(1);
  });
});
