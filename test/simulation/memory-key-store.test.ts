import { describe, expect, test } from "vitest";
import type { Family } from "../../src/storage/families.js";
import { DiskRecordStore } from "../../src/storage/index.js";
import type { KeyWrite } from "../../src/storage/types.js";
import { envelopeOf } from "../storage/values.js";
import { healthyDisk } from "./platform/disk-settings.js";
import { KeyContents } from "./storage/key-contents.js";
import { MemoryKeyStore } from "./storage/memory-key-store.js";
import { SharedValues } from "./storage/shared-values.js";
import { SortedKeys } from "./storage/sorted-keys.js";
import { Random } from "./world/random.js";
import { Life, Schedule } from "./world/schedule.js";

function storeWorld(seed: number) {
  const schedule = new Schedule(1_700_000_000_000);
  const random = new Random(seed);
  const contents = new KeyContents();
  const settings = healthyDisk();
  const counts = new Map<string, number>();
  const open = (life?: Life): MemoryKeyStore =>
    new MemoryKeyStore({ contents, schedule, life, random: random.fork("store"), settings, counts });
  const settle = async <T>(work: () => Promise<T>, life?: Life): Promise<T> => {
    let isSettled = false;
    const result = schedule.within(life, work).finally(() => {
      isSettled = true;
    });
    result.catch(() => undefined);
    await schedule.run(schedule.nowMs + 60_000, () => isSettled);
    if (!isSettled) throw new Error("the call did not settle");
    return result;
  };
  return { schedule, random, contents, settings, counts, open, settle };
}

function put(family: Family, key: number | readonly number[], value: string): KeyWrite {
  const bytes = typeof key === "number" ? Uint8Array.of(key) : Uint8Array.from(key);
  return { op: "put", family, key: bytes, value: new TextEncoder().encode(value) };
}

async function all(store: MemoryKeyStore, family: Family, reverse = false): Promise<string[]> {
  const rows: string[] = [];
  const range = { gte: new Uint8Array(0), lt: Uint8Array.of(255), reverse };
  for await (const [key, value] of store.entries(family, range)) rows.push(`${key.join(".")}=${Buffer.from(value)}`);
  return rows;
}

test("sorted keys are those of a plain map in order", () => {
  const random = new Random(5);
  const sorted = new SortedKeys<number>();
  const plain = new Map<string, number>();
  const text = (): string => Buffer.from(random.bytes(2)).toString("latin1");
  let differences = 0;
  for (let i = 0; i < 8000; i++) {
    const key = text();
    const isRemoval = random.chance(0.4);
    const before = isRemoval ? sorted.delete(key) : sorted.set(key, i);
    if (before !== plain.get(key)) differences++;
    if (isRemoval) plain.delete(key);
    else plain.set(key, i);
  }
  expect(differences).toBe(0);
  const order = [...plain].sort(([a], [b]) => Buffer.compare(Buffer.from(a, "latin1"), Buffer.from(b, "latin1")));
  expect([...sorted]).toEqual(order);
  expect(sorted.size).toBe(plain.size);
  expect([...sorted.clone()]).toEqual(order);
  expect(sorted.at(234)).toEqual(order[234]);
  for (let i = 0; i < 50; i++) {
    const [gte = "", lt = ""] = [text(), text()].sort();
    const inside = order.filter(([key]) => key >= gte && key < lt);
    expect(sorted.rows(gte, lt, 300)).toEqual(inside.slice(0, 300));
    expect(sorted.rows(gte, lt, 300, true)).toEqual(inside.reverse().slice(0, 300));
  }
});

