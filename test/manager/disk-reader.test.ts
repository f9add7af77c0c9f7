import { describe, expect, it } from "vitest";
import type { EngineEvent } from "../../src/engine/events.js";
import { DiskReader, type DiskReaderPorts } from "../../src/manager/outbound/disk-reader.js";
import type { PeerSender } from "../../src/network/index.js";
import { decodeBundle } from "../../src/protocol/bundle.js";
import { decodeFrame } from "../../src/protocol/frames.js";
import { DEFAULT_RULES } from "../../src/protocol/rules.js";
import type { RecordRef } from "../../src/storage/keys.js";

const toNobody: PeerSender = { peer: "p", send: async () => undefined };

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Answers arrive as events; `event` resolves with the next one. */
function rig(overrides: Partial<DiskReaderPorts> = {}) {
  const events: EngineEvent[] = [];
  const failures: string[] = [];
  let onEvent: (event: EngineEvent) => void = () => undefined;
  const diskReader = new DiskReader({
    store: { records: async () => [], body: async () => undefined, taskRecords: async () => [] },
    writer: { drained: async () => undefined, readable: async () => undefined },
    taskOf: (id) => (id === "left" ? undefined : `task of ${id}`),
    rules: { bundleMaxCount: 64, bundleMaxBytes: 65_536 },
    step: (event) => {
      events.push(event);
      onEvent(event);
    },
    failed: (what) => failures.push(what),
    ...overrides,
  });
  const event = (): Promise<EngineEvent> =>
    new Promise((resolve) => {
      onEvent = resolve;
    });
  return { diskReader, events, failures, event };
}

describe("DiskReader", () => {
  it("Each old task that the engine asks for is read, a few at once.", async () => {
    let reading = 0;
    let most = 0;
    const taskRecords = async () => {
      most = Math.max(most, ++reading);
      await settled();
      reading--;
      return [];
    };
    const { diskReader, events } = rig({
      store: { records: async () => [], body: async () => undefined, taskRecords },
    });
    for (let i = 0; i < 256; i++) diskReader.loadTask(`task ${i}`);
    while (events.length < 256) await settled();
    expect(new Set(events.map((event) => event.kind === "task_loaded" && event.taskId)).size).toBe(256);
    expect(most).toBe(4);
    await diskReader.stop();
  });

  it("An old task that could not be read is retried: the engine asks only once.", async () => {
    let tries = 0;
    const taskRecords = async () => {
      if (++tries === 1) throw new Error("input/output error");
      return [];
    };
    const { diskReader, event, failures } = rig({
      store: { records: async () => [], body: async () => undefined, taskRecords },
    });
    const loaded = event();
    diskReader.loadTask("task");
    expect(await loaded).toEqual({ kind: "task_loaded", taskId: "task", records: [] });
    expect([tries, failures]).toEqual([2, ["load_task"]]);
  });

  it("A stop does not wait for a task that can't be read or a peer that does not read.", async () => {
    const taskRecords = () => Promise.reject(new Error("input/output error"));
    const { diskReader, events } = rig({
      store: { records: async () => [], body: async () => new Uint8Array(1), taskRecords },
    });
    const slow: PeerSender = {
      peer: "p",
      send: (_frame, options) =>
        new Promise((_resolve, reject) => options?.signal?.addEventListener("abort", () => reject(new Error("gone")))),
    };
    diskReader.loadTask("task");
    diskReader.body(slow, "r", "h");
    await settled();
    await diskReader.stop();
    expect(events).toEqual([{ kind: "served", peer: "p", requestId: "r", items: 0, bytes: 0, ok: false }]);
    diskReader.body(slow, "late", "h");
    await settled();
    expect(events.at(-1)).toMatchObject({ requestId: "late", ok: false });
  });

  it("A disk that refuses writes still serves peers; task reads for the engine wait.", async () => {
    const writer = { drained: () => new Promise<void>(() => undefined), readable: async () => undefined };
    const { diskReader, event } = rig({ writer });
    const served = event();
    diskReader.loadTask("task");
    diskReader.records(toNobody, "r", ["a"]);
    expect(await served).toMatchObject({ kind: "served", ok: true });
  });

  it("All requested records are sent in frames of a stream's size; records that are not stored are omitted.", async () => {
    const frames: Uint8Array[] = [];
    const records = async (refs: readonly RecordRef[]) =>
      refs.map(({ id }) => (id === "gone" ? undefined : new Uint8Array(200).fill(Number(id) % 251)));
    const { diskReader, event } = rig({
      store: { records, body: async () => undefined, taskRecords: async () => [] },
    });
    const served = event();
    const ids = Array.from({ length: 600 }, (_, i) => (i === 300 ? "gone" : i === 301 ? "left" : `${i}`));
    const send = async (frame: Uint8Array): Promise<void> => void frames.push(frame);
    diskReader.records({ peer: "p", send }, "22".repeat(16), ids);
    expect(await served).toMatchObject({ kind: "served", items: 598, ok: true });
    const sent = frames.flatMap((bytes) => {
      const frame = decodeFrame(bytes);
      const bundle =
        frame.ok && frame.value.kind === "records" ? decodeBundle(frame.value.bundle, DEFAULT_RULES) : undefined;
      return bundle?.ok ? bundle.value.map((envelope) => envelope[0]) : [undefined];
    });
    expect(sent).toEqual(ids.filter((id) => id !== "gone" && id !== "left").map((id) => Number(id) % 251));
    await diskReader.stop();
  });

  it("Bodies are sent in the order of the request; one that was deleted since is unknown.", async () => {
    const frames: Uint8Array[] = [];
    const bodyOf = (hash: string): Uint8Array | undefined =>
      hash === "gone" ? undefined : new Uint8Array(hash === "large" ? 150_000 : 300).fill(hash.length);
    const { diskReader, event } = rig({
      store: { records: async () => [], body: async (hash) => bodyOf(hash), taskRecords: async () => [] },
    });
    const served = event();
    const hashes = Array.from({ length: 128 }, (_, i) => (i === 60 ? "gone" : i === 90 ? "large" : "x".repeat(i + 1)));
    const bodies = hashes.map((hash, i) => ({ hash, status: i === 3 ? ("awaited" as const) : ("ok" as const) }));
    const send: PeerSender["send"] = async (frame) => void frames.push(frame);
    diskReader.bodies({ peer: "p", send }, "22".repeat(16), bodies);
    expect(await served).toMatchObject({ kind: "served", items: 126, bytes: 125 * 300 + 150_000, ok: true });
    const sent: (string | number)[] = [];
    for (const bytes of frames) {
      const frame = decodeFrame(bytes);
      for (const part of frame.ok && frame.value.kind === "bodies" ? frame.value.parts : []) {
        if (part.status !== "ok") sent.push(part.status);
        else if (part.bytes.length === part.left) sent.push(part.bytes[0] ?? 0);
      }
    }
    const lacking = new Map([
      [3, "awaited"],
      [60, "unknown"],
    ]);
    expect(sent).toEqual(hashes.map((hash, i) => lacking.get(i) ?? hash.length));
    expect(frames.length).toBe(4);
    await diskReader.stop();
  });
});
