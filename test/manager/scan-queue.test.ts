import { describe, expect, it } from "vitest";
import type { EngineEvent, Source } from "../../src/engine/events.js";
import type { Kernel } from "../../src/kernel/types.js";
import { ScanQueue } from "../../src/manager/inbound/scan-queue.js";
import { NetworkError } from "../../src/protocol/errors.js";

/** Of a connection that stays open. */
const OPEN = new AbortController().signal;
const from = (peer: string): Source => ({ kind: "sync", peer, requestId: "00" });
const FROM_PEER = from("p");
const KIB = 1024;

/** A kernel whose scan finds nothing and whose verification ends when the test says so. */
function fakeKernel(): { kernel: Pick<Kernel, "scan" | "verify">; finish: (() => void)[] } {
  const finish: (() => void)[] = [];
  const kernel: Pick<Kernel, "scan" | "verify"> = {
    scan: () => new Uint8Array(0),
    verify: () => new Promise((resolve) => finish.push(() => resolve(new Uint8Array(1)))),
  };
  return { kernel, finish };
}

interface Rig {
  readonly scanQueue: ScanQueue;
  readonly events: EngineEvent[];
  readonly finish: (() => void)[];
  readonly failures: string[];
  readonly unscanned: { readonly batch: number; readonly source: Source["kind"] }[];
  setPaused(paused: boolean): void;
  wake(): void;
}

/** An engine that asks for one verification of every scanned batch, as with new records. */
function rig(overrides: Partial<Pick<Kernel, "scan" | "verify">> = {}, suspects: readonly string[] = []): Rig {
  const { kernel, finish } = fakeKernel();
  const failures: string[] = [];
  const unscanned: Rig["unscanned"] = [];
  const events: EngineEvent[] = [];
  let paused = false;
  let wake = (): void => undefined;
  const scanQueue: ScanQueue = new ScanQueue({
    kernel: { ...kernel, ...overrides },
    context: new Uint8Array(0),
    step: (event) => {
      events.push(event);
      if (event.kind !== "scanned") return;
      const isSuspect = event.sources.some((source) => "peer" in source && suspects.includes(source.peer));
      scanQueue.verify(event.batch, isSuspect ? "suspect" : "clean", new Uint8Array(1));
    },
    isSuspect: (peer) => suspects.includes(peer),
    paused: () => paused,
    failed: (error) => failures.push(error instanceof NetworkError ? error.code : String(error)),
    unscanned: (batch, source) => unscanned.push({ batch, source: source.kind }),
    ended: () => failures.push("peer_gone"),
    resumed: (callback) => {
      wake = callback;
    },
  });
  return {
    scanQueue,
    events,
    finish,
    failures,
    unscanned,
    setPaused: (value) => {
      paused = value;
    },
    wake: () => wake(),
  };
}

const size = (scanQueue: ScanQueue, name: string): number | undefined =>
  scanQueue.boundRows().find((row) => row.name === name)?.size;

/** The peers of each batch in order. */
function batchesOf(events: readonly EngineEvent[]): string[][] {
  return events.flatMap((event) =>
    event.kind === "scanned" ? [event.sources.map((source) => ("peer" in source ? source.peer : source.kind))] : [],
  );
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await turn();
}

