import { afterEach, describe, expect, test, vi } from "vitest";
import { RawPeer } from "./network/index.js";
import { helloOf, type Member, NetworkWorld, TOPIC } from "./network-world.js";

vi.mock("../../src/network/libp2p-node.js", () => import("./network/libp2p-node.js"));
vi.mock("node:timers/promises", () => import("./platform/timers-promises.js"));
vi.mock("node:os", async (original) => {
  const { networkInterfaces } = await import("./platform/interfaces.js");
  return { ...(await original<typeof import("node:os")>()), networkInterfaces };
});

let world: NetworkWorld | undefined;

function open(...parameters: ConstructorParameters<typeof NetworkWorld>): NetworkWorld {
  world = new NetworkWorld(...parameters);
  return world;
}

afterEach(() => {
  world?.close();
  world = undefined;
});

describe("the simulated network", () => {
  test("connects nodes and reports each peer with its facts and its clock", async () => {
    const w = open(1);
    const [a, b] = [w.add(), w.add()];
    await w.run(10);
    expect(a.ready).toHaveLength(1);
    expect(b.ready).toHaveLength(1);
    expect(b.ready[0]?.facts).toMatchObject({
      dialed: true,
      chosen: true,
      addressGroup: "4:0a000001",
      agent: "test/1",
    });
    expect(a.ready[0]?.facts).toMatchObject({ dialed: false });
    expect(Math.abs((a.ready[0]?.clock?.clockMs ?? 0) - w.schedule.nowMs)).toBeLessThan(11_000);
    expect(a.subscribed).toHaveLength(1);
    expect(a.network?.reach.isolation).toBeUndefined();
  });

  test("sends through a connection that ended fails, also after the peer has another", async () => {
    const w = open(3);
    const [a, b] = [w.add(), w.add()];
    await w.run(10);
    const peer = a.ready[0]?.facts.peer ?? "";
    const before = w.as(a, (network) => network.sender(peer));
    w.as(a, () => before.send(new Uint8Array(1)));
    await w.run(1);
    expect(b.frames).toHaveLength(1);
    w.crash(b);
    w.start(b);
    await w.run(60);
    expect(a.ready).toHaveLength(2);
    await expect(w.as(a, () => before.send(new Uint8Array(1)))).rejects.toMatchObject({ code: "peer_gone" });
    const now = w.as(a, (network) => network.sender(peer));
    w.as(a, () => now.send(new Uint8Array(2)));
    await w.run(1);
    expect(b.frames.map(({ length }) => length)).toEqual([1, 2]);
  });

  test("delivers the frames of a stream in order, and no faster than they are read", async () => {
    const w = open(2);
    const [a, b] = [w.add(), w.add()];
    await w.run(10);
    const peer = a.ready[0]?.facts.peer ?? "";
    const reads: (() => void)[] = [];
    b.onFrame = () => new Promise((resolve) => reads.push(resolve));
    const frame = (i: number) => new Uint8Array(60_000).fill(i);
    let written = 0;
    for (let i = 0; i < 20; i++) {
      void w
        .as(a, (network) => network.send(peer, frame(i)))
        .then(() => {
          written++;
        });
    }
    await w.run(5);
    expect(b.frames).toHaveLength(1);
    // Two windows wait at the reader at most, and one frame in the stream of the sender.
    expect(written).toBeLessThan(10);
    for (let i = 0; i < 20; i++) {
      reads.shift()?.();
      await w.run(1);
    }
    expect(written).toBe(20);
    expect(b.frames.map(([first]) => first)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(b.frames.every(({ length }) => length === 60_000)).toBe(true);
  });

  test("ends the connection of a peer that does not read a frame in time", async () => {
    const w = open(3);
    const [a, b] = [w.add(), w.add()];
    await w.run(10);
    b.onFrame = () => new Promise(() => undefined);
    const peer = a.ready[0]?.facts.peer ?? "";
    const codes: string[] = [];
    for (let i = 0; i < 40; i++) {
      w.as(a, (network) => network.send(peer, new Uint8Array(60_000), { timeoutMs: 4000 })).catch((error) => {
        codes.push(error.code);
      });
    }
    await w.run(5);
    expect(codes).toContain("peer_busy");
    expect(a.faults).toContain("peer_busy");
    expect(a.gone).toEqual([peer]);
    expect(b.gone).toHaveLength(1);
  });

  test("delivers each message to all of 50 nodes while 5 % of the gossip is lost", async () => {
    const w = open(4, { minMs: 5, meanMs: 30, loss: 0.05, duplicates: 0.05, reorder: 0.1 });
    const members = Array.from({ length: 50 }, () => w.add());
    await w.run(30);
    for (let i = 0; i < 100; i++) {
      w.publish(members[i % 50] as Member, `message ${i}`);
      await w.run(0.2);
    }
    await w.run(5);
    // Each node publishes two of the messages.
    expect(members.map(({ got }) => got.size)).toEqual(members.map(() => 98));
    const { counts } = w.net;
    expect(counts.gossipLost).toBeGreaterThan(100);
    expect(counts.gossipTwice).toBeGreaterThan(100);
    expect(counts.gossipReordered).toBeGreaterThan(100);
    expect(counts.gossipRepaired).toBeGreaterThan(0);
  });

  test("keeps groups apart during a partition and joins them after it", async () => {
    const w = open(5);
    const members = Array.from({ length: 10 }, () => w.add());
    await w.run(20);
    const names = members.map(({ name }) => name);
    const end = w.net.partition([names.slice(0, 5), names.slice(5)]);
    w.publish(members[0] as Member, "during the partition");
    await w.run(60);
    expect(members.filter(({ got }) => got.has("during the partition"))).toHaveLength(4);
    for (const { network } of members) expect(network?.peers().length ?? 0).toBeLessThanOrEqual(4);
    end();
    await w.run(120);
    for (const { network } of members) expect(network?.peers().length ?? 0).toBeGreaterThan(4);
    w.publish(members[9] as Member, "after the partition");
    await w.run(5);
    expect(members.filter(({ got }) => got.has("after the partition"))).toHaveLength(9);
    expect(w.net.counts.timeouts).toBeGreaterThan(20);
  });

  test("holds the bytes of a short block and delivers them after it", async () => {
    const w = open(6);
    const [a, b] = [w.add(), w.add()];
    await w.run(10);
    const end = w.net.mute(a.name);
    void w.as(a, (network) => network.send(a.ready[0]?.facts.peer ?? "", Uint8Array.of(1)));
    w.publish(a, "muted");
    await w.run(8);
    expect(b.frames).toHaveLength(0);
    end();
    await w.run(5);
    expect(b.frames).toHaveLength(1);
    expect([...b.got]).toEqual(["muted"]);
    expect(b.gone).toHaveLength(0);
  });

  test("shows a crash to peers at once, or after their time limits, and lets the node come back", async () => {
    const w = open(7);
    const members = Array.from({ length: 4 }, () => w.add());
    const [boot, crashed, silent] = members as [Member, Member, Member, Member];
    await w.run(15);
    w.crash(crashed);
    await w.run(1);
    expect(boot.gone).toHaveLength(1);
    w.crash(silent, true);
    await w.run(10);
    expect(boot.gone).toHaveLength(1);
    await w.run(25);
    expect(boot.gone).toHaveLength(2);
    w.start(crashed);
    w.start(silent);
    await w.run(90);
    for (const { network } of members)
      expect(network?.peers().filter(({ state }) => state === "ready")).toHaveLength(3);
    w.publish(silent, "back");
    await w.run(3);
    expect(members.filter(({ got }) => got.has("back"))).toHaveLength(3);
  });

  test("refuses a peer of another network, and lets a raw peer break rules", async () => {
    const w = open(8);
    const [a] = [w.add()];
    await w.run(2);
    const start = (name: string, port: number, changes: Partial<Parameters<typeof RawPeer.start>[1]> = {}) => {
      const bootstrap = ["/ip4/10.0.0.1/tcp/2140"];
      const hello = helloOf(name, () => w.schedule.nowMs);
      return RawPeer.start(w.net, { ...hello, name, ip: "10.9.0.1", port, bootstrap, ...changes });
    };
    const { identity } = helloOf("x", () => 0);
    const foreign = start("foreign", 2140, { identity: { ...identity, genesis: new Uint8Array(32) } });
    const raw = start("raw", 2141);
    await w.run(5);
    expect(a.faults).toContain("wrong_genesis");
    expect((await foreign).ready.size).toBe(0);
    const peer = await raw;
    expect(a.ready.map(({ facts }) => facts.addressGroup)).toEqual(["4:0a090001"]);
    expect(peer.gossip("all", TOPIC, new TextEncoder().encode("raw"))).toBe(1);
    peer.gossip("all", TOPIC, new TextEncoder().encode("signed"), new Uint8Array(32));
    peer.gossip("all", "another topic", new Uint8Array(3));
    peer.garbage("all", new Uint8Array(3));
    await w.run(1);
    expect([...a.got]).toEqual(["raw"]);
    expect(a.dropped).toEqual(["signed", "foreign_topic", "malformed"]);
    expect(peer.writeBytes([...peer.ready.keys()][0] ?? "", new Uint8Array(8).fill(255))).toBe(true);
    await w.run(1);
    expect(a.faults).toContain("frame_too_large");
    expect(a.gone).toHaveLength(1);
  });

  test("gives the same counts for the same seed, and others for another", async () => {
    const run = async (seed: number) => {
      const w = open(seed, { loss: 0.05, reorder: 0.1 });
      const members = Array.from({ length: 12 }, () => w.add());
      await w.run(10);
      for (let i = 0; i < 20; i++) w.publish(members[i % 12] as Member, `message ${i}`);
      await w.run(5);
      w.crash(members[3] as Member);
      await w.run(40);
      const result = JSON.stringify([w.net.counts, w.schedule.events]);
      w.close();
      return result;
    };
    const first = await run(9);
    expect(await run(9)).toBe(first);
    expect(await run(10)).not.toBe(first);
  });
});
