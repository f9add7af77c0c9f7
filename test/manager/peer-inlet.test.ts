import { describe, expect, it } from "vitest";
import type { EngineEvent } from "../../src/engine/events.js";
import { PeerBudget } from "../../src/manager/inbound/budget.js";
import { PeerInlet, type PeerInletPorts } from "../../src/manager/inbound/peer-inlet.js";
import { encodeFrame } from "../../src/protocol/frames.js";

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
/** Of a connection that stays open. */
const OPEN = new AbortController().signal;
const MIB = 1024 * 1024;

const QUEUE: PeerInletPorts["scanQueue"] = {
  offer: () => true,
  offerWhenRoom: async () => undefined,
  gossipRoom: () => undefined,
  dropEnded: () => undefined,
};

function rig(overrides: Partial<PeerInletPorts> = {}) {
  const events: EngineEvent[] = [];
  const verdicts: string[] = [];
  const inlet = new PeerInlet({
    scanQueue: QUEUE,
    step: (event) => events.push(event),
    nowMs: () => 0,
    count: () => undefined,
    network: {
      verdict: (messageId, _peer, acceptance) => verdicts.push(`${messageId} ${acceptance}`),
      disconnect: (peer, code) => verdicts.push(`${peer} ${code}`),
    },
    diskRoom: async () => undefined,
    ...overrides,
  });
  return { inlet, events, verdicts };
}

describe("PeerInlet", () => {
  it("A bundle beyond the queue gets Ignore and is counted for its peer.", () => {
    const message = { peer: "p", topic: "t", messageId: "m", bytes: new Uint8Array(3) };
    const free = rig();
    free.inlet.gossip(message);
    expect(free.verdicts).toEqual([]);
    const full = rig({
      scanQueue: { ...QUEUE, offer: () => false },
    });
    full.inlet.gossip(message);
    expect(full.verdicts).toEqual(["m ignore"]);
    full.inlet.dropped("p", "signed", 3);
    expect([free.inlet.drops.of("p"), full.inlet.drops.of("p")]).toEqual([{}, { queue_full: 1, signed: 3 }]);
    full.inlet.drops.forget("p");
    expect(full.inlet.drops.of("p")).toEqual({});
  });

  it("Gossip of a peer without room waits, and each wait is counted.", async () => {
    const counts: string[] = [];
    const count: PeerInletPorts["count"] = (name, label) => void counts.push(`${name} ${label}`);
    const { inlet } = rig({ count, scanQueue: { ...QUEUE, gossipRoom: async (peer) => expect(peer).toBe("p") } });
    await inlet.gossipRoom("p");
    expect(counts).toEqual(["gossip_waits peer_room"]);
    expect(rig().inlet.gossipRoom("p")).toBeUndefined();
  });

  it("Answers with bodies are not paced: they come only as this node asks for them.", async () => {
    const { inlet, events } = rig();
    const parts = [{ status: "ok", left: 60_000, bytes: new Uint8Array(60_000) }] as const;
    const frame = encodeFrame({ kind: "bodies", requestId: "00".repeat(16), parts });
    for (let i = 0; i < 100; i++) await inlet.frame("p", frame, OPEN);
    expect(events.length).toBe(100);
  });

  it("Only bodies of a peer wait for a disk that is behind.", async () => {
    const rooms: (() => void)[] = [];
    const diskRoom = () => new Promise<void>((resolve) => rooms.push(resolve));
    const { inlet, events } = rig({ diskRoom });
    const requestId = "00".repeat(16);
    const body = inlet.frame("p", encodeFrame({ kind: "body", requestId, offset: 0, bytes: new Uint8Array(1) }), OPEN);
    const many = inlet.frame("r", encodeFrame({ kind: "bodies", requestId, parts: [{ status: "unknown" }] }), OPEN);
    await inlet.frame("q", encodeFrame({ kind: "want", requestId, ids: ["11".repeat(32)] }), OPEN);
    await settled();
    expect(events.map((event) => event.kind === "frame" && event.frame.kind)).toEqual(["want"]);
    for (const room of rooms) room();
    await Promise.all([body, many]);
    expect(events.length).toBe(3);
  });

  it("A peer that sends a malformed frame is disconnected.", async () => {
    const { inlet, events, verdicts } = rig();
    await inlet.frame("p", new Uint8Array([255]), OPEN);
    expect(events).toEqual([{ kind: "frame_refused", peer: "p" }]);
    expect(verdicts).toEqual(["p frame_malformed"]);
  });
});

describe("Frames of a connection that ends while they wait", () => {
  const requestId = "00".repeat(16);
  const want = encodeFrame({ kind: "want", requestId, ids: ["11".repeat(32)] });

  function counted() {
    const counts: string[] = [];
    return { counts, count: (name: string, label: string) => void counts.push(`${name} ${label}`) };
  }

  it("are dropped and counted, and their peer's next connection is not charged for them.", async () => {
    const { counts, count } = counted();
    const { inlet, events, verdicts } = rig({ count });
    const ended = AbortSignal.abort();
    await inlet.frame("p", want, ended);
    await inlet.frame("p", new Uint8Array([255]), ended);
    expect([events, verdicts]).toEqual([[], []]);
    expect(counts).toEqual(["frames_dropped peer_gone", "frames_dropped peer_gone"]);
  });

  it("do not wait for the disk any longer.", async () => {
    const { counts, count } = counted();
    const { inlet, events } = rig({ count, diskRoom: () => new Promise<void>(() => undefined) });
    const connection = new AbortController();
    const bytes = new Uint8Array(1);
    const body = inlet.frame("p", encodeFrame({ kind: "body", requestId, offset: 0, bytes }), connection.signal);
    await settled();
    connection.abort();
    await body;
    expect(events).toEqual([]);
    expect(counts).toEqual(["frames_dropped peer_gone"]);
  });
});

describe("PeerBudget", () => {
  it("Each peer has its own burst and rate.", () => {
    const budget = new PeerBudget();
    expect(budget.take("p", 4 * MIB, 0)).toBe(0);
    expect(budget.take("p", MIB, 0)).toBe(1000);
    expect(budget.take("q", MIB, 0)).toBe(0);
    expect(budget.take("p", MIB, 500)).toBe(500);
    expect(budget.take("p", MIB, 1000)).toBe(0);
  });

  it("A message larger than the burst passes when the bucket is full.", () => {
    const budget = new PeerBudget();
    expect(budget.take("p", 100 * MIB, 0)).toBe(0);
    expect(budget.take("p", 1, 0)).toBe(1);
  });

  it("A clock that is set back does not change a budget.", () => {
    const budget = new PeerBudget();
    budget.take("p", 4 * MIB, 3_600_000);
    expect(budget.take("p", MIB, 0)).toBe(1000);
    expect(budget.take("p", MIB, 1000)).toBe(0);
  });

  it("The number of budgets is bounded.", () => {
    const budget = new PeerBudget();
    for (let i = 0; i < 1000; i++) budget.take(`p${i}`, 1, 0);
    expect(budget.size).toBe(600);
  });
});
