import { generateKeyPair } from "@libp2p/crypto/keys";
import { peerIdFromPrivateKey } from "@libp2p/peer-id";
import { multiaddr } from "@multiformats/multiaddr";
import { describe, expect, it } from "vitest";
import { createNetwork } from "../../src/network/index.js";
import { bytesOf, MemoryStore, meshed, newKey, optionsOf, Seen, startNode, TOPIC } from "../support/network-nodes.js";
import { RawPeer } from "../support/raw-peer.js";

const bare = (address: string) => address.split("/p2p/")[0] ?? "";

describe("peers", () => {
  it("peers are found by a bootstrap address without a peer id", async () => {
    const a = await startNode();
    const b = await startNode({ bootstrap: [bare(a.address)] });
    await b.seen.until("hello", () => b.seen.ready.length === 1);
    expect(b.seen.ready[0]?.peer).toBe(a.peer);
  });

  it("peers are dialled again after a restart, and gossip continues", async () => {
    const libp2pKey = await newKey();
    const a = await startNode({ libp2pKey });
    const b = await startNode({ bootstrap: [a.address] });
    await meshed(a, b);
    await a.network.stop();
    await b.seen.until("gone", () => b.seen.gone.length === 1);
    expect(b.network.peers()).toEqual([]);
    const again = await startNode({ libp2pKey, listen: [bare(a.address)] });
    await b.seen.until("ready again", () => b.seen.ready.length === 2);
    await meshed(again, b);
    await again.network.publish(TOPIC, bytesOf("back"));
    await b.seen.until("the bundle", () => b.seen.gossip.length === 1);
    expect(b.seen.ready.map(({ peer }) => peer)).toEqual([a.peer, a.peer]);
    expect(b.seen.ready[0]?.salt).not.toBe(b.seen.ready[1]?.salt);
  });

  it("peers that close the connection are dialled again by the side that has their address", async () => {
    const a = await startNode();
    const b = await startNode({ bootstrap: [a.address] });
    await b.seen.until("hello", () => b.seen.ready.length === 1);
    a.network.disconnect(b.peer, "over_budget");
    await b.seen.until("ready again", () => b.seen.ready.length === 2);
    expect(b.seen.gone).toEqual([a.peer]);
  });

  it("peers learn of each other from a peer that both know", async () => {
    const a = await startNode();
    const b = await startNode({ bootstrap: [a.address] });
    await a.seen.until("hello", () => a.seen.ready.length === 1);
    const c = await startNode({ bootstrap: [a.address] });
    await c.seen.until("b", () => c.seen.ready.some(({ peer }) => peer === b.peer));
    await b.seen.until("c", () => b.seen.ready.some(({ peer }) => peer === c.peer));
    expect(new Set(c.seen.ready.map(({ peer }) => peer))).toEqual(new Set([a.peer, b.peer]));
  });

  it("known peers are dialled after a restart without a bootstrap list", async () => {
    const a = await startNode();
    const addressStore = new MemoryStore();
    const first = await startNode({ bootstrap: [a.address], addressStore });
    await first.seen.until("hello", () => first.seen.ready.length === 1);
    await first.network.stop();
    expect(addressStore.entries.map(({ peer, addresses }) => ({ peer, addresses }))).toEqual([
      { peer: a.peer, addresses: [a.address] },
    ]);
    const second = await startNode({ addressStore });
    await second.seen.until("hello", () => second.seen.ready.length === 1);
    expect(second.seen.ready[0]?.peer).toBe(a.peer);
  });

  it("peers that dial each other at the same time keep one connection", async () => {
    const a = await startNode();
    const b = await startNode();
    await Promise.all([a.network.dial(b.address), b.network.dial(a.address)]);
    const one = () =>
      [a, b].every(({ network }) => network.peers().filter(({ state }) => state === "ready").length === 1);
    const settled = () => one() && a.network.peers().length === 1 && b.network.peers().length === 1;
    await a.seen.until("one connection", settled);
    const saltOf = ({ seen }: typeof a) => seen.ready.at(-1)?.salt;
    expect(saltOf(a)).toBe(saltOf(b));
    expect(a.seen.ready.length - a.seen.gone.length).toBe(1);
    expect(b.seen.ready.length - b.seen.gone.length).toBe(1);
    await meshed(a, b);
    await a.network.publish(TOPIC, bytesOf("heard"));
    await b.seen.until("the bundle", () => b.seen.gossip.length === 1);
  });

  it.each([true, false])(
    "of two crossed dials the connection of the lower peer id is kept (own is lower: %s)",
    async (own) => {
      const a = await startNode();
      const keyOf = async () => {
        for (;;) {
          const key = await generateKeyPair("Ed25519");
          if (a.peer < peerIdFromPrivateKey(key).toString() === own) return key;
        }
      };
      const raw = await RawPeer.connect(a, {
        privateKey: await keyOf(),
        addresses: { listen: ["/ip4/127.0.0.1/tcp/0"] },
      });
      await raw.answerHellos();
      await raw.hello();
      await a.seen.until("hello", () => a.seen.ready.length === 1);
      // The address has no peer id: with one, libp2p would return the existing connection.
      await a.network.dial(bare(String(raw.libp2p.getMultiaddrs()[0])));
      const kept = () => a.network.peers().map(({ state, dialed }) => `${state} ${dialed}`);
      await a.seen.until("one connection", () => kept().join() === `ready ${own}`);
      expect(a.seen.gone).toEqual(own ? [raw.peer] : []);
      expect(a.seen.ready).toHaveLength(own ? 2 : 1);
    },
  );

  it("peers that connect again while their older connection answers keep the older one", async () => {
    const a = await startNode();
    const raw = await RawPeer.connect(a);
    await raw.hello();
    await a.seen.until("hello", () => a.seen.ready.length === 1);
    const second = await raw.dialAgain();
    expect(await second.hello()).toEqual({ kind: "refused", code: "peer_id_in_use", by: "them" });
    await (await raw.open("/tos-ai/sync/1")).send(bytesOf("on the old one"));
    await a.seen.until("a frame", () => a.seen.frames.length === 1);
    expect([a.seen.ready.length, a.seen.gone]).toEqual([1, []]);
  });

  it("a dial on request reaches a peer, and an address without an answer gives an error", async () => {
    const a = await startNode();
    const b = await startNode();
    await b.network.dial(a.address);
    await a.seen.until("hello", () => a.seen.ready.length === 1);
    await b.seen.until("hello", () => b.seen.ready.length === 1);
    await a.network.stop();
    // Until the node knows that the connection has ended, it answers a dial with that connection.
    await b.seen.until("the end", () => b.seen.gone.length === 1);
    await expect(b.network.dial(a.address)).rejects.toMatchObject({ code: "peer_gone" });
    await expect(b.network.dial("nonsense")).rejects.toMatchObject({ code: "bad_parameters" });
  });
});