describe("ScanQueue", () => {
  it("Bundles of one turn of the event loop go to the kernel in one batch.", async () => {
    const { scanQueue, events } = rig();
    for (let i = 0; i < 10; i++) scanQueue.offer(new Uint8Array(8), FROM_PEER);
    await turns(2);
    expect(events.map(({ kind }) => kind)).toEqual(["scanned"]);
    expect(events[0]?.kind === "scanned" && events[0].sources.length).toBe(10);
  });

  it("The number of batches in verification is bounded, and further bundles wait.", async () => {
    const { scanQueue, finish } = rig();
    for (let peer = 0; peer < 20; peer++) {
      for (let i = 0; i < 64; i++) scanQueue.offer(new Uint8Array(8), from(`p${peer}`));
    }
    await turns(40);
    expect(size(scanQueue, "intake_batches")).toBe(8);
    expect(finish.length).toBe(8);
    expect(size(scanQueue, "intake_bundles")).toBe(20 * 64);
    finish.shift()?.();
    await turns(4);
    expect(finish.length).toBe(8);
    expect(size(scanQueue, "intake_bundles")).toBe(19 * 64);
  });

  it("A peer has room until it has 224 bundles or 320 KiB without a verdict, and others keep their room.", async () => {
    const { scanQueue, finish } = rig();
    for (let i = 0; i < 224; i++) {
      expect(scanQueue.gossipRoom("p")).toBeUndefined();
      expect(scanQueue.offer(new Uint8Array(8), from("p"))).toBe(true);
    }
    for (let i = 0; i < 5; i++) scanQueue.offer(new Uint8Array(64 * KIB), from("q"));
    let waits = 0;
    const rooms = ["p", "q"].map(async (peer) => {
      await scanQueue.gossipRoom(peer);
      waits++;
    });
    expect(scanQueue.gossipRoom("r")).toBeUndefined();
    expect(scanQueue.full).toBe(true);
    await turns(20);
    expect(waits).toBe(0);
    while (finish.length > 0) {
      finish.shift()?.();
      await turns(2);
    }
    await Promise.all(rooms);
    expect(scanQueue.full).toBe(false);
  });

  it("What a peer sends beyond its room and one step more is refused, and a stream waits until it has room.", async () => {
    const { scanQueue, finish } = rig();
    let taken = 0;
    while (scanQueue.offer(new Uint8Array(8), FROM_PEER)) taken++;
    expect(taken).toBe(256);
    let resumed = false;
    const waiting = scanQueue.offerWhenRoom(new Uint8Array(8), FROM_PEER, OPEN).then(() => {
      resumed = true;
    });
    await turns(20);
    expect(resumed).toBe(false);
    expect(scanQueue.offer(new Uint8Array(8), from("q"))).toBe(true);
    finish.shift()?.();
    await waiting;
    expect(resumed).toBe(true);
  });

  it("Bundles of a suspect peer are verified one batch at a time, and the others beside them.", async () => {
    const { scanQueue, events, finish } = rig({}, ["s"]);
    for (let i = 0; i < 10; i++) scanQueue.offer(new Uint8Array(8 * KIB), from("s"));
    for (let i = 0; i < 10; i++) scanQueue.offer(new Uint8Array(8 * KIB), from("p"));
    await turns(10);
    // A batch of clean peers has up to 64 KiB, one of suspects 16 KiB.
    expect(batchesOf(events)).toEqual([Array(8).fill("p"), ["s", "s"], ["p", "p"]]);
    for (const done of finish.splice(0)) done();
    await turns(4);
    expect(batchesOf(events).slice(3)).toEqual([["s", "s"]]);
  });

  it("A node without other traffic verifies what a suspect peer sends.", async () => {
    const { scanQueue, events, finish } = rig({}, ["s"]);
    for (let i = 0; i < 6; i++) scanQueue.offer(new Uint8Array(8 * KIB), from("s"));
    for (let i = 0; i < 3; i++) {
      await turns(3);
      finish.shift()?.();
    }
    await turns(3);
    expect(batchesOf(events).flat().length).toBe(6);
    expect(size(scanQueue, "intake_bundles")).toBe(0);
  });

  it("Scans pause while the disk is behind.", async () => {
    const { scanQueue, events, setPaused, wake } = rig();
    setPaused(true);
    scanQueue.offer(new Uint8Array(8), FROM_PEER);
    await turns(3);
    expect(events).toEqual([]);
    setPaused(false);
    wake();
    await turns(2);
    expect(events.length).toBe(1);
  });

  it("Frames of an ended connection are dropped and counted, and give their room to others.", async () => {
    const { scanQueue, events, failures, setPaused, wake } = rig();
    setPaused(true);
    const connection = new AbortController();
    for (let i = 0; i < 255; i++) scanQueue.offer(new Uint8Array(8), FROM_PEER, connection.signal);
    scanQueue.offer(new Uint8Array(8), FROM_PEER, OPEN);
    const ended = scanQueue.offerWhenRoom(new Uint8Array(8), FROM_PEER, connection.signal);
    const open = scanQueue.offerWhenRoom(new Uint8Array(8), FROM_PEER, OPEN);
    connection.abort();
    scanQueue.dropEnded("p");
    await Promise.all([ended, open]);
    expect([size(scanQueue, "intake_bundles"), size(scanQueue, "intake_bytes")]).toEqual([2, 16]);
    expect(failures).toEqual(Array.from({ length: 256 }, () => "peer_gone"));
    setPaused(false);
    wake();
    await turns(2);
    expect(events.map((event) => event.kind === "scanned" && event.sources.length)).toEqual([2]);
  });

  it("A bundle that the kernel can't scan is answered, and the other bundles of its turn are scanned.", async () => {
    const scan: Kernel["scan"] = (input) => {
      if (input.includes(13)) throw new Error("out of memory");
      return new Uint8Array(0);
    };
    const { scanQueue, events, failures, unscanned } = rig({ scan });
    scanQueue.offer(new Uint8Array(8), FROM_PEER);
    scanQueue.offer(new Uint8Array(8).fill(13), { kind: "gossip", peer: "p", topic: "t", messageId: "m" });
    scanQueue.offer(new Uint8Array(8), FROM_PEER);
    await turns(2);
    expect(events.map(({ kind }) => kind)).toEqual(["scanned", "scanned"]);
    expect(unscanned.map(({ source }) => source)).toEqual(["gossip"]);
    expect(failures).toEqual(["kernel_failed"]);
    let watched = 0;
    scanQueue.own(new Uint8Array(8).fill(13), (batch) => {
      watched = batch;
    });
    expect(unscanned.at(-1)).toEqual({ batch: watched, source: "own" });
  });

  it("The engine gets `batch_failed` when the kernel throws instead of rejecting.", async () => {
    const verify: Kernel["verify"] = () => {
      throw new Error("closed");
    };
    const { scanQueue, events, failures } = rig({ verify });
    scanQueue.offer(new Uint8Array(8), FROM_PEER);
    await turns(3);
    expect(events.map(({ kind }) => kind)).toEqual(["scanned", "batch_failed"]);
    expect(failures).toEqual(["kernel_failed"]);
    expect(size(scanQueue, "intake_batches")).toBe(0);
  });

  it("The engine gets `batch_failed` for an unknown batch.", async () => {
    const { scanQueue, events } = rig();
    scanQueue.verify(77, "suspect", new Uint8Array(1));
    expect(events).toEqual([]);
    await turn();
    expect(events).toEqual([{ kind: "batch_failed", batch: 77, lane: "suspect" }]);
  });

  it("A stopped scan queue refuses own records.", () => {
    const { scanQueue } = rig();
    scanQueue.stop();
    expect(() => scanQueue.own(new Uint8Array(8), () => undefined)).toThrow("stopping");
  });

  it("A stopped scan queue releases waiting streams and sends the engine no more events.", async () => {
    const { scanQueue, events, finish } = rig();
    scanQueue.offer(new Uint8Array(8), FROM_PEER);
    await turns(2);
    while (scanQueue.offer(new Uint8Array(8), FROM_PEER));
    const waiting = scanQueue.offerWhenRoom(new Uint8Array(8), FROM_PEER, OPEN);
    scanQueue.stop();
    await waiting;
    finish.shift()?.();
    await turns(2);
    expect(events.length).toBe(1);
    expect(scanQueue.offer(new Uint8Array(8), FROM_PEER)).toBe(false);
  });
});
