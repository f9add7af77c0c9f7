import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { MemberEntry, StoreWrite } from "../../src/engine/writes.js";
import { NetworkError } from "../../src/protocol/errors.js";
import { ENGINES } from "../../src/storage/database/open-store.js";
import { openDataDirectory } from "../../src/storage/directory/data-directory.js";
import { type RecordRef, recordKey } from "../../src/storage/keys.js";
import { errorOf, partsOf } from "../../src/storage/thread/messages.js";
import { ThreadCalls } from "../../src/storage/thread/thread-calls.js";
import { type ThreadDirectory, ThreadStore } from "../../src/storage/thread/thread-store.js";
import { scratchDirectory } from "../support/scratch.js";
import { storedEvent } from "../support/stored-event.js";
import { collect, envelopeOf, hash } from "./values.js";

const OPTIONS = { network: 3, genesis: new Uint8Array(32), nowMs: 1_795_000_000_000 };
const UNSYNCED = { sync: false };

function entry(id: number): MemberEntry {
  const numbers = { type: 1, window: 7, timestampSeconds: 2 ** 40, number: 255 };
  return { id: hash(id), author: hash(0xaa), strand: "030000", taskId: hash(0x77), ...numbers };
}

function envelope(id: number): Uint8Array {
  return envelopeOf(entry(id), id);
}

function ref(id: number): RecordRef {
  return { id: hash(id), taskId: hash(0x77) };
}

function record(id: number): StoreWrite {
  return { kind: "put_record", entry: entry(id), envelope: envelope(id) };
}

