import { copyFile, mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { MemberEntry, StoreWrite } from "../../src/engine/writes.js";
import { ENGINES, openStore } from "../../src/storage/database/open-store.js";
import { dataPath, openDataDirectory, openReadOnlyDirectory } from "../../src/storage/directory/data-directory.js";
import { FAMILIES } from "../../src/storage/families.js";
import { DiskRecordStore } from "../../src/storage/records/record-store.js";
import type { KeyStore } from "../../src/storage/types.js";
import { filesOf, overwrite } from "../support/damage.js";
import { scratchDirectory } from "../support/scratch.js";
import { anyEvent } from "../support/stored-event.js";
import { writeVersionOne } from "../support/version-one.js";
import { noise } from "./many-rows.js";
import { collect, envelopeOf, hash } from "./values.js";

const GENESIS = "00".repeat(32);
const OPTIONS = { network: 3, genesis: new Uint8Array(32), nowMs: 1_795_000_000_000 };
const ALL = { gte: new Uint8Array(0), lt: new Uint8Array(80).fill(0xff) };
const RECORDS = 2000;
const TASKS = 40;

const hex = (seed: string): string => Buffer.from(noise(seed, 32)).toString("hex");

function entry(at: number): MemberEntry {
  const taskId = hex(`task ${at % TASKS}`);
  const place = { strand: `0${at % 6}0000`, window: 480_000 + (at % 24) };
  return {
    id: hex(`id ${at}`),
    type: at % 3,
    author: hex("author"),
    timestampSeconds: at,
    number: at,
    taskId,
    ...place,
  };
}

const writes: readonly StoreWrite[] = [
  ...Array.from({ length: RECORDS }, (_, at): StoreWrite => {
    return { kind: "put_record", entry: entry(at), envelope: envelopeOf(entry(at), at % 251) };
  }),
  { kind: "put_window", window: { strand: "030000", window: 7, count: 3, state: hash(5) } },
  { kind: "put_kept", entry: { kind: "alert", key: "über" }, envelope: envelopeOf(entry(1), 3) },
  // An event that is JSON in every version.
  {
    kind: "put_event",
    event: anyEvent(70_000, "author_excluded", { task_id: "aa", author: "bb", reason: "slot", proof: [] }),
  },
  { kind: "put_body", hash: hash(0xbb), taskId: hex("task 0"), bytes: noise("body", 3000) },
  { kind: "put_meta", key: "peer/a", value: Uint8Array.of(7) },
];

async function rowsOf(store: KeyStore): Promise<string[]> {
  const rows: string[] = [];
  for (const family of FAMILIES) {
    for (const row of await collect(store.entries(family, ALL))) {
      rows.push([family, ...row.map((part) => Buffer.from(part).toString("hex"))].join(" "));
    }
  }
  return rows;
}

describe.each(ENGINES)("a directory of version 1 with %s", (engine) => {
  const written = async (): Promise<{ readonly dir: string; readonly path: string }> => {
    const dir = `${await scratchDirectory()}/`;
    const path = dataPath(dir, OPTIONS.network);
    await writeVersionOne(path, { engine, network: "devnet", genesis: GENESIS }, writes);
    return { dir, path };
  };
  const fresh = async (): Promise<string[]> => {
    const store = await openStore(engine, await scratchDirectory(), { createIfMissing: true });
    await new DiskRecordStore(store).apply(writes, { sync: false });
    const rows = await rowsOf(store);
    await store.close();
    return rows;
  };

  test("an opening brings it to the rows that the current version writes, once", async () => {
    const { dir, path } = await written();
    const directory = await openDataDirectory({ ...OPTIONS, dir });
    expect(directory).toMatchObject({ upgraded: true, damage: [], format: { version: 3, engine } });
    expect(await rowsOf(directory.store)).toEqual(await fresh());
    await directory.close();
    expect(JSON.parse(await readFile(join(path, "format.json"), "utf8"))).toMatchObject({ version: 3 });
    const again = await openDataDirectory({ ...OPTIONS, dir });
    expect(again.upgraded).toBeUndefined();
    expect(await rowsOf(again.store)).toEqual(await fresh());
    await again.close();
  });

  test("an upgrade that ends at any place is continued by the next opening", async () => {
    const { dir, path } = await written();
    const [database, format] = [join(path, "db"), join(path, "format.json")];
    await copyFile(format, join(path, "first.json"));
    // A copy that is not complete.
    await mkdir(`${database}.new`);
    await writeFile(join(`${database}.new`, "CURRENT"), "");
    await (await openDataDirectory({ ...OPTIONS, dir })).close();
    for (const between of [false, true]) {
      // After the exchange, or within it, and before the note in format.json.
      await copyFile(join(path, "first.json"), format);
      if (between) {
        await rename(database, `${database}.new`);
        await mkdir(`${database}.old`);
      }
      const directory = await openDataDirectory({ ...OPTIONS, dir });
      expect(directory.format.version).toBe(3);
      expect(await rowsOf(directory.store)).toEqual(await fresh());
      await directory.close();
      await rm(`${database}.old`, { recursive: true, force: true });
    }
  });

  test("an opening of version 2 keeps its rows and notes the current version", async () => {
    const dir = `${await scratchDirectory()}/`;
    const first = await openDataDirectory({ ...OPTIONS, dir, engine });
    await new DiskRecordStore(first.store).apply(writes, { sync: false });
    const rows = await rowsOf(first.store);
    await first.close();
    const format = join(first.path, "format.json");
    await writeFile(format, (await readFile(format, "utf8")).replace('"version": 3', '"version": 2'));
    await expect(openReadOnlyDirectory({ ...OPTIONS, dir })).rejects.toMatchObject({ code: "storage_foreign" });
    const directory = await openDataDirectory({ ...OPTIONS, dir });
    expect(directory).toMatchObject({ upgraded: true, format: { version: 3 } });
    expect(await rowsOf(directory.store)).toEqual(rows);
    await directory.close();
    expect(JSON.parse(await readFile(format, "utf8"))).toMatchObject({ version: 3 });
  });

  test("a read-only opening is refused with its cure and changes nothing", async () => {
    const { dir, path } = await written();
    const before = await readFile(join(path, "format.json"), "utf8");
    await expect(openReadOnlyDirectory({ ...OPTIONS, dir })).rejects.toMatchObject({
      code: "storage_foreign",
      message: expect.stringContaining("start the node once"),
    });
    expect(await readFile(join(path, "format.json"), "utf8")).toBe(before);
  });
});

test("an upgrade leaves out what can't be read, says so and keeps the rest", async () => {
  const dir = `${await scratchDirectory()}/`;
  const path = dataPath(dir, OPTIONS.network);
  const format = { engine: "rocksdb", network: "devnet", genesis: GENESIS } as const;
  await writeVersionOne(path, format, writes);
  // An opening of version 1 writes the log into tables.
  const { openRocksFamilies } = await import("../../src/storage/database/rocks-families.js");
  await (await openRocksFamilies(join(path, "db"))).close();
  for (const table of await filesOf(join(path, "db"), ".sst")) {
    // The tables of records and of their indexes.
    if ((await stat(table)).size > 50_000) await overwrite(table, 500, new Uint8Array(3).fill(0xa5));
  }
  const directory = await openDataDirectory({ ...OPTIONS, dir });
  expect(directory.upgraded).toBe(true);
  expect(directory.damage.join("\n")).toMatch(/left out: .*block checksum mismatch/);
  const members = (await collect(new DiskRecordStore(directory.store).members())).length;
  expect(members).toBeLessThan(RECORDS);
  expect(members).toBeGreaterThan(RECORDS - 300);
  await directory.close();
});
