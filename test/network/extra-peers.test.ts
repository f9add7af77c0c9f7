import { describe, expect, it } from "vitest";
import { EXTRA_CONNECTIONS, EXTRA_DIAL_MS, EXTRA_RETRY_MS, TARGET_CONNECTIONS } from "../../src/network/constants.js";
import { Redial } from "../../src/network/dial/redial.js";
import { newPeer } from "../support/network-nodes.js";

describe("a node with enough peers", () => {
  /** A redial whose dials succeed, of a node with enough peers beside those that it dials. */
  async function wellConnected(known: number, answers: () => boolean = () => true) {
    const clock = { nowMs: 0 };
    let draws = 0;
    const open = new Set<string>();
    const connects: string[] = [];
    const released: string[] = [];
    const redial: Redial = new Redial(
      {
        ownPeer: "own",
        dial: async ([first]) => {
          const peer = first?.peer ?? "";
          expect(redial.isExtra(peer)).toBe(true);
          connects.push(peer);
          if (!answers()) throw new Error("nobody there");
          open.add(peer);
          return peer;
        },
        isConnected: (peer) => open.has(peer),
        connectedCount: () => TARGET_CONNECTIONS + open.size,
        failed: () => undefined,
        release: (peer) => {
          released.push(peer);
          open.delete(peer);
          redial.lost(peer, 60_000);
        },
        nowMs: () => clock.nowMs,
        random: () => (draws++ % 10) / 10,
      },
      [],
    );
    const peers = await Promise.all(Array.from({ length: known }, newPeer));
    redial.addKnown(peers.map((peer) => ({ peer, addresses: [`/ip4/127.0.0.1/tcp/9/p2p/${peer}`], lastReachedMs: 0 })));
    const run = async (ms: number) => {
      for (const endMs = clock.nowMs + ms; clock.nowMs < endMs; clock.nowMs += 500) {
        redial.tick();
        await Promise.resolve();
        await Promise.resolve();
      }
    };
    return { redial, open, connects, released, run };
  }

  it("a node with enough peers meets its other known peers one by one, and keeps the newest", async () => {
    const { redial, open, connects, released, run } = await wellConnected(6);
    await run(EXTRA_DIAL_MS / 2);
    expect(connects).toEqual([]);
    await run(20 * EXTRA_DIAL_MS);
    expect(new Set(connects).size).toBe(6);
    expect(open.size).toBe(EXTRA_CONNECTIONS);
    expect([...open]).toEqual(connects.slice(-EXTRA_CONNECTIONS));
    expect(released).toEqual(connects.slice(0, -EXTRA_CONNECTIONS));
    expect(connects.map((peer) => redial.isExtra(peer))).toEqual(connects.map((peer) => open.has(peer)));
  });

  it("a node with enough peers tries another one soon after a dial that failed", async () => {
    const { connects, run } = await wellConnected(6, () => false);
    await run(EXTRA_DIAL_MS);
    const before = connects.length;
    await run(5 * EXTRA_RETRY_MS);
    expect(connects.length - before).toBeGreaterThanOrEqual(3);
    expect(connects.length - before).toBeLessThanOrEqual(5);
  });

  it("the end of an extra connection is no failure of its peer", async () => {
    const { redial, released, run } = await wellConnected(6);
    await run(6 * EXTRA_DIAL_MS);
    expect(released.length).toBeGreaterThan(0);
    expect(redial.reports().map(({ attempts, reason }) => [attempts, reason])).toEqual(Array(6).fill([0, undefined]));
    expect(redial.failing().size).toBe(0);
  });
});
