import { describe, expect, it } from "vitest";
import { ReferenceKernel } from "../../src/kernel/index.js";
import { faultWatches, type WatchedParts } from "../../src/manager/assembly/fault-watches.js";
import { DoubledPeerIds } from "../../src/network/reach/doubled-peer-ids.js";
import { toHex } from "../../src/protocol/bytes.js";
import { newKey, newNodeKey, startNode, type TestNode } from "../support/network-nodes.js";

const NOW_MS = 1_800_000_000_000;
const bare = (address: string): string => address.split("/p2p/")[0] ?? "";

describe("two nodes with one libp2p key", () => {
  it("the second node with a libp2p key is refused, reports why, and connects after the first left", async () => {
    const libp2pKey = await newKey();
    const [b, c] = [await startNode(), await startNode()];
    const bootstrap = [b.address, c.address];
    const first = await startNode({ libp2pKey, bootstrap });
    await first.seen.until("both peers", () => first.seen.ready.length === 2);
    const second = await startNode({ libp2pKey, bootstrap });
    await second.seen.until("the fault", () => second.network.reach.doubledPeerId !== undefined);
    expect(second.network.reach.doubledPeerId).toContain("another node with its libp2p key is connected there");
    expect(second.network.reach.report().bootstrap[0]?.reason).toBe("peer_id_in_use");
    expect([first.network.reach.doubledPeerId, first.seen.gone, b.seen.gone, c.seen.gone]).toEqual([
      undefined,
      [],
      [],
      [],
    ]);
    expect(b.seen.lines.some(({ text }) => text.includes("copied libp2p.key"))).toBe(true);
    await first.network.stop();
    await second.seen.until("connected", () => second.seen.ready.length === 2);
    await second.seen.until("over", () => second.network.reach.doubledPeerId === undefined);
  });

  it("two nodes with one libp2p key on one machine find each other at the other's own address", async () => {
    const libp2pKey = await newKey();
    const first = await startNode({ libp2pKey });
    const second = await startNode({ libp2pKey, bootstrap: [bare(first.address)] });
    await second.seen.until("the fault", () => second.network.reach.doubledPeerId !== undefined);
    expect(second.network.reach.doubledPeerId).toContain(`answers at ${bare(first.address)}`);
    const own = await startNode({ listen: [bare(first.address).replace(/\d+$/, "0")] });
    await expect(own.network.dial(bare(own.address))).rejects.toMatchObject({ code: "own_peer_id" });
    expect(own.network.reach.doubledPeerId).toBeUndefined();
  });
});

describe("two nodes with one node key", () => {
  it("two nodes with one node key stay connected, and each reports the other's address meanwhile", async () => {
    const nodeKey = newNodeKey();
    const kernel = new ReferenceKernel("test");
    const signer = {
      publicKey: kernel.publicKey(nodeKey),
      sign: async (message: Uint8Array) => kernel.sign(nodeKey, message),
    };
    const first = await startNode({ signer });
    const second = await startNode({ signer, bootstrap: [first.address] });
    for (const { seen } of [first, second]) await seen.until("ready", () => seen.ready.length === 1);
    const watched = ({ network }: TestNode, nodeKey: string) =>
      faultWatches({ network, nodeKey } as Partial<WatchedParts> as WatchedParts)
        .find(({ code }) => code === "doubled_node_key")
        ?.active();
    const faultOf = (node: TestNode) => watched(node, toHex(signer.publicKey));
    expect(faultOf(second)).toEqual({ text: `the peer at ${first.address} uses the node key of this node` });
    expect(faultOf(first)).toMatchObject({ text: expect.stringMatching(/^the peer at \/ip4\/127.0.0.1/) });
    expect(watched(second, toHex(newNodeKey()))).toBeUndefined();
    await second.network.stop();
    await first.seen.until("gone", () => first.seen.gone.length === 1);
    expect(faultOf(first)).toBeUndefined();
  });
});

describe("a report that another node has the same key", () => {
  it("a report of the same key needs the only peer or two address groups, and expires in 3 minutes", () => {
    const doubledPeerIds = new DoubledPeerIds();
    doubledPeerIds.refused("a", "4:c63364", NOW_MS);
    doubledPeerIds.refused("b", "4:c63364", NOW_MS);
    expect(doubledPeerIds.report(0, NOW_MS)).toContain("a peer refused this node");
    expect(doubledPeerIds.report(1, NOW_MS)).toBeUndefined();
    doubledPeerIds.refused("c", "4:cb0071", NOW_MS + 1000);
    expect(doubledPeerIds.report(1, NOW_MS)).toContain("2 peers refused this node");
    doubledPeerIds.accepted("c", "4:cb0071");
    expect(doubledPeerIds.report(1, NOW_MS)).toBeUndefined();
    expect(doubledPeerIds.report(0, NOW_MS + 180_001)).toBeUndefined();
    expect(doubledPeerIds.size).toBe(0);
  });

  it("a report of the same key is ignored by a node that made its key in this run, even from its only peer", () => {
    const doubledPeerIds = new DoubledPeerIds(true);
    doubledPeerIds.refused("a", "4:c63364", NOW_MS);
    doubledPeerIds.refused("b", "4:cb0071", NOW_MS);
    doubledPeerIds.foundAt("/ip4/127.0.0.1/tcp/1", NOW_MS);
    expect(doubledPeerIds.report(0, NOW_MS)).toBeUndefined();
  });

  it("a report of the same key counts once for each peer on loopback, and only the latest reports are kept", () => {
    const doubledPeerIds = new DoubledPeerIds();
    for (let n = 0; n < 100; n++) doubledPeerIds.refused(`peer ${n}`, "loopback", NOW_MS);
    expect(doubledPeerIds.size).toBe(64);
  });
});