describe.each(ENGINES)("a thread that owns a database of %s", (engine) => {
  const opened = async (dir: string): Promise<ThreadDirectory> => {
    const directory = await ThreadStore.open({ ...OPTIONS, dir, engine });
    onTestFinished(() => directory.close());
    return directory;
  };

  test("everything that is written through the thread is read back through it, and after the next opening", async () => {
    const dir = await scratchDirectory();
    const written = await opened(dir);
    expect(written.store.engine).toBe(engine);
    const body = new Uint8Array(3000).fill(9);
    const window = { strand: "030000", window: 7, count: 1, state: hash(5) };
    const kept = { kind: "alert", key: "über" } as const;
    const event = storedEvent(3);
    await written.store.apply(
      [
        record(1),
        record(2),
        { kind: "put_body", hash: hash(0xbb), taskId: hash(0x77), bytes: body },
        { kind: "put_window", window },
        { kind: "put_kept", entry: kept, envelope: envelope(3) },
        { kind: "put_event", event },
        { kind: "put_meta", key: "peer/a", value: Uint8Array.of(7) },
      ],
      { sync: true },
    );
    const check = async ({ store }: ThreadDirectory): Promise<void> => {
      const stored = [1, 2].map((id) => ({ entry: entry(id), envelope: envelope(id) }));
      expect(await collect(store.members())).toEqual(stored);
      expect(await collect(store.names())).toEqual([ref(1), ref(2)].map(({ id, taskId }) => ({ taskId, id })));
      expect(await collect(store.windows())).toEqual([window]);
      expect(await collect(store.kept())).toEqual([{ entry: kept, envelope: envelope(3) }]);
      expect(await collect(store.bodies())).toEqual([{ hash: hash(0xbb), taskId: hash(0x77) }]);
      expect(await store.records([ref(2), ref(9), ref(1)])).toEqual([envelope(2), undefined, envelope(1)]);
      expect(await store.taskRecords(hash(0x77))).toEqual(stored);
      expect([await store.body(hash(0xbb)), await store.body(hash(1))]).toEqual([body, undefined]);
      expect([await store.hasBody(hash(0xbb)), await store.hasBody(hash(1))]).toEqual([true, false]);
      expect([await store.events(0, 10), await store.newestEvent()]).toEqual([[event], 3]);
      expect([await store.meta("peer/a"), await store.meta("peer/b")]).toEqual([Uint8Array.of(7), undefined]);
      expect(await store.metaEntries("peer/", 10)).toEqual([["peer/a", Uint8Array.of(7)]]);
      expect(store.corruptValues).toBe(0);
    };
    await check(written);
    await written.close();
    await check(await opened(dir));
  });

  test("a list is read in pages, and a reader may leave it", async () => {
    const { store } = await opened(await scratchDirectory());
    const writes = Array.from({ length: 600 }, (_, at): StoreWrite => {
      const id = at.toString(16).padStart(64, "0");
      return { kind: "put_record", entry: { ...entry(1), id }, envelope: envelope(1) };
    });
    await store.apply(writes, UNSYNCED);
    expect((await collect(store.members())).length).toBe(600);
    for await (const member of store.members()) {
      expect(member.entry.id).toBe("0".repeat(64));
      break;
    }
    await store.repair();
    expect((await collect(store.members())).length).toBe(600);
  });

  test("a value that is out of range is refused before it reaches the thread, and nothing of its batch is written", async () => {
    const { store } = await opened(await scratchDirectory());
    const bad: StoreWrite = { kind: "put_record", entry: { ...entry(2), number: 65_536 }, envelope: envelope(2) };
    await expect(store.apply([record(1), bad], UNSYNCED)).rejects.toMatchObject({ code: "value_out_of_range" });
    expect(await store.records([ref(1)])).toEqual([undefined]);
  });

  test("a thread that ends rejects its calls, and the next one has every acknowledged write", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    onTestFinished(() => void vi.useRealTimers());
    const threads = new Set<unknown>();
    const call = vi.spyOn(ThreadCalls.prototype, "call");
    onTestFinished(() => call.mockRestore());
    const { store } = await opened(await scratchDirectory());
    await store.apply([record(1)], UNSYNCED);
    for (const thread of call.mock.contexts) threads.add(thread);
    const [thread] = threads;
    const refused = expect(store.apply([record(2)], { sync: true })).rejects.toMatchObject({ code: "storage_failed" });
    if (!(thread instanceof ThreadCalls)) throw new Error("no thread was called");
    await thread.terminate();
    await refused;
    // Not a start for each call.
    await expect(store.records([ref(1)])).rejects.toMatchObject({
      code: "storage_failed",
      message: "the thread that owns the database ended",
    });
    vi.advanceTimersByTime(1000);
    await store.apply([record(3)], { sync: true });
    expect(await store.records([ref(1), ref(3)])).toEqual([envelope(1), envelope(3)]);
    for (const each of call.mock.contexts) threads.add(each);
    expect(threads.size).toBe(2);
  });

  test("a directory is open once in a process; a close ends the thread and frees the directory", async () => {
    const dir = await scratchDirectory();
    const first = await opened(dir);
    await expect(ThreadStore.open({ ...OPTIONS, dir, engine })).rejects.toMatchObject({
      code: "storage_locked",
      message: expect.stringContaining("is in use by process"),
    });
    await first.close();
    await first.close();
    await expect(first.store.records([ref(1)])).rejects.toMatchObject({ code: "storage_failed" });
    const again = await openDataDirectory({ ...OPTIONS, dir });
    await again.close();
  });

  test("a directory of another chain is refused with its own code, and may be opened for its chain afterwards", async () => {
    const dir = await scratchDirectory();
    await (await opened(dir)).close();
    const other = { ...OPTIONS, dir, genesis: new Uint8Array(32).fill(1) };
    await expect(ThreadStore.open(other)).rejects.toMatchObject({ code: "storage_foreign" });
    expect((await opened(dir)).format.engine).toBe(engine);
  });

  test("losses that the thread meets are counted and reported on the main thread", async () => {
    const dir = await scratchDirectory();
    const before = await opened(dir);
    await before.store.apply([record(1), record(2)], { sync: true });
    await before.close();
    const directory = await openDataDirectory({ ...OPTIONS, dir });
    const short = Uint8Array.of(1);
    await directory.store.write([{ op: "put", family: "records", key: recordKey(ref(1)), value: short }], {
      sync: true,
    });
    await directory.close();
    const { store } = await opened(dir);
    const lost = new Promise((resolve) => store.losses.onLost(resolve));
    expect(await store.records([ref(1), ref(2)])).toEqual([undefined, envelope(2)]);
    expect(await lost).toEqual({ records: [hash(1)], bodies: [] });
    expect(store.losses.counts.missing).toBe(1);
    expect((await collect(store.members())).map((stored) => stored.entry.id)).toEqual([hash(2)]);
    expect(store.losses.counts.undecodable).toBe(1);
    await store.apply([record(1)], UNSYNCED);
    expect((await store.taskRecords(hash(0x77))).length).toBe(2);
  });
});

test("an error keeps its code, its text and the codes of its causes on the way to another thread", () => {
  const innermost = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  const error = new NetworkError("storage_full", "a step could not be stored", {
    cause: new Error("database failed", { cause: innermost }),
  });
  const crossed = errorOf(structuredClone(partsOf(error)));
  expect(crossed).toMatchObject({ code: "storage_full", message: "a step could not be stored", kind: "storage" });
  expect((crossed.cause as Error).cause).toMatchObject({ code: "ENOSPC", message: innermost.message });
  expect(partsOf("text")).toEqual({ code: "storage_failed", message: "text", causes: [] });
  expect(partsOf(innermost)).toMatchObject({ code: "storage_failed", causes: [{ code: "ENOSPC" }] });
});

test("the calls to a thread that ends reject, the waiting ones and the later ones", async () => {
  const calls = new ThreadCalls(() => undefined);
  const opening = calls.call("open", { ...OPTIONS, dir: await scratchDirectory() });
  const refused = expect(opening).rejects.toMatchObject({ code: "storage_failed" });
  await calls.terminate();
  await refused;
  expect(calls.ended).toBe(true);
  await expect(calls.call("repair", undefined)).rejects.toMatchObject({ code: "storage_failed" });
});
