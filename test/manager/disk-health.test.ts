import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { FaultReport, FaultSink } from "../../src/api/facts/fault-codes.js";
import { DiskHealth } from "../../src/manager/faults/disk-health.js";
import { NetworkError } from "../../src/protocol/errors.js";

const MIB = 1024 * 1024;

/** A board of codes, and a disk with the given free space. */
function rig() {
  vi.useFakeTimers();
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const faults = new Map<string, FaultReport>();
  const sink: FaultSink = {
    raise: (report) => void faults.set(report.code, report),
    clear: (...[, code]) => void faults.delete(code),
  };
  const room = { bytes: 1000 * MIB };
  const disk = new DiskHealth({ paths: ["/data"], faults: sink, freeBytes: async () => room.bytes });
  let probes = 0;
  const end = disk.start(async () => {
    probes++;
  });
  onTestFinished(end);
  const pass = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1000);
  return { disk, faults, room, end, pass, probes: () => probes };
}

describe("the health of the disk", () => {
  it("Little space is a fault before the disk is full, and a full disk is one before a write fails.", async () => {
    const { faults, room, pass } = rig();
    await pass(5);
    expect(faults.size).toBe(0);
    room.bytes = 200 * MIB;
    await pass(5);
    expect([...faults.values()]).toMatchObject([
      { code: "low_space", text: "the disk is nearly full, 200 MiB free in /data" },
    ]);
    room.bytes = 700 * 1024;
    await pass(5);
    expect([...faults.values()]).toMatchObject([
      { code: "disk_full", text: "the disk is full, 700 KiB free in /data" },
    ]);
    room.bytes = 300 * MIB;
    await pass(5);
    expect(faults.size).toBe(0);
  });

  it("The cure names the space for a copy of the database if the usual cure is not enough.", async () => {
    const { disk, faults, room, pass } = rig();
    room.bytes = 44 * MIB;
    await pass(5);
    disk.database(new NetworkError("storage_full", "/data/db needs 113 MiB free"));
    expect(faults.get("disk_full")).toMatchObject({
      text: "the disk is too full, 44 MiB free in /data: /data/db needs 113 MiB free",
      cure: expect.not.stringContaining("32 MiB"),
    });
  });

  it("A refused signing log alone is a fault: own records may be all that this node writes.", async () => {
    const { disk, faults, probes, pass } = rig();
    disk.signing("ab".repeat(32), new NetworkError("storage_full", "the signing log could not be written: ENOSPC"));
    expect([...faults.keys()].sort()).toEqual(["disk_full", "store_refused"]);
    expect(faults.get("store_refused")?.text).toContain("abababababababab: the signing log could not be written");
    // After the refusal the database is probed at once, too.
    expect(probes()).toBe(1);
    disk.signing("ab".repeat(32), undefined);
    await pass(0);
    expect(faults.size).toBe(0);
  });

  it("A read-only file system has another fault and another cure than a full one.", () => {
    const { disk, faults } = rig();
    disk.database(new NetworkError("storage_failed", "the database could not be written: EROFS"));
    expect([...faults.keys()]).toEqual(["write_failed"]);
    expect(faults.get("write_failed")?.text).toContain("EROFS");
    disk.signing("ab".repeat(32), new NetworkError("storage_failed", "EROFS"));
    expect([...faults.keys()]).toEqual(["write_failed", "store_refused"]);
    expect(faults.get("store_refused")?.cure).toContain("read-only");
    disk.database(new NetworkError("storage_full", "no space left"));
    expect([...faults.keys()].sort()).toEqual(["disk_full", "store_refused"]);
  });

  it("An unanswered write is a fault, and no second probe starts meanwhile.", async () => {
    vi.useFakeTimers();
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const faults = new Set<string>();
    const sink: FaultSink = {
      raise: ({ code }) => void faults.add(code),
      clear: (...[, code]) => void faults.delete(code),
    };
    const disk = new DiskHealth({ paths: ["/data"], faults: sink, freeBytes: async () => 1000 * MIB });
    const waiting: (() => void)[] = [];
    onTestFinished(disk.start(() => new Promise((resolve) => waiting.push(resolve))));
    await vi.advanceTimersByTimeAsync(55_000);
    expect([...faults]).toEqual([]);
    await vi.advanceTimersByTimeAsync(65_000);
    expect([...faults]).toEqual(["write_failed"]);
    expect(waiting).toHaveLength(1);
    waiting[0]?.();
    await vi.advanceTimersByTimeAsync(0);
    expect([...faults]).toEqual([]);
  });

  it("An unanswered query for free space is a fault, and no second query starts meanwhile.", async () => {
    vi.useFakeTimers();
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const faults = new Map<string, FaultReport>();
    const sink: FaultSink = {
      raise: (report) => void faults.set(report.code, report),
      clear: (...[, code]) => void faults.delete(code),
    };
    const waiting: ((bytes: number) => void)[] = [];
    const freeBytes = (): Promise<number> => new Promise((resolve) => waiting.push(resolve));
    const disk = new DiskHealth({ paths: ["/data"], faults: sink, freeBytes });
    onTestFinished(disk.start(async () => undefined));
    await vi.advanceTimersByTimeAsync(65_000);
    expect(faults.get("write_failed")?.text).toBe(
      "the disk has not answered a query for the free space of /data for 30 s",
    );
    expect(waiting).toHaveLength(1);
    waiting[0]?.(1000 * MIB);
    await vi.advanceTimersByTimeAsync(0);
    expect(faults.size).toBe(0);
  });

  it("The probe writes at intervals, and not while the writer retries a refused write.", async () => {
    const { disk, probes, pass, end } = rig();
    await pass(61);
    expect(probes()).toBe(2);
    disk.database(new NetworkError("storage_failed", "EIO"));
    await pass(60);
    expect(probes()).toBe(2);
    disk.database(undefined);
    await pass(30);
    expect(probes()).toBe(3);
    end();
    expect(vi.getTimerCount()).toBe(0);
  });
});
