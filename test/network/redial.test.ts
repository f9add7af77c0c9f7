import { describe, expect, it } from "vitest";
import { type DialAddress, hostAddresses, parseAddress } from "../../src/network/addresses/address-scope.js";
import type { DialReport } from "../../src/network/addresses/dial-target.js";
import {
  ADDRESS_BOOK_MAX,
  BUSY_MAX_MS,
  HINT_REST_MS,
  HINTS_MAX,
  HOST_CONNECTIONS,
  HOST_REST_MS,
  HOSTS_MAX,
  PARALLEL_DIALS,
  REDIAL_MAX_MS,
  TARGET_CONNECTIONS,
} from "../../src/network/constants.js";
import { Redial } from "../../src/network/dial/redial.js";
import { newPeer } from "../support/network-nodes.js";

function at(text: string): DialAddress {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`not an address: ${text}`);
  return address;
}

/** A redial with its own clock, where every dial fails at once. */
function lonely(bootstrap: readonly DialAddress[], connected: { count: number } = { count: 0 }) {
  const clock = { nowMs: 0 };
  const dials: { readonly atMs: number; readonly to: string }[] = [];
  const failures: { readonly report: DialReport; readonly before: string | undefined }[] = [];
  const redial = new Redial(
    {
      ownPeer: "own",
      dial: async ([first]) => {
        dials.push({ atMs: clock.nowMs, to: first?.bare ?? "" });
        throw new Error("nobody there");
      },
      isConnected: () => false,
      connectedCount: () => connected.count,
      failed: (report, before) => failures.push({ report, before }),
      release: () => undefined,
      nowMs: () => clock.nowMs,
      random: () => 0.999,
    },
    bootstrap,
  );
  const run = async (ms: number) => {
    for (const endMs = clock.nowMs + ms; clock.nowMs < endMs; clock.nowMs += 500) {
      redial.tick();
      await Promise.resolve();
      await Promise.resolve();
    }
  };
  return { redial, dials, failures, run };
}

describe("redial", () => {
  it("the redial doubles its waits up to a minute and never drops a bootstrap address", async () => {
    const { dials, run } = lonely([at("/ip4/127.0.0.1/tcp/1")]);
    await run(600_000);
    const waits = dials.slice(1).map(({ atMs }, i) => atMs - (dials[i]?.atMs ?? 0));
    expect(waits.slice(0, 7)).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000]);
    expect(waits.slice(7).every((wait) => wait === REDIAL_MAX_MS)).toBe(true);
    expect(waits.length).toBeGreaterThan(12);
  });

  it("the redial forgets a hint after three failures, and keeps hints and known peers bounded", async () => {
    const { redial, dials, run } = lonely([]);
    const peer = await newPeer();
    redial.addHints([`/ip4/127.0.0.1/tcp/9/p2p/${peer}`], "loopback");
    expect(redial.size).toBe(1);
    await run(60_000);
    expect(dials).toHaveLength(3);
    expect(redial.size).toBe(0);
    const peers = await Promise.all(Array.from({ length: HINTS_MAX + 40 }, newPeer));
    redial.addHints(
      peers.map((id) => `/ip4/127.0.0.1/tcp/9/p2p/${id}`),
      "loopback",
    );
    expect(redial.size).toBe(HINTS_MAX);
    for (const id of peers) redial.reached(id, [at(`/ip4/127.0.0.1/tcp/9/p2p/${id}`)]);
    expect(redial.size).toBeLessThanOrEqual(HINTS_MAX + ADDRESS_BOOK_MAX);
  });

  it("a failed hint is taken again only after a rest, and the number of resting hints is bounded", async () => {
    const { redial, dials, run } = lonely([]);
    const hint = `/ip4/127.0.0.1/tcp/9/p2p/${await newPeer()}`;
    for (let hintedMs = 0; hintedMs < HINT_REST_MS; hintedMs += 15_000) {
      redial.addHints([hint], "loopback");
      await run(15_000);
    }
    expect(dials).toHaveLength(3);
    redial.addHints([hint.replace("/tcp/9/", "/tcp/10/")], "loopback");
    await run(15_000);
    redial.addHints([hint], "loopback");
    await run(15_000);
    expect(dials.slice(3).map(({ to }) => to)).toEqual(
      [10, 10, 10, 9, 9, 9].map((port) => `/ip4/127.0.0.1/tcp/${port}`),
    );
    for (const id of await Promise.all(Array.from({ length: HINTS_MAX + 8 }, newPeer))) {
      redial.addHints([`/ip4/127.0.0.1/tcp/9/p2p/${id}`], "loopback");
      await run(4000);
    }
    expect(redial.restingHints).toBe(HINTS_MAX);
  });

  it("few dials run at once, and known peers are dialled only while connections are too few", async () => {
    const connected = { count: TARGET_CONNECTIONS };
    const { redial, dials, run } = lonely([at("/ip4/127.0.0.1/tcp/1")], connected);
    for (const port of [2, 3]) redial.addHints([`/ip4/127.0.0.1/tcp/${port}/p2p/${await newPeer()}`], "loopback");
    await run(10_000);
    expect(new Set(dials.map(({ to }) => to))).toEqual(new Set(["/ip4/127.0.0.1/tcp/1"]));
    connected.count = TARGET_CONNECTIONS - 1;
    await run(120_000);
    expect(new Set(dials.map(({ to }) => to)).size).toBe(3);
    expect(PARALLEL_DIALS).toBeLessThanOrEqual(TARGET_CONNECTIONS);
  });
});

