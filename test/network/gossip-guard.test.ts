import { RPC } from "@libp2p/gossipsub/message";
import type { Stream } from "@libp2p/interface";
import { describe, expect, it } from "vitest";
import { GossipBudget } from "../../src/network/gossip/gossip-budget.js";
import { concatBytes } from "../../src/protocol/bytes.js";
import {
  bytesOf,
  type NodeSetup,
  OTHER_TOPIC,
  startNode,
  type TestNode,
  TOPIC,
  textOf,
} from "../support/network-nodes.js";
import { RawPeer } from "../support/raw-peer.js";

const GOSSIP = ["/meshsub/1.0.0", "/meshsub/1.1.0", "/meshsub/1.2.0"];
const NO_CONTROL = { ihave: [], iwant: [], graft: [], prune: [], idontwant: [] };

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
}

function framed(rpc: Uint8Array): Uint8Array {
  return concatBytes([Uint8Array.from(varint(rpc.length)), rpc]);
}

function frame(rpc: Partial<RPC>): Uint8Array {
  return framed(RPC.encode({ subscriptions: [], messages: [], ...rpc }));
}

/** A node with one topic, and a raw peer whose gossip stream to the node the test writes. */
async function gossiping(setup: NodeSetup = {}): Promise<{ a: TestNode; raw: RawPeer; gossip: Stream }> {
  const a = await startNode({ topics: [TOPIC], ...setup });
  const raw = await RawPeer.connect(a);
  for (const protocol of GOSSIP) await raw.libp2p.handle(protocol, () => undefined);
  await raw.hello();
  await raw.open("/tos-ai/sync/1");
  const gossip = await raw.connection.newStream("/meshsub/1.1.0");
  gossip.send(frame({ subscriptions: [{ subscribe: true, topic: TOPIC }] }));
  await a.seen.until("the subscription", () => a.seen.subscribed.length === 1);
  return { a, raw, gossip };
}

/** Counts of the entries dropped so far, by reason. */
function dropped(a: TestNode): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { reason, count } of a.seen.dropped) counts[reason] = (counts[reason] ?? 0) + count;
  return counts;
}

describe("gossip that is dropped", () => {
  it("a dropped message that names an author or another topic is reported with its reason", async () => {
    const { a, raw, gossip } = await gossiping();
    const some = Uint8Array.of(1);
    const send = (extra: object): boolean =>
      gossip.send(frame({ messages: [{ topic: TOPIC, data: bytesOf("named"), ...extra }] }));
    send({ from: some });
    send({ seqno: some });
    gossip.send(frame({ messages: [{ topic: OTHER_TOPIC, data: bytesOf("elsewhere") }] }));
    await a.seen.until("all", () => a.seen.dropped.length === 3);
    expect(dropped(a)).toEqual({ signed: 2, foreign_topic: 1 });
    expect(a.seen.dropped.every(({ peer }) => peer === raw.peer)).toBe(true);
    expect(a.seen.gossip).toEqual([]);
  });

  it.each(["signature", "key", "from"])("a message with an empty field %s names an author too", async (field) => {
    const { a, gossip } = await gossiping();
    gossip.send(frame({ messages: [{ topic: TOPIC, data: bytesOf("named"), [field]: new Uint8Array() }] }));
    await a.seen.until("it", () => a.seen.dropped.length === 1);
    expect(dropped(a)).toEqual({ signed: 1 });
  });

  it("three messages with an author close their peer, as three rejected bundles do", async () => {
    const { a, raw, gossip } = await gossiping();
    for (let i = 0; i < 3; i++) {
      gossip.send(frame({ messages: [{ topic: TOPIC, data: bytesOf(`${i}`), seqno: Uint8Array.of(i) }] }));
    }
    await a.seen.until("its end", () => a.seen.gone.includes(raw.peer));
    expect(a.seen.faults).toEqual([{ peer: raw.peer, code: "rejected_bundles" }]);
    expect(a.network.refusing).toBe(2);
  });

  it("a frame that can't be decoded is reported, and the next frame is read", async () => {
    const { a, gossip } = await gossiping();
    gossip.send(framed(Uint8Array.of(10, 200)));
    const entries = Array.from({ length: 513 }, () => ({ topicID: TOPIC }));
    gossip.send(frame({ control: { ...NO_CONTROL, graft: entries } }));
    await a.seen.until("both", () => a.seen.dropped.length === 2);
    expect(dropped(a)).toEqual({ malformed: 2 });
    gossip.send(frame({ messages: [{ topic: TOPIC, data: bytesOf("in order") }] }));
    await a.seen.until("the bundle", () => a.seen.gossip.length === 1);
    expect(textOf(a.seen.gossip[0]?.bytes)).toBe("in order");
  });

  it.each(["graft", "prune", "subscriptions"] as const)(
    "5,000 %s entries of one peer cost little time",
    async (kind) => {
      const { a, raw, gossip } = await gossiping();
      // Each entry has its own frame: entries of one topic in one frame count as one.
      for (let sent = 0; sent < 5000; sent += 1) {
        if (kind === "subscriptions") {
          gossip.send(frame({ subscriptions: [{ subscribe: sent % 2 === 0, topic: TOPIC }] }));
        } else gossip.send(frame({ control: { ...NO_CONTROL, [kind]: [{ topicID: TOPIC }] } }));
        if (sent % 500 === 499) await new Promise(setImmediate);
      }
      // The remaining entries cost the library no more than those of an honest peer.
      await a.seen.until("the end of them", () => a.seen.dropped.length > 4900);
      expect(dropped(a)).toEqual({ control_flood: a.seen.dropped.length });
      expect(a.network.peers()).toMatchObject([{ peer: raw.peer, state: "ready" }]);
    },
  );
});

