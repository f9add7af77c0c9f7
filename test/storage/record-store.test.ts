import { describe, expect, onTestFinished, test } from "vitest";
import type { MemberEntry, StoredEvent, StoreWrite } from "../../src/engine/index.js";
import { encodeHead, joinEnvelope } from "../../src/protocol/envelope.js";
import { encodeCertificate } from "../../src/protocol/verdict-messages.js";
import { ENGINES, openStore } from "../../src/storage/database/open-store.js";
import { bodyKey, eventKey, keptKey, nameKey, type RecordRef, recordKey, windowKey } from "../../src/storage/keys.js";
import { DiskRecordStore } from "../../src/storage/records/record-store.js";
import type { KeyStore } from "../../src/storage/types.js";
import { scratchDirectory } from "../support/scratch.js";
import { anyEvent, storedEvent } from "../support/stored-event.js";
import { collect, envelopeOf, hash } from "./values.js";

const UNSYNCED = { sync: false };

function entry(id: number, change: Partial<MemberEntry> = {}): MemberEntry {
  return {
    id: hash(id),
    type: 1,
    author: hash(0xaa),
    strand: "030000",
    window: 7,
    timestampSeconds: 2 ** 40,
    number: 255,
    taskId: hash(0x77),
    ...change,
  };
}

function envelope(id: number): Uint8Array {
  return envelopeOf(entry(id), id);
}

function record(id: number, change: Partial<MemberEntry> = {}): StoreWrite {
  return { kind: "put_record", entry: entry(id, change), envelope: envelope(id) };
}

function ref(id: number, taskId = 0x77): RecordRef {
  return { id: hash(id), taskId: hash(taskId) };
}

function body(taskId: number, text = "body"): StoreWrite {
  return { kind: "put_body", hash: hash(0xbb), taskId: hash(taskId), bytes: new TextEncoder().encode(text) };
}

function dropBody(taskId: number): StoreWrite {
  return { kind: "drop_body", hash: hash(0xbb), taskId: hash(taskId) };
}