describe("nodes without room", () => {
  it("a node that has no room is dialled ever less often, at last every 5 minutes", async () => {
    const peer = await newPeer();
    const { redial, dials, run } = lonely([at(`/ip4/127.0.0.1/tcp/1/p2p/${peer}`)]);
    const tries: number[] = [];
    for (let step = 0; step < 3600; step++) {
      const before = dials.length;
      await run(500);
      if (dials.length === before) continue;
      tries.push(step / 2);
      redial.refused(peer, "peer_busy");
    }
    const waits = tries.slice(1).map((atS, i) => atS - (tries[i] ?? 0));
    // The wait doubles twice each time: here each dial also fails.
    expect(waits.slice(0, 6).map((wait) => Math.floor(wait / 10) * 10)).toEqual([10, 40, 160, 300, 300, 300]);
    expect(BUSY_MAX_MS).toBe(300_000);
  });
});

describe("nodes of another network", () => {
  it("nodes of another network are dialled after 30 s, doubled up to 10 minutes, until they join", async () => {
    const peer = await newPeer();
    const { redial, dials, failures, run } = lonely([at(`/ip4/127.0.0.1/tcp/1/p2p/${peer}`)]);
    const tries: number[] = [];
    for (let step = 0; step < 7200; step++) {
      const before = dials.length;
      await run(500);
      if (dials.length === before) continue;
      tries.push(step / 2);
      redial.refused(peer, "wrong_network");
    }
    const waits = tries.slice(1).map((atS, i) => atS - (tries[i] ?? 0));
    expect(waits.map((wait) => Math.round(wait / 30) * 30).slice(0, 6)).toEqual([30, 60, 120, 240, 480, 600]);
    expect(redial.reports()[0]).toMatchObject({
      state: "waiting",
      reason: "wrong_network",
      address: expect.any(String),
    });
    redial.reached(peer, [at(`/ip4/127.0.0.1/tcp/1/p2p/${peer}`)]);
    expect(redial.reports()[0]).toMatchObject({ reason: undefined });
    redial.lost(peer, 120_000);
    const [next] = redial.reports();
    expect((next?.nextMs ?? 0) - (next?.triedMs ?? 0)).toBeLessThanOrEqual(600_000);
    expect(failures.at(-1)).toMatchObject({ report: { reason: "lost" }, before: undefined });
  });

  it("nodes of another network that a peer named are dropped at once", async () => {
    const { redial } = lonely([]);
    const peer = await newPeer();
    redial.addHints([`/ip4/127.0.0.1/tcp/9/p2p/${peer}`], "loopback");
    redial.refused(peer, "wrong_genesis");
    expect([redial.size, redial.restingHints]).toEqual([0, 1]);
  });
});

describe("hints of one peer", () => {
  it("of the hints of one peer the newest two addresses of each family are kept", async () => {
    const peer = await newPeer();
    const to: string[][] = [];
    const redial = new Redial(
      {
        ...{ ownPeer: "own", isConnected: () => false, connectedCount: () => 0, nowMs: () => 0 },
        ...{ failed: () => {}, release: () => {} },
        dial: (addresses) => {
          to.push(addresses.map(({ bare }) => bare));
          return Promise.reject(new Error("nobody there"));
        },
        random: () => 0,
      },
      [],
    );
    const bare = [...[1, 2, 3, 4].map((n) => `/ip4/8.8.8.${n}/tcp/1`), "/ip6/2a00::1/tcp/1"];
    redial.addHints(
      bare.map((text) => `${text}/p2p/${peer}`),
      "public",
    );
    redial.tick();
    expect(to).toEqual([bare.slice(2)]);
  });
});