describe("the database in memory", () => {
  test("reads what was written, by key and by range over several pages", async () => {
    const { open, settle } = storeWorld(1);
    const store = open();
    const batch = Array.from({ length: 600 }, (_, i) => put("derived", [i >> 8, i & 0xff], String(i)));
    await settle(() => store.write(batch, { sync: true }));
    const rows = await settle(() => all(store, "derived"));
    expect(rows).toHaveLength(600);
    expect(rows[513]).toBe("2.1=513");
    expect(await settle(() => all(store, "derived", true))).toEqual(rows.toReversed());
    await settle(() => store.write([{ op: "del", family: "derived", key: Uint8Array.of(2, 1) }], { sync: false }));
    expect(await settle(() => store.get("derived", Uint8Array.of(2, 1)))).toBeUndefined();
  });

  test("keeps a prefix of the batches with all synced ones after a crash", async () => {
    const counts = new Set<number>();
    for (let seed = 0; seed < 60; seed++) {
      const { open, settle, contents, random } = storeWorld(seed);
      const life = new Life("n");
      const store = open(life);
      await settle(async () => {
        for (let i = 0; i < 4; i++)
          await store.write([put("meta", i, "a"), put("meta", 100 + i, "b")], { sync: i === 1 });
      }, life);
      life.alive = false;
      contents.crash(random);
      const next = open();
      const rows = await settle(() => all(next, "meta"));
      const kept = rows.length / 2;
      counts.add(kept);
      const numbers = Array.from({ length: kept }, (_, i) => i);
      expect(rows).toEqual([...numbers.map((i) => `${i}=a`), ...numbers.map((i) => `${100 + i}=b`)]);
    }
    expect([...counts].sort()).toEqual([2, 3, 4]);
  });

  test("syncs unsynced batches within the delay, and at the close", async () => {
    const { open, settle, contents, random, schedule } = storeWorld(2);
    const store = open();
    await settle(() => store.write([put("meta", 1, "a")], { sync: false }));
    await schedule.run(schedule.nowMs + 600);
    await settle(() => store.write([put("meta", 2, "b")], { sync: false }));
    await settle(() => store.close());
    contents.crash(random);
    expect(await settle(() => all(open(), "meta"))).toEqual(["1=a", "2=b"]);
    await expect(settle(() => store.get("meta", Uint8Array.of(1)))).rejects.toMatchObject({ code: "storage_failed" });
  });

  test("loses only unanswered batches when the process alone ends", async () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 40; seed++) {
      const { open, settle, contents, random, schedule } = storeWorld(seed);
      const life = new Life("n");
      const store = open(life);
      await settle(() => store.write([put("meta", 1, "a")], { sync: false }), life);
      void schedule.within(life, () => store.write([put("meta", 2, "b")], { sync: true }));
      await Promise.resolve();
      life.alive = false;
      contents.kill(random);
      seen.add((await settle(() => all(open(), "meta"))).join());
    }
    expect([...seen].sort()).toEqual(["1=a", "1=a,2=b"]);
  });

  test("ignores calls of a dead life", async () => {
    const { open, settle, schedule } = storeWorld(3);
    const life = new Life("n");
    const store = open(life);
    life.alive = false;
    let isSettled = false;
    void store.write([put("meta", 1, "a")], { sync: true }).finally(() => {
      isSettled = true;
    });
    await schedule.run(schedule.nowMs + 60_000);
    expect(isSettled).toBe(false);
    expect(await settle(() => all(open(), "meta"))).toEqual([]);
  });

  test("refuses every write on a full disk until there is room to open again", async () => {
    const { open, settle, settings } = storeWorld(4);
    const store = open();
    const write = () => settle(() => store.write([put("meta", 1, "a")], { sync: false }));
    settings.freeBytes = 0;
    await expect(write()).rejects.toMatchObject({
      code: "storage_full",
      message: /could not be written: IO error: No space/,
    });
    await expect(settle(() => store.write([], { sync: true }))).rejects.toMatchObject({ code: "storage_full" });
    settings.freeBytes = 1024 * 1024;
    await expect(write()).rejects.toMatchObject({ code: "storage_full", message: /needs 32 MiB free/ });
    settings.freeBytes = 64 * 1024 * 1024;
    await write();
    expect(settings.freeBytes).toBe(64 * 1024 * 1024 - 2);
    expect(await settle(() => all(store, "meta"))).toEqual(["1=a"]);
  });

  test("has the batch of a failed write or not after it opens again, and keeps the batches before", async () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 30; seed++) {
      const { open, settle, settings } = storeWorld(seed);
      const store = open();
      await settle(() => store.write([put("meta", 1, "a")], { sync: false }));
      settings.writeErrors = 1;
      const failed = settle(() => store.write([put("meta", 2, "b")], { sync: true }));
      await expect(failed).rejects.toMatchObject({ code: "storage_failed" });
      settings.writeErrors = 0;
      await settle(() => store.write([put("meta", 3, "c")], { sync: false }));
      seen.add((await settle(() => all(store, "meta"))).join());
    }
    expect([...seen].sort()).toEqual(["1=a,2=b,3=c", "1=a,3=c"]);
  });

  test("skips and reports unreadable values, and drops them in a rebuild", async () => {
    const { open, settle, contents, settings, counts } = storeWorld(6);
    const store = open();
    const found: string[] = [];
    store.onDamage(({ family, key, reason }) => found.push(`${family} ${key?.join(".")} ${reason.slice(0, 31)}`));
    await settle(() =>
      store.write(
        [1, 2, 3, 4, 5].map((key) => put("meta", key, "v")),
        { sync: true },
      ),
    );
    expect(contents.corrupt(new Random(3), 2, ["meta"])).toBe(2);
    const rows = await settle(() => all(store, "meta"));
    expect(rows).toHaveLength(3);
    const reason = "Corruption: block checksum mism";
    expect(found.splice(0)).toEqual([`meta undefined ${reason}`]);
    const keys = [1, 2, 3, 4, 5].map((key) => Uint8Array.of(key));
    const values = await settle(() => store.getMany("meta", keys));
    const bad = keys.filter((_, at) => values[at] === undefined).map(([key]) => key);
    expect(found.splice(0)).toEqual(bad.map((key) => `meta ${key} ${reason}`));
    settings.compaction = 1;
    const refused = settle(() => store.write([put("meta", 9, "v")], { sync: false }));
    await expect(refused).rejects.toMatchObject({ code: "storage_corrupt" });
    settings.compaction = 0;
    await settle(() => store.write([put("meta", 9, "v")], { sync: false }));
    expect(counts.get("database rebuilt")).toBe(1);
    expect(contents.hasDamage).toBe(false);
    found.length = 0;
    expect(await settle(() => all(store, "meta"))).toEqual([...rows, "9=v"]);
    expect(found).toEqual([]);
  });

  test("restores an old state", async () => {
    const { open, settle, contents } = storeWorld(7);
    const store = open();
    await settle(() => store.write([put("meta", 1, "old")], { sync: false }));
    const backup = contents.snapshot();
    await settle(() => store.write([put("meta", 1, "new"), put("meta", 2, "new")], { sync: false }));
    contents.restore(backup);
    expect(await settle(() => all(open(), "meta"))).toEqual(["1=old"]);
  });

  test("holds equal rows of several nodes once", async () => {
    const shared = new SharedValues();
    const [a, b] = [new KeyContents(shared), new KeyContents(shared)];
    a.write([put("records", 1, "same")]);
    b.write([put("records", 1, "same"), put("records", 2, "other")]);
    expect(b.families.records.get("\x01")).toBe(a.families.records.get("\x01"));
    a.write([put("records", 2, "different")]);
    expect(Buffer.from(a.families.records.get("\x02") as Uint8Array).toString()).toBe("different");
    expect(Buffer.from(b.families.records.get("\x02") as Uint8Array).toString()).toBe("other");
  });

  test("serves the real record store, which rebuilds it", async () => {
    const { open, settle, contents } = storeWorld(8);
    const store = new DiskRecordStore(open());
    const id = (n: number): string => n.toString(16).padStart(64, "0");
    const entry = (n: number) => ({
      id: id(n),
      type: 0,
      author: id(1),
      strand: "040000",
      window: 7,
      timestampSeconds: 1000,
      number: n,
      taskId: id(n),
    });
    const writes = [1, 2, 3].map((n) => ({
      kind: "put_record" as const,
      entry: entry(n),
      envelope: envelopeOf(entry(n), n),
    }));
    await settle(() => store.apply(writes, { sync: true }));
    const lost: string[] = [];
    store.losses.onLost(({ records }) => lost.push(...records));
    contents.corrupt(new Random(1), 1, ["records"]);
    await settle(() => store.repair());
    const members = await settle(async () => {
      const list: string[] = [];
      for await (const member of store.members()) list.push(member.entry.id);
      return list;
    });
    expect(members).toHaveLength(2);
    expect([...members, ...lost].sort()).toEqual([1, 2, 3].map(id));
  });
});