describe.each(ENGINES)("records over %s", (engine) => {
  const opened = async (): Promise<{ keys: KeyStore; store: DiskRecordStore }> => {
    const keys = await openStore(engine, await scratchDirectory(), { createIfMissing: true });
    const store = new DiskRecordStore(keys);
    onTestFinished(() => store.close());
    return { keys, store };
  };

  test("records are read in the order of their tasks, by task and by name", async () => {
    const { store } = await opened();
    const writes = [
      record(1, { strand: "030100", window: 1 }),
      record(2, { window: 300, taskId: hash(0x76) }),
      record(3),
    ];
    await store.apply(writes, UNSYNCED);
    expect((await collect(store.members())).map(({ entry }) => entry.id)).toEqual([2, 1, 3].map(hash));
    expect((await collect(store.names())).map(({ id }) => id)).toEqual([2, 1, 3].map(hash));
    expect(await store.taskRecords(hash(0x76))).toEqual([
      { entry: entry(2, { window: 300, taskId: hash(0x76) }), envelope: envelope(2) },
    ]);
    const found = await store.records([ref(3), ref(9), ref(2), ref(2, 0x76)]);
    expect(found).toEqual([envelope(3), undefined, undefined, envelope(2)]);
    await store.apply([{ kind: "drop_record", entry: entry(3) }], UNSYNCED);
    expect((await collect(store.members())).map(({ entry }) => entry.id)).toEqual([2, 1].map(hash));
    expect((await collect(store.names())).length).toBe(2);
    expect((await store.taskRecords(hash(0x77))).map((stored) => stored.entry.id)).toEqual([hash(1)]);
  });

  test("a certificate has the time of its task, whatever the time of its envelope", async () => {
    const { store } = await opened();
    const certificate = { task: { taskId: hash(0x77), taskType: 3, t0: 500 }, list: new Uint8Array(1), round: 0 };
    const commits = [{ rosterIndex: 0, timestampSeconds: 1, signature: new Uint8Array(96) }];
    const payload = encodeCertificate({ ...certificate, commits });
    const fields = {
      type: 8,
      network: 3,
      timestampSeconds: 900,
      number: 0,
      sender: new Uint8Array(32),
      payload,
    } as const;
    const bytes = joinEnvelope(encodeHead(fields), new Uint8Array(96));
    const place = { type: 8, author: "00".repeat(32), timestampSeconds: 500, number: 0 };
    await store.apply([{ kind: "put_record", entry: entry(1, place), envelope: bytes }], { sync: true });
    expect(await collect(store.members())).toEqual([{ entry: entry(1, place), envelope: bytes }]);
  });

  test("an envelope with another head than its entry is refused", async () => {
    const { store } = await opened();
    for (const change of [{ number: 7 }, { timestampSeconds: 5 }, { type: 2 }]) {
      const written = store.apply([record(1, change)], UNSYNCED);
      await expect(written).rejects.toMatchObject({ code: "value_out_of_range" });
    }
    expect(await collect(store.members())).toEqual([]);
  });

  test("a body stays when one batch removes its first task and refers to it from another", async () => {
    const { store } = await opened();
    await store.apply([body(1)], { sync: false });
    await store.apply([{ kind: "refer_body", hash: hash(0xbb), taskId: hash(2) }, dropBody(1)], { sync: false });
    expect(await store.body(hash(0xbb))).toBeDefined();
    await store.apply([dropBody(2)], { sync: false });
    expect(await store.body(hash(0xbb))).toBeUndefined();
  });

  test("a body stays while a task refers to it, in one step and across steps", async () => {
    const { store } = await opened();
    await store.apply([body(1), body(2)], UNSYNCED);
    await store.apply([dropBody(1)], UNSYNCED);
    expect(await store.body(hash(0xbb))).toEqual(new TextEncoder().encode("body"));
    await store.apply([dropBody(2), body(3)], UNSYNCED);
    expect(await store.hasBody(hash(0xbb))).toBe(true);
    await store.apply([body(1), dropBody(1), dropBody(3)], UNSYNCED);
    expect(await store.hasBody(hash(0xbb))).toBe(false);
    expect(await store.body(hash(0xbb))).toBeUndefined();
    await store.apply([dropBody(4)], UNSYNCED);
    expect(await store.body(hash(0xbb))).toBeUndefined();
  });

  test("events are numbered, read from any number on, and dropped below a number", async () => {
    const { store } = await opened();
    const event = (sequence: number): StoreWrite => ({
      kind: "put_event",
      event: storedEvent(sequence),
    });
    await store.apply([1, 2, 255, 256, 70_000].map(event), UNSYNCED);
    expect((await store.events(2, 2)).map((stored) => stored.sequence)).toEqual([255, 256]);
    await store.apply([{ kind: "drop_events", below: 256 }, event(3), event(70_001)], UNSYNCED);
    expect((await store.events(0, 100)).map((stored) => stored.sequence)).toEqual([256, 70_000, 70_001]);
    expect((await store.events(256, 1))[0]).toEqual(storedEvent(70_000));
    expect(await store.events(Number.MAX_SAFE_INTEGER, 1)).toEqual([]);
  });

  test("events of earlier builds are read under the names of this build, others are counted as damaged", async () => {
    const { store } = await opened();
    const proof = [hash(1), hash(2)];
    const put = (event: StoredEvent): StoreWrite => ({ kind: "put_event", event });
    const fraud = { kind: 1, task_id: hash(3), proof };
    const excluded = { task_id: hash(3), author: hash(4), reason: "slot_equivocated", proof };
    await store.apply(
      [
        put(anyEvent(1, "author_voided", excluded)),
        put(anyEvent(2, "fraud_detected", { ...fraud, offender: hash(4) })),
        put(anyEvent(3, "task_status_changed", { task_id: hash(3), previous: null, status: "Lost", final: false })),
        put(anyEvent(4, "nonsense", { __proto__: 1 })),
        put(storedEvent(5)),
      ],
      UNSYNCED,
    );
    expect(await store.events(0, 100)).toEqual([
      { sequence: 1, event: "author_excluded", body: excluded },
      { sequence: 2, event: "fraud_detected", body: { ...fraud, equivocator: hash(4) } },
      storedEvent(5),
    ]);
    expect(store.corruptValues).toBe(2);
  });

  test("a damaged newest event keeps its number, so that no number is used twice", async () => {
    const { keys, store } = await opened();
    expect(await store.newestEvent()).toBe(0);
    await store.apply(
      [1, 256, 255].map((sequence) => ({ kind: "put_event", event: storedEvent(sequence) })),
      UNSYNCED,
    );
    expect(await store.newestEvent()).toBe(256);
    const damaged = [eventKey(257), new Uint8Array([...eventKey(258), 0]), eventKey(258).fill(0xff, 1)];
    const value = Uint8Array.of(1);
    await keys.write(
      damaged.map((key) => ({ op: "put", family: "derived", key, value })),
      UNSYNCED,
    );
    expect(await store.newestEvent()).toBe(257);
  });

  test("windows, kept envelopes and meta entries are read as they were written", async () => {
    const { store } = await opened();
    const window = { strand: "000000", window: 0xffff_ffff, count: 3, state: hash(5) };
    const kept = { kind: "alert", key: "über" } as const;
    const value = Uint8Array.of(1);
    await store.apply(
      [
        { kind: "put_window", window },
        { kind: "put_kept", entry: kept, envelope: envelope(1) },
        { kind: "put_meta", key: "peer/b", value },
        { kind: "put_meta", key: "peer/a", value },
        { kind: "put_meta", key: "peers", value },
      ],
      { sync: true },
    );
    expect(await collect(store.windows())).toEqual([window]);
    expect(await collect(store.kept())).toEqual([{ entry: kept, envelope: envelope(1) }]);
    expect((await store.metaEntries("peer/", 10)).map(([key]) => key)).toEqual(["peer/a", "peer/b"]);
    expect(await store.meta("peer/a")).toEqual(value);
    await store.apply(
      [
        { kind: "drop_window", strand: "000000", window: 0xffff_ffff },
        { kind: "drop_kept", entry: kept },
        { kind: "drop_meta", key: "peer/a" },
      ],
      UNSYNCED,
    );
    expect(await collect(store.windows())).toEqual([]);
    expect(await collect(store.kept())).toEqual([]);
    expect(await store.meta("peer/a")).toBeUndefined();
  });

  test("a step that can't be encoded writes nothing", async () => {
    const { store } = await opened();
    const large = anyEvent(1, "task_cancelled", { reason: "x".repeat(70_000) });
    for (const bad of [record(2, { number: 65_536 }), { kind: "put_event", event: large } as const]) {
      const written = store.apply([record(1), bad], UNSYNCED);
      await expect(written).rejects.toMatchObject({ code: "value_out_of_range" });
    }
    expect(await store.records([ref(1)])).toEqual([undefined]);
    await store.apply([record(1)], UNSYNCED);
    expect(await store.records([ref(1)])).toEqual([envelope(1)]);
  });

  test("damaged values are counted and skipped", async () => {
    const { keys, store } = await opened();
    await store.apply([record(1), record(2), record(3)], UNSYNCED);
    const junk = Uint8Array.of(1, 2, 3);
    const notARecord = new Uint8Array(200);
    notARecord[8] = 4;
    await keys.write(
      [
        { op: "put", family: "records", key: recordKey(ref(2)), value: notARecord },
        { op: "put", family: "records", key: recordKey(ref(3)), value: junk },
        { op: "put", family: "derived", key: nameKey(ref(3)).subarray(0, 40), value: junk },
        { op: "put", family: "derived", key: windowKey("000000", 1), value: junk },
        { op: "put", family: "records", key: keptKey({ kind: "vote", key: "x" }), value: junk },
        { op: "del", family: "bodies", key: bodyKey(hash(1)) },
      ],
      { sync: false },
    );
    expect((await collect(store.members())).map(({ entry }) => entry.id)).toEqual([hash(1)]);
    expect(store.corruptValues).toBe(2);
    expect((await store.taskRecords(hash(0x77))).map((stored) => stored.entry.id)).toEqual([hash(1)]);
    expect((await collect(store.names())).length).toBe(3);
    expect(await collect(store.windows())).toEqual([]);
    expect(await collect(store.kept())).toEqual([]);
    expect(store.corruptValues).toBeGreaterThanOrEqual(6);
  });
});
