import { RPC } from "@libp2p/gossipsub/message";
import { describe, expect, it } from "vitest";
import { bytesOf, startNode, TOPIC, textOf } from "../support/network-nodes.js";
import { RawPeer } from "../support/raw-peer.js";

function gossipFrame(text: string): Uint8Array {
  const rpc = RPC.encode({
    subscriptions: [{ subscribe: true, topic: TOPIC }],
    messages: [{ topic: TOPIC, data: bytesOf(text) }],
  });
  // The length fits into a varint of one byte.
  expect(rpc.length).toBeLessThan(128);
  return Uint8Array.of(rpc.length, ...rpc);
}

describe("streams before hello", () => {
  it("streams before hello are held unread and delivered after it", async () => {
    const a = await startNode();
    const raw = await RawPeer.connect(a);
    const sync = await raw.open("/tos-ai/sync/1");
    await sync.send(bytesOf("early frame"));
    const gossip = await raw.connection.newStream("/meshsub/1.1.0");
    gossip.send(gossipFrame("early bundle"));
    await a.seen.until("both are held", () => a.network.sizes().heldStreams === 2);
    expect(a.network.peers()).toMatchObject([{ state: "connecting", topics: 0 }]);
    expect(a.network.sizes()).toMatchObject({ gossipSeen: 0, syncUnreadBytes: 0 });
    expect([a.seen.frames, a.seen.gossip, a.seen.subscribed]).toEqual([[], [], []]);

    expect(await raw.hello()).toMatchObject({ kind: "ready" });
    await a.seen.until("the frame", () => a.seen.frames.length === 1);
    await a.seen.until("the bundle", () => a.seen.gossip.length === 1);
    expect(textOf(a.seen.frames[0]?.bytes)).toBe("early frame");
    expect(textOf(a.seen.gossip[0]?.bytes)).toBe("early bundle");
    expect(a.network.sizes().heldStreams).toBe(0);
  });

  it("a fifth stream before hello is reset, and a connection without hello closes unread", async () => {
    const a = await startNode();
    const raw = await RawPeer.connect(a);
    const protocols = ["/tos-ai/sync/1", "/tos-ai/sync/1", "/meshsub/1.1.0", "/meshsub/1.2.0"];
    const streams = [];
    for (const protocol of protocols) streams.push(await raw.connection.newStream(protocol));
    streams[2]?.send(gossipFrame("never read"));
    await a.seen.until("four are held", () => a.network.sizes().heldStreams === 4);
    const fifth = await raw.connection.newStream("/meshsub/1.0.0");
    await a.seen.until("the fifth is reset", () => fifth.status === "reset");
    expect(streams.map(({ status }) => status)).toEqual(["open", "open", "open", "open"]);
    await raw.closed();
    await a.seen.until("the fault", () => a.seen.faults.length === 1);
    expect(a.seen.faults).toEqual([{ peer: raw.peer, code: "hello_timeout" }]);
    expect([a.seen.ready, a.seen.gossip]).toEqual([[], []]);
    await a.seen.until("the connection is gone", () => a.network.sizes().connections === 0);
    expect(a.network.sizes()).toMatchObject({ heldStreams: 0, gossipSeen: 0 });
  });

  it("streams of a refused peer are never delivered", async () => {
    const a = await startNode();
    const raw = await RawPeer.connect(a);
    const gossip = await raw.connection.newStream("/meshsub/1.1.0");
    gossip.send(gossipFrame("poison"));
    await a.seen.until("it is held", () => a.network.sizes().heldStreams === 1);
    const signer = { publicKey: new Uint8Array(32), sign: async () => new Uint8Array(96) };
    await raw.hello({ signer });
    await raw.closed();
    await a.seen.until("the fault", () => a.seen.faults.length === 1);
    expect(a.seen.faults).toEqual([{ peer: raw.peer, code: "bad_signature" }]);
    expect(a.network.sizes().gossipSeen).toBe(0);
    expect(a.seen.gossip).toEqual([]);
  });
});

describe("frames after hello", () => {
  it("a frame above the size limit ends the connection before it is read", async () => {
    const a = await startNode();
    const raw = await RawPeer.connect(a);
    await raw.hello();
    const sync = await raw.open("/tos-ai/sync/1");
    await sync.send(new Uint8Array(61_441));
    await a.seen.until("the fault", () => a.seen.faults.length === 1);
    expect(a.seen.faults).toEqual([{ peer: raw.peer, code: "frame_too_large" }]);
    await a.seen.until("gone", () => a.seen.gone.length === 1);
    expect(a.seen.frames).toEqual([]);
  });
});
