import { expect, it } from "vitest";
import { encodeBundle } from "../../src/protocol/bundle.js";
import { Adversary } from "./adversary.js";
import { damaged, newAuthor, task } from "./forge.js";
import { stillTalk, WatchedNode } from "./watched-node.js";

/** A bundle that every node rejects: its only signature is bad. */
const bad = (): Uint8Array => encodeBundle([damaged(task(newAuthor()).envelope, -96)]);

async function pair(): Promise<{ victim: WatchedNode; honest: WatchedNode }> {
  const victim = await WatchedNode.forTest();
  const honest = await WatchedNode.forTest({ bootstrap: [victim.address] });
  await honest.until("the hello", () => honest.control.peers().length === 1);
  return { victim, honest };
}

const refused = (victim: WatchedNode): number => victim.count("connections_refused", "rejected_bundles");

it("three rejected bundles close a peer and refuse it, and a peer of the same address that sent none stays", async () => {
  const { victim, honest } = await pair();
  const adversary = await Adversary.join(victim);
  for (let i = 0; i < 3; i++) await adversary.gossip(bad());
  await victim.until("its end", () => victim.scoreOf(adversary.peer) === undefined);
  expect(victim.count("peer_faults", "rejected_bundles")).toBe(1);
  expect(victim.control.health().faults.map(({ code }) => code)).toContain("peers_refused");
  // The adversary dials again by itself.
  await victim.until("a refused connection", () => refused(victim) > 0);
  expect(victim.scoreOf(adversary.peer)).toBeUndefined();
  expect(victim.scoreOf(honest.peer)).toBeGreaterThanOrEqual(0.5);
  await stillTalk(honest, victim);
  await stillTalk(victim, honest);
});

it("an attacker that takes a new identity for each bundle is refused with the third", async () => {
  const { victim, honest } = await pair();
  for (let i = 0; i < 3; i++) {
    const adversary = await Adversary.join(victim);
    await adversary.gossip(bad());
    await victim.until("the verdict", () => victim.count("bundles_in", "reject") === i + 1);
    await adversary.node.network.stop();
  }
  const late = Adversary.join(victim);
  late.catch(() => undefined);
  await victim.until("a refused connection", () => refused(victim) > 0);
  expect(victim.count("peer_faults", "rejected_bundles")).toBe(1);
  await stillTalk(honest, victim);
});