describe("hosts of the chain", () => {
  it("hosts of the chain are dialled one at a time, once, while peers are few and nothing else is due", async () => {
    const connected = { count: HOST_CONNECTIONS };
    const { redial, dials, run } = lonely([], connected);
    redial.addHosts([at("/ip4/127.0.0.1/tcp/1"), at("/ip4/127.0.0.1/tcp/2")]);
    await run(10_000);
    expect(dials).toEqual([]);
    connected.count = HOST_CONNECTIONS - 1;
    redial.addHints([`/ip4/127.0.0.1/tcp/9/p2p/${await newPeer()}`], "loopback");
    await run(500);
    expect(dials.map(({ to }) => to)).toEqual(["/ip4/127.0.0.1/tcp/9"]);
    await run(60_000);
    expect(dials.slice(1).filter(({ to }) => !to.endsWith("/9"))).toHaveLength(2);
    expect(redial.size).toBe(0);
  });

  it("hosts of the chain rest for an hour after a failure, and are bounded", async () => {
    const { redial, dials, run } = lonely([]);
    const host = at("/ip4/127.0.0.1/tcp/1");
    for (let hintedMs = 0; hintedMs < HOST_REST_MS; hintedMs += 60_000) {
      redial.addHosts([host]);
      await run(60_000);
    }
    expect(dials).toHaveLength(1);
    redial.addHosts([host]);
    await run(1000);
    expect(dials).toHaveLength(2);
    redial.addHosts(Array.from({ length: HOSTS_MAX + 9 }, (_, i) => at(`/ip4/127.0.0.1/tcp/${i + 2}`)));
    expect(redial.size).toBe(HOSTS_MAX);
  });

  it("hosts of the chain are not dialled if a peer is known by the same address", () => {
    const { redial } = lonely([at("/ip4/127.0.0.1/tcp/1")]);
    redial.addHosts([at("/ip4/127.0.0.1/tcp/1")]);
    expect(redial.size).toBe(1);
  });

  it("hosts of the chain have a scope that the node listens in, exclude the node itself, and are IP addresses", () => {
    const hosts = ["127.0.0.1", "10.0.0.9", "8.8.8.8", "::1", "2a00::1", "fe80::1%eth0", "example.org", "", "1.2.3"];
    const tried = (own: readonly string[]) => hostAddresses(hosts, 7, own).map(({ bare }) => bare);
    expect(tried(["/ip4/127.0.0.1/tcp/8"])).toEqual(["/ip4/127.0.0.1/tcp/7", "/ip6/::1/tcp/7"]);
    expect(tried(["/ip4/127.0.0.1/tcp/7"])).toEqual(["/ip6/::1/tcp/7"]);
    const publicOnes = ["/ip4/8.8.8.8/tcp/7", "/ip6/2a00::1/tcp/7"];
    expect(tried(["/ip4/127.0.0.1/tcp/8", "/ip4/192.168.1.2/tcp/8"])).toEqual(["/ip4/10.0.0.9/tcp/7", ...publicOnes]);
    expect(tried(["/ip4/192.168.1.2/tcp/8", "/ip4/9.9.9.9/tcp/8"])).toEqual(publicOnes);
    expect(tried([])).toEqual(publicOnes);
  });
});

describe("addresses of dnsaddr names", () => {
  it("new addresses of a dnsaddr name replace the earlier ones, and a removed address leaves no target", async () => {
    const { redial } = lonely([]);
    const peer = await newPeer();
    const led = () =>
      redial
        .reports()
        .map(({ address }) => address.split("/p2p/")[0])
        .sort();
    for (let i = 1; i <= 50; i += 1) redial.setSeeds("/dnsaddr/one", [at(`/ip4/192.0.2.${i}/tcp/1/p2p/${peer}`)]);
    expect(led()).toEqual(["/ip4/192.0.2.50/tcp/1"]);
    redial.setSeeds("/dnsaddr/two", [at(`/ip4/192.0.2.51/tcp/1/p2p/${peer}`)]);
    expect(led()).toEqual(["/ip4/192.0.2.50/tcp/1", "/ip4/192.0.2.51/tcp/1"]);
    // The first name has other addresses now; the second still names the peer.
    redial.setSeeds("/dnsaddr/one", []);
    expect(led()).toEqual(["/ip4/192.0.2.51/tcp/1"]);
    redial.setSeeds("/dnsaddr/two", []);
    expect(led()).toEqual([]);
  });
});