describe("start and stop", () => {
  it("a start throws with the address that is in use, and leaves nothing running", async () => {
    const a = await startNode();
    const options = await optionsOf({ listen: [bare(a.address)] }, new Seen(), () => a.network);
    await expect(createNetwork(options)).rejects.toMatchObject({
      code: "address_in_use",
      message: expect.stringContaining(bare(a.address)),
    });
  });

  it("a node listens at the addresses that it reports, with its peer id", async () => {
    const a = await startNode();
    expect(multiaddr(a.address).getComponents().at(-1)).toMatchObject({ name: "p2p", value: a.peer });
    expect(a.address).toMatch(/^\/ip4\/127\.0\.0\.1\/tcp\/[1-9]\d*\/p2p\//);
  });

  it("several cycles of start and stop leave no open handle", async () => {
    const cycle = async () => {
      const a = await startNode();
      const b = await startNode({ bootstrap: [a.address] });
      await meshed(a, b);
      await a.network.send(b.peer, bytesOf("x"));
      await b.seen.until("the frame", () => b.seen.frames.length === 1);
      await Promise.all([a.network.stop(), b.network.stop()]);
      return [a, b];
    };
    const handles = () => process.getActiveResourcesInfo().filter((name) => /TCP|Timeout|Immediate/.test(name)).length;
    const before = handles();
    const [first] = await cycle();
    for (let round = 0; round < 3; round++) await cycle();
    // The library keeps some handles for up to a second; the wait itself holds two timers.
    await first?.seen.until("as many handles as before", () => handles() <= before + 2);
    const tcp = () => process.getActiveResourcesInfo().filter((name) => name.startsWith("TCP")).length;
    await first?.seen.until("no socket", () => tcp() === 0);
  });

  it("a second stop, and a stop during a dial, succeed", async () => {
    const a = await startNode({ bootstrap: ["/ip4/127.0.0.1/tcp/1"] });
    const stops = Promise.all([a.network.stop(), a.network.stop()]);
    await expect(stops).resolves.toEqual([undefined, undefined]);
    expect(a.network.addresses()).toEqual([]);
  });
});
