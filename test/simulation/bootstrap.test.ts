import { describe, expect, test } from "vitest";
import { Clock } from "../support/simulation/clock.js";
import { SimNetwork } from "../support/simulation/sim-network.js";
import { SimNode } from "../support/simulation/sim-node.js";
import { author, START_SECONDS, Story } from "../support/simulation/story.js";

const STRAND = "040000";
/** Longer than a comparison with a peer counts. */
const LONG_MS = 400_000;

/** A bootstrap node that dials no peer, and a function by which others dial it from an address group. */
function bootstrapWorld(seed: number) {
  const network = new SimNetwork(new Clock(START_SECONDS * 1000), seed);
  const boot = network.add(new SimNode(network, "boot"));
  const dialedFrom = (group: string, count: number): SimNode[] =>
    Array.from({ length: count }, (_, i) => {
      const node = network.add(new SimNode(network, `${group} ${i}`));
      node.addressGroup = group;
      network.connect(node, boot);
      return node;
    });
  const strand = () => boot.engine.syncReport().strands.find((row) => row.strand === STRAND);
  return { network, boot, dialedFrom, strand, story: new Story(network) };
}

describe("a bootstrap node that dials no peer", () => {
  const seed = Number(process.env.SIM_SEED ?? Date.now() % 100_000);
  console.info(`SIM_SEED=${seed}`);

  test("a bootstrap node is not in sync with one address group of many identities, and is with a second", () => {
    const { network, boot, dialedFrom, strand, story } = bootstrapWorld(seed);
    story.publish(boot, story.task(author(0), story.nowSeconds + 3600));
    const attackers = dialedFrom("4:attacker", 12);
    network.clock.advance(60_000);
    expect(strand()).toMatchObject({ inSync: false, peers: 12, equalPeers: 12 });
    const [honest] = dialedFrom("4:honest", 1);
    if (honest === undefined) throw new Error("no node");
    story.publish(honest, story.task(author(1), story.nowSeconds + 3600));
    network.clock.advance(60_000);
    expect(strand()).toMatchObject({ inSync: true, peers: 13 });
    expect(boot.engine.sizes().members).toBe(2);
    network.disconnect(honest, boot);
    expect(strand()).toMatchObject({ inSync: false, peers: 12 });
    for (const attacker of attackers) network.disconnect(attacker, boot);
    expect(strand()).toMatchObject({ inSync: false, peers: 0 });
  });

  test("a bootstrap node is not in sync while an honest peer lists missing records", () => {
    const { network, boot, dialedFrom, strand, story } = bootstrapWorld(seed);
    for (const group of ["4:x", "4:y"]) dialedFrom(group, 5);
    network.clock.advance(60_000);
    // Without other peers, two groups meet the rule.
    expect(strand()).toMatchObject({ inSync: true, equalPeers: 10 });
    // The disk is full: the node does not store the records that it receives.
    boot.step({ kind: "disk_full" });
    const [honest] = dialedFrom("4:honest", 1);
    if (honest === undefined) throw new Error("no node");
    story.publish(honest, story.task(author(1), story.nowSeconds + 3600));
    network.clock.advance(120_000);
    expect(strand()).toMatchObject({ inSync: false, peers: 11, equalPeers: 10 });
  });

  test("a bootstrap node that dials no peer is no longer in sync when its peers stop comparing", () => {
    const { network, boot, dialedFrom, strand } = bootstrapWorld(seed);
    const peers = ["4:a", "4:b", "4:c"].flatMap((group) => dialedFrom(group, 1));
    network.clock.advance(60_000);
    expect(strand()).toMatchObject({ inSync: true, equalPeers: 3 });
    // Their links stay open, but they send nothing.
    for (const peer of peers) peer.crash();
    network.clock.advance(LONG_MS);
    expect(strand()).toMatchObject({ inSync: false, peers: 3, equalPeers: 0 });
    expect(boot.engine.syncReport(true).inSync).toBe(false);
  });
});