it("a frame of thousands of messages yields to the event loop between them", async () => {
  const { a, gossip } = await gossiping();
  const messages = Array.from({ length: 4000 }, (_, i) => ({ topic: TOPIC, data: bytesOf(`small ${i}`) }));
  let most = 0;
  let before = 0;
  const turn = (): void => {
    most = Math.max(most, a.seen.gossip.length - before);
    before = a.seen.gossip.length;
    next = setImmediate(turn);
  };
  let next = setImmediate(turn);
  gossip.send(frame({ messages }));
  await a.seen.until("all", () => a.seen.gossip.length === 4000);
  await new Promise(setImmediate);
  clearImmediate(next);
  expect(most).toBeLessThan(1000);
});

it("messages of a peer without room wait in order, and at most 16 pass each time", async () => {
  const rooms: (() => void)[] = [];
  const room = () => new Promise<void>((resolve) => rooms.push(resolve));
  const { a, gossip } = await gossiping({ room });
  const messages = Array.from({ length: 40 }, (_, i) => ({ topic: TOPIC, data: bytesOf(`waits ${i}`) }));
  gossip.send(frame({ messages }));
  const passed: number[] = [];
  for (let step = 0; step < 3; step++) {
    await a.seen.until("the next wait", () => rooms.length > step);
    passed.push(a.seen.gossip.length);
    rooms[step]?.();
  }
  await a.seen.until("all", () => a.seen.gossip.length === 40);
  expect(passed).toEqual([0, 16, 32]);
  expect(a.seen.gossip.map(({ bytes }) => textOf(bytes))).toEqual(messages.map(({ data }) => textOf(data)));
});

it("a budget of entries fills with time up to its burst, and a clock that is set back adds nothing", () => {
  const budget = new GossipBudget({ perSecond: 2, burst: 8 }, 1000);
  expect([budget.take(5, 1000), budget.take(5, 1000), budget.take(1, 1000)]).toEqual([5, 3, 0]);
  expect([budget.take(5, 2000), budget.take(5, 1500), budget.take(5, 1500)]).toEqual([2, 0, 0]);
  expect(budget.take(100, 1_000_000)).toBe(8);
});
