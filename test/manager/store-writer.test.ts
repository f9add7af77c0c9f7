import { afterEach, describe, expect, it, vi } from "vitest";
import type { StoreWrite } from "../../src/engine/writes.js";
import { LATE_MS, StoreWriter, WRITE_BYTES, WRITER_PAUSE_BYTES } from "../../src/manager/outbound/store-writer.js";
import { NetworkError } from "../../src/protocol/errors.js";
import type { RecordStore } from "../../src/storage/types.js";

function put(key: string, bytes = 1): StoreWrite {
  return { kind: "put_meta", key, value: new Uint8Array(bytes) };
}

/** A disk that takes writes while `willing` is true. */
class Disk {
  willing = true;
  readonly taken: { readonly keys: string[]; readonly sync: boolean }[] = [];

  readonly store: Pick<RecordStore, "apply"> = {
    apply: async (writes, { sync }) => {
      if (!this.willing) throw new Error("no space left");
      this.taken.push({ keys: writes.map((write) => (write.kind === "put_meta" ? write.key : "")), sync });
    },
  };
}

describe("StoreWriter", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it("Batches that wait for another one are written together in their order, with one sync.", async () => {
    const disk = new Disk();
    const writer = new StoreWriter(disk.store, () => undefined);
    void writer.write([put("a")], false);
    void writer.write([put("b")], true);
    await writer.write([put("c")], false);
    expect(disk.taken).toEqual([
      { keys: ["a"], sync: false },
      { keys: ["b", "c"], sync: true },
    ]);
    expect(writer.pendingBytes).toBe(0);
  });

  it("Batches that are written together have at most WRITE_BYTES, or are one batch.", async () => {
    const disk = new Disk();
    const writer = new StoreWriter(disk.store, () => undefined);
    const sizes = [1, 2 * WRITE_BYTES, WRITE_BYTES / 2, WRITE_BYTES / 4, WRITE_BYTES / 2];
    await Promise.all(sizes.map((bytes, at) => writer.write([put(String(at), bytes)], false)));
    expect(disk.taken.map(({ keys }) => keys)).toEqual([["0"], ["1"], ["2", "3"], ["4"]]);
  });

  it("A batch that can't be encoded takes none of those with it that waited beside it.", async () => {
    const disk = new Disk();
    const store: typeof disk.store = {
      apply: async (writes, options) => {
        const isBad = writes.some((write) => write.kind === "put_meta" && write.key === "bad");
        if (isBad) throw new NetworkError("value_out_of_range", "can't be encoded");
        await disk.store.apply(writes, options);
      },
    };
    const writer = new StoreWriter(store, () => undefined);
    const written = ["a", "b", "bad", "c", "d", "e"].map((key) => writer.write([put(key)], false));
    const settled = await Promise.allSettled(written);
    expect(settled.map(({ status }) => status === "fulfilled")).toEqual([true, true, false, true, true, true]);
    expect(disk.taken.flatMap(({ keys }) => keys)).toEqual(["a", "b", "c", "d", "e"]);
    await writer.write([put("f")], false);
    expect(writer.pendingBytes).toBe(0);
  });

  it("A batch that waits longer than LATE_MS is late until it is written.", async () => {
    vi.useFakeTimers();
    let answer: () => void = () => undefined;
    const apply = (): Promise<void> =>
      new Promise((resolve) => {
        answer = resolve;
      });
    const writer = new StoreWriter({ apply }, () => undefined);
    const written = writer.write([put("a")], false);
    vi.advanceTimersByTime(LATE_MS);
    expect(writer.lateMs).toBe(0);
    vi.advanceTimersByTime(1000);
    expect(writer.lateMs).toBe(LATE_MS + 1000);
    answer();
    await written;
    expect(writer.lateMs).toBe(0);
  });

  it("A refused batch stays at the head, is reported, and is written when the disk takes writes again.", async () => {
    vi.useFakeTimers();
    const disk = new Disk();
    const reported: (string | undefined)[] = [];
    const writer = new StoreWriter(disk.store, (refusal) => reported.push(refusal?.message));
    disk.willing = false;
    const first = writer.write([put("a")], true);
    const second = writer.write([put("b")], false);
    await vi.advanceTimersByTimeAsync(2500);
    expect(writer.failing).toBe(true);
    expect(disk.taken).toEqual([]);
    disk.willing = true;
    await vi.advanceTimersByTimeAsync(1000);
    await Promise.all([first, second]);
    expect(disk.taken.map(({ keys }) => keys)).toEqual([["a", "b"]]);
    expect(reported).toEqual(["no space left", undefined]);
  });

  it("While the disk refuses only the newest value of a meta key waits.", async () => {
    vi.useFakeTimers();
    const disk = new Disk();
    disk.willing = false;
    const values: number[] = [];
    const store: typeof disk.store = {
      apply: async (writes, options) => {
        await disk.store.apply(writes, options);
        for (const write of writes) if (write.kind === "put_meta") values.push(write.value.length);
      },
    };
    const writer = new StoreWriter(store, () => undefined);
    const written = [writer.write([put("scores", 1), put("other")], false)];
    await vi.advanceTimersByTimeAsync(0);
    for (let i = 0; i < 10; i++) written.push(writer.write([put("scores", 1000 + i)], false));
    expect(writer.pendingBytes).toBeLessThan(2000);
    disk.willing = true;
    await vi.advanceTimersByTimeAsync(1000);
    await Promise.all(written);
    expect([values, writer.pendingBytes]).toEqual([[1, 1009], 0]);
  });

  it("Waiting readers are released as soon as the disk refuses writes.", async () => {
    const disk = new Disk();
    disk.willing = false;
    const writer = new StoreWriter(disk.store, () => undefined);
    const written = writer.write([put("a")], false);
    const drained = writer.drained();
    await Promise.all([writer.readable(), writer.readable()]);
    await writer.readable();
    disk.willing = true;
    const stopped = writer.stop();
    await Promise.all([written, drained, stopped, writer.readable()]);
    expect(disk.taken.map(({ keys }) => keys)).toEqual([["a"]]);
  });

  it("A batch that can't be encoded is rejected and does not count as a refusal of the disk.", async () => {
    const disk = new Disk();
    const reported: boolean[] = [];
    const store: typeof disk.store = {
      apply: async (writes, options) => {
        if (writes.length === 0) throw new NetworkError("value_out_of_range", "can't be encoded");
        await disk.store.apply(writes, options);
      },
    };
    const writer = new StoreWriter(store, (refusal) => reported.push(refusal !== undefined));
    const bad = expect(writer.write([], true)).rejects.toMatchObject({ code: "value_out_of_range" });
    await writer.write([put("a")], false);
    await bad;
    expect(disk.taken.map(({ keys }) => keys)).toEqual([["a"]]);
    expect(reported).toEqual([]);
  });

  it("A stop on a disk that refuses rejects waiting batches.", async () => {
    const disk = new Disk();
    disk.willing = false;
    const writer = new StoreWriter(disk.store, () => undefined);
    const waiting = expect(writer.write([put("a")], true)).rejects.toMatchObject({ code: "storage_failed" });
    await writer.stop();
    await waiting;
    await expect(writer.write([put("b")], false)).rejects.toMatchObject({ code: "stopped" });
  });

  it("An empty batch at the stop does not report that the disk takes writes again.", async () => {
    const disk = new Disk();
    disk.willing = false;
    const reported: boolean[] = [];
    const writer = new StoreWriter(disk.store, (refusal) => reported.push(refusal !== undefined));
    const written = writer.write([put("a")], false).catch(() => undefined);
    const drained = writer.drained();
    await writer.stop();
    await Promise.all([written, drained]);
    expect(reported).toEqual([true]);
  });

  it("The writer counts waiting bytes, so that the scan queue can pause.", async () => {
    const disk = new Disk();
    const writer = new StoreWriter(disk.store, () => undefined);
    const written = writer.write([put("large", WRITER_PAUSE_BYTES)], false);
    expect(writer.pendingBytes).toBeGreaterThan(WRITER_PAUSE_BYTES);
    await written;
    expect(writer.pendingBytes).toBe(0);
  });
});
