import { describe, expect, it } from "vitest";
import { VISITS_MAX, VISITS_PER_GROUP } from "../../src/network/constants.js";
import { takesInbound } from "../../src/network/sessions/inbound-places.js";
import { HELLO_LIMITS } from "../../src/protocol/hello.js";
import { startNode } from "../support/network-nodes.js";
import { RawPeer } from "../support/raw-peer.js";

/** One connection that a peer dialled. */
const ONE_PLACE = { maxConnections: 2 };

describe("places for peers that dial", () => {
  it("a node whose bootstrap node has no place joins through a peer that it names", async () => {
    const full = await startNode(ONE_PLACE);
    const first = await startNode({ bootstrap: [full.address] });
    await full.seen.until("the only place is taken", () => full.seen.ready.length === 1);
    const second = await startNode({ bootstrap: [full.address] });
    await second.seen.until("a peer", () => second.seen.ready.length > 0);
    expect(second.seen.ready.map(({ peer }) => peer)).toEqual([first.peer]);
    expect(second.seen.dialsFailed).toContain("peer_busy");
    expect(full.seen.refused).toContain("referred");
    expect(full.seen.ready.map(({ peer }) => peer)).toEqual([first.peer]);
    // A lack of places is no fault of a peer.
    expect([full, first, second].flatMap(({ seen }) => seen.faults)).toEqual([]);
  });

  it("a place that gets free goes to a peer that had none", async () => {
    const full = await startNode(ONE_PLACE);
    const first = await startNode({ bootstrap: [full.address] });
    await full.seen.until("the only place is taken", () => full.seen.ready.length === 1);
    const raw = await RawPeer.connect(full);
    const referral = await raw.hello();
    expect(referral).toMatchObject({ kind: "referred", by: "them", known: [first.address] });
    await first.network.stop();
    await full.seen.until("it is gone", () => full.seen.gone.length === 1);
    const again = await RawPeer.connect(full);
    expect(await again.hello()).toMatchObject({ kind: "ready" });
  });

  it("visits that say no hello end soon, and those beyond the bound are refused", async () => {
    const full = await startNode(ONE_PLACE);
    await startNode({ bootstrap: [full.address] });
    await full.seen.until("the only place is taken", () => full.seen.ready.length === 1);
    const visits = await Promise.all(Array.from({ length: VISITS_PER_GROUP }, () => RawPeer.connect(full)));
    await expect(RawPeer.connect(full)).rejects.toThrow();
    expect(full.seen.refused).toEqual(["no_room"]);
    expect(full.seen.lines.filter(({ text }) => text.includes("too many peers connect at once"))).toHaveLength(1);
    await full.seen.until("the visits are over", () => full.network.sizes().connections === 1);
    await expect.poll(() => visits.every(({ connection }) => connection.status !== "open")).toBe(true);
    const newcomer = await RawPeer.connect(full);
    expect(await newcomer.hello()).toMatchObject({ kind: "referred" });
  });

  it("one address group does not take the visits of all others", () => {
    const inbound = (remote: string, isVisit: boolean) => ({ remote: `/ip4/${remote}/tcp/1`, isVisit });
    const kept = [1, 2, 3].map((n) => inbound(`8.8.${n}.1`, false));
    const group = Array.from({ length: VISITS_PER_GROUP }, (_, i) => inbound(`9.9.9.${i}`, true));
    const takes = (open: Parameters<typeof takesInbound>[0], remote: string, places: number) =>
      takesInbound(open, `/ip4/${remote}/tcp/1`, places);
    expect(takes(kept.slice(1), "9.9.9.9", 3)).toBe(true);
    expect(takes([...kept, ...group.slice(1)], "9.9.9.200", 3)).toBe(true);
    expect(takes([...kept, ...group], "9.9.9.200", 3)).toBe(false);
    expect(takes([...kept, ...group], "9.9.8.1", 3)).toBe(true);
    const all = Array.from({ length: VISITS_MAX }, (_, i) => inbound(`10.0.0.${i}`, true));
    expect(takes([...kept, ...all], "9.9.8.1", 3)).toBe(false);
    // A place is free, whatever the visits are.
    expect(takes([...kept, ...all], "9.9.8.1", 4)).toBe(true);
  });

  it("a referral names as many peers as a hello at most", async () => {
    const raw = Array.from({ length: HELLO_LIMITS.known + 4 }, () => startNode());
    const peers = await Promise.all(raw);
    const full = await startNode({ maxConnections: 2, bootstrap: peers.map(({ address }) => address) });
    await full.seen.until("all peers", () => full.seen.ready.length === peers.length);
    const taker = await RawPeer.connect(full);
    expect(await taker.hello()).toMatchObject({ kind: "ready" });
    const newcomer = await RawPeer.connect(full);
    const outcome = await newcomer.hello();
    const known = outcome.kind === "referred" ? outcome.known : [];
    expect(new Set(known).size).toBe(HELLO_LIMITS.known);
    expect(peers.map(({ address }) => address)).toEqual(expect.arrayContaining([...known]));
  });
});
