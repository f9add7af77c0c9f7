import { describe, expect, it } from "vitest";
import { DEFAULT_RULES } from "../../src/protocol/rules.js";
import { bytesOf, type Gossiped, IDENTITY, meshed, startNode, TOPIC, textOf } from "../support/network-nodes.js";
import { RawPeer } from "../support/raw-peer.js";

const GOSSIP = ["/meshsub/1.0.0", "/meshsub/1.1.0", "/meshsub/1.2.0"];

describe("gossip", () => {
  it("gossip carries a bundle both ways between two nodes", async () => {
    const a = await startNode();
    const b = await startNode({ bootstrap: [a.address] });
    await meshed(a, b);
    await a.network.publish(TOPIC, bytesOf("from a"));
    await b.network.publish(TOPIC, bytesOf("from b"));
    await a.seen.until("b's bundle", () => a.seen.gossip.length === 1);
    await b.seen.until("a's bundle", () => b.seen.gossip.length === 1);
    expect(textOf(a.seen.gossip[0]?.bytes)).toBe("from b");
    expect(textOf(b.seen.gossip[0]?.bytes)).toBe("from a");
    expect(b.seen.gossip[0]).toMatchObject({ peer: a.peer, topic: TOPIC });
    expect(b.seen.gossip[0]?.messageId).toMatch(/^[0-9a-f]{40}$/);
    expect(a.seen.subscribed).toEqual([b.peer]);
  });

  it("gossip forwards along a line of three nodes only what the middle one accepts", async () => {
    const held: Gossiped[] = [];
    const b = await startNode({ onGossip: (message) => held.push(message) });
    // The outer nodes have no addresses of their own, so they can't find each other.
    const a = await startNode({ bootstrap: [b.address], listen: [] });
    const c = await startNode({ bootstrap: [b.address], listen: [] });
    await b.seen.until("both subscribed", () => b.seen.subscribed.length === 2);
    await c.seen.until("a subscription", () => c.network.peers().some(({ topics }) => topics === 1));
    await a.network.publish(TOPIC, bytesOf("ignored"));
    await b.seen.until("first", () => held.length === 1);
    b.network.verdict(held[0]?.messageId ?? "", a.peer, "ignore");
    await a.network.publish(TOPIC, bytesOf("accepted"));
    await b.seen.until("second", () => held.length === 2);
    b.network.verdict(held[1]?.messageId ?? "", a.peer, "accept");
    await c.seen.until("the accepted one", () => c.seen.gossip.length > 0);
    expect(c.seen.gossip.map(({ bytes }) => textOf(bytes))).toEqual(["accepted"]);
    expect(b.network.sizes()).toMatchObject({ gossipPending: 0, gossipPendingBytes: 0 });
  });

  it("gossip forms a mesh of more nodes on one address than the default score allows", async () => {
    const hub = await startNode();
    // The nodes have no addresses of their own, so each is connected to the hub only, and the hub's score of them
    // decides.
    const others = await Promise.all(
      Array.from({ length: 13 }, () => startNode({ bootstrap: [hub.address], listen: [] })),
    );
    await meshed(...others);
    await hub.seen.until("all subscribed", () => hub.seen.subscribed.length === others.length);
    await others[0]?.network.publish(TOPIC, bytesOf("to all"));
    for (const { seen } of [hub, ...others.slice(1)]) {
      await seen.until("the bundle", () => seen.gossip.length === 1);
    }
    expect(others[0]?.seen.gossip).toEqual([]);
  });

  it("gossip counts a verdict on a message that is unknown or was answered before", async () => {
    const a = await startNode();
    const b = await startNode({ bootstrap: [a.address] });
    await meshed(a, b);
    await a.network.publish(TOPIC, bytesOf("once"));
    await b.seen.until("the bundle", () => b.seen.gossip.length === 1);
    b.network.verdict(b.seen.gossip[0]?.messageId ?? "", a.peer, "accept");
    b.network.verdict("00", a.peer, "reject");
    expect(b.network.sizes().gossipLateVerdicts).toBe(2);
  });

  it("gossip publishes an own bundle with the bytes of a bundle that it ignored before", async () => {
    const held: Gossiped[] = [];
    const b = await startNode({ onGossip: (message) => held.push(message) });
    const a = await startNode({ bootstrap: [b.address], listen: [] });
    const c = await startNode({ bootstrap: [b.address], listen: [] });
    await b.seen.until("both subscribed", () => b.seen.subscribed.length === 2);
    await c.seen.until("a subscription", () => c.network.peers().some(({ topics }) => topics === 1));
    expect(await a.network.publish(TOPIC, bytesOf("early"))).toBe("sent");
    await b.seen.until("the bundle", () => held.length === 1);
    b.network.verdict(held[0]?.messageId ?? "", a.peer, "ignore");
    expect(await b.network.publish(TOPIC, bytesOf("early"))).toBe("sent");
    await c.seen.until("the bundle", () => c.seen.gossip.length === 1);
    expect(textOf(c.seen.gossip[0]?.bytes)).toBe("early");
  });

  it("gossip reports that a bundle reached no peer, also when the bundle was published before", async () => {
    const a = await startNode();
    expect(await a.network.publish(TOPIC, bytesOf("alone"))).toBe("no_peers");
    expect(await a.network.publish(TOPIC, bytesOf("alone"))).toBe("no_peers");
  });

  it("gossip refuses to publish on a foreign topic or above the size of a bundle", async () => {
    const a = await startNode();
    await expect(a.network.publish("/elsewhere", bytesOf("x"))).rejects.toMatchObject({ code: "bad_parameters" });
    const tooLarge = new Uint8Array(DEFAULT_RULES.bundleMaxBytes + 1);
    await expect(a.network.publish(TOPIC, tooLarge)).rejects.toMatchObject({ code: "bundle_too_large" });
  });

  it("gossip rejects a bundle above the limit of this network and names the peer", async () => {
    const wide = { ...IDENTITY, rules: { ...DEFAULT_RULES, bundleMaxBytes: 100_000 } };
    const a = await startNode({ identity: wide });
    const b = await startNode({ bootstrap: [a.address] });
    await meshed(a, b);
    await a.network.publish(TOPIC, new Uint8Array(DEFAULT_RULES.bundleMaxBytes + 1));
    await b.seen.until("the fault", () => b.seen.faults.length > 0);
    expect(b.seen.faults).toEqual([{ peer: a.peer, code: "bundle_too_large" }]);
    expect(b.seen.gossip).toEqual([]);
  });

  it("a node closes the connection of a peer that opens no gossip stream or ends it", async () => {
    const a = await startNode();
    const raws = [];
    for (const ends of [true, false]) {
      const raw = await RawPeer.connect(a);
      for (const protocol of GOSSIP) await raw.libp2p.handle(protocol, () => undefined);
      await raw.hello();
      await raw.open("/tos-ai/sync/1");
      if (ends) await (await raw.connection.newStream(GOSSIP)).close();
      raws.push(raw);
    }
    await a.seen.until("hello", () => a.seen.ready.length === 2);
    expect(a.network.peers()).toMatchObject([{ gossip: "waiting" }, { gossip: "waiting" }]);
    await a.seen.until("gone", () => a.seen.gone.length === 2);
    expect(a.seen.faults).toEqual(raws.map(({ peer }) => ({ peer, code: "gossip_stream_missing" })));
    const line = "closing a connection that does not work: it opens no gossip stream";
    expect(a.seen.lines.filter(({ text }) => text === line)).toHaveLength(2);
  });

  it("a peer that resets every gossip stream loses its connection and can be dialled again", async () => {
    const a = await startNode();
    const raw = await RawPeer.connect(a);
    for (const protocol of GOSSIP) {
      await raw.libp2p.handle(protocol, (stream) => stream.abort(new Error("not today")));
    }
    await raw.hello();
    await raw.open("/tos-ai/sync/1");
    await a.seen.until("hello", () => a.seen.ready.length === 1);
    await a.seen.until("gone", () => a.seen.gone.length === 1);
    expect(a.seen.lines.map(({ text }) => text)).toContain(
      "closing a connection that does not work: it takes no gossip stream",
    );
    expect(a.seen.faults).toEqual([{ peer: raw.peer, code: "gossip_stream_missing" }]);
  });
});
