import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { claimedAddresses, eachFamily, parseAddress } from "../../src/network/addresses/address-scope.js";
import { addressProblem } from "../../src/network/addresses/given-address.js";
import { ObservedAddresses } from "../../src/network/addresses/observed-addresses.js";
import { OwnAddresses } from "../../src/network/addresses/own-addresses.js";
import { knownFor, seenAt, usableBy } from "../../src/network/addresses/received-addresses.js";
import { ANNOUNCED_REFRESH_MS, OBSERVERS_MAX } from "../../src/network/constants.js";
import { defaultListen } from "../../src/network/reach/default-listen.js";
import { HELLO_LIMITS } from "../../src/protocol/hello.js";
import { newPeer } from "../support/network-nodes.js";

const PEER = "12D3KooWDjfWbE7Rx8DH7XmmFiSYzJW65TDvyEArvxEwy6K929Hr";

describe("configured addresses", () => {
  const bad: readonly (readonly [string, "dial" | "listen" | "announce", string])[] = [
    ["", "dial", "empty"],
    ["node.example:2135", "dial", "not a multiaddr"],
    ["/ip4/192.0.2.7", "dial", "no port"],
    ["/ip4/192.0.2.7/tcp/0", "dial", "port 0"],
    ["/ip4/192.0.2.7/tcp/70000", "dial", "not a multiaddr"],
    ["/ip4/192.0.2.7/udp/2135/quic-v1", "dial", "udp is not supported"],
    ["/ip4/192.0.2.7/tcp/2135/ws", "dial", "/ws after the port"],
    ["/ip4/0.0.0.0/tcp/2135", "dial", "one machine"],
    ["/ip6/ff02::1/tcp/2135", "announce", "one machine"],
    ["/ip4/192.0.2.7/tcp/2135/p2p/QmWrong", "dial", "Ed25519"],
    [`/ip4/192.0.2.7/tcp/2135/p2p/${PEER}/p2p-circuit`, "dial", "no relays"],
    ["/dns4/-bad-/tcp/2135", "dial", "not a DNS name"],
    ["/dnsaddr/seed.example/tcp/2135", "dial", "only a peer id"],
    ["/dnsaddr/seed.example", "announce", "dnsaddr"],
    ["/dns4/node.example/tcp/2135", "listen", "IP address"],
    [`/ip4/127.0.0.1/tcp/0/p2p/${PEER}`, "listen", "peer id"],
    [`/ip4/192.0.2.7/tcp/2135/${"x".repeat(300)}`, "dial", "longer"],
  ];

  it.each(bad)("the address %s is refused for %s: %s", (text, use, why) => {
    expect(addressProblem(text, use)).toContain(why);
  });

  it("addresses are accepted where they can be used, and no text makes the parser throw", () => {
    const good = [
      "/ip4/192.0.2.7/tcp/1",
      `/ip6/2a00::1/tcp/1/p2p/${PEER}`,
      "/dns/a-b.example./tcp/1",
      "/dns6/localhost/tcp/65535",
    ];
    for (const text of [...good, "/dnsaddr/seed.example", `/dnsaddr/seed.example/p2p/${PEER}`]) {
      expect([text, addressProblem(text, "dial")]).toEqual([text, undefined]);
    }
    for (const text of good) expect(addressProblem(text, "announce")).toBeUndefined();
    for (const text of ["/ip4/0.0.0.0/tcp/0", "/ip6/::/tcp/2135"])
      expect(addressProblem(text, "listen")).toBeUndefined();
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `/ip4/${text}`),
        ),
        (text) => {
          // Every address that is accepted for dialling can be dialled.
          if (addressProblem(text, "dial") === undefined) expect(parseAddress(text)).toBeDefined();
        },
      ),
    );
  });

  it("the default listen address is loopback only while all configured addresses are on this machine", () => {
    expect(defaultListen([])).toEqual(["/ip4/127.0.0.1/tcp/2135"]);
    expect(defaultListen(["/ip4/127.0.0.1/tcp/1", "/ip6/::1/tcp/1", "/dns4/localhost/tcp/1"])).toHaveLength(1);
    for (const there of ["/ip4/10.0.0.1/tcp/1", "/dns/node.example/tcp/1", "/dnsaddr/seed.example"]) {
      expect(defaultListen(["/ip4/127.0.0.1/tcp/1", there])[0]).toBe("/ip4/0.0.0.0/tcp/2135");
    }
  });
});

describe("addresses sent to peers", () => {
  it("a peer with both address families is sent one address of each, the family of its connection first", async () => {
    const [dual, six] = [await newPeer(), await newPeer()];
    const entries = [
      { peer: dual, addresses: [`/ip6/2a00::1/tcp/1/p2p/${dual}`, `/ip4/8.8.8.8/tcp/1/p2p/${dual}`], lastReachedMs: 2 },
      { peer: six, addresses: [`/ip6/2a00::2/tcp/1/p2p/${six}`], lastReachedMs: 1 },
    ];
    expect(knownFor(entries, PEER, "/ip4/9.9.9.9/tcp/4000")).toEqual([
      `/ip4/8.8.8.8/tcp/1/p2p/${dual}`,
      `/ip6/2a00::2/tcp/1/p2p/${six}`,
      `/ip6/2a00::1/tcp/1/p2p/${dual}`,
    ]);
    expect(knownFor(entries, dual, "/ip6/2a00::9/tcp/4000")).toEqual([`/ip6/2a00::2/tcp/1/p2p/${six}`]);
    const many = Array.from({ length: 20 }, () => entries[0] ?? { peer: "", addresses: [], lastReachedMs: 0 });
    const advertised = knownFor(many, PEER, "/ip4/9.9.9.9/tcp/4000");
    expect(advertised).toHaveLength(HELLO_LIMITS.known);
    expect(advertised.every((text) => text.startsWith("/ip4/"))).toBe(true);
  });

  it("peers of one address group do not fill the addresses that a peer gets, unless there are no others", async () => {
    const entry = async (ip: string) => {
      const peer = await newPeer();
      return { peer, addresses: [`/ip4/${ip}/tcp/1/p2p/${peer}`], lastReachedMs: 0 };
    };
    const crowd = await Promise.all(Array.from({ length: 64 }, (_, i) => entry(`9.9.9.${i}`)));
    const others = await Promise.all([1, 2, 3].map((i) => entry(`8.8.${i}.1`)));
    const known = knownFor([...crowd, ...others], PEER, "/ip4/7.7.7.7/tcp/4000");
    expect(known).toHaveLength(HELLO_LIMITS.known);
    expect(known.slice(2, 5)).toEqual(others.map(({ addresses }) => addresses[0]));
    expect(known.filter((text) => text.startsWith("/ip4/9.9.9."))).toHaveLength(HELLO_LIMITS.known - 3);
  });

  it("one address of each family is sent, however many one family has", () => {
    const four = Array.from({ length: 20 }, (_, i) => `/ip4/8.8.8.${i}/tcp/1`);
    expect(eachFamily([...four, "/ip6/2a00::1/tcp/1"], 3)).toEqual([four[0], four[1], "/ip6/2a00::1/tcp/1"]);
    expect(usableBy("public", [...four, "/ip4/10.0.0.1/tcp/1", "/ip6/2a00::1/tcp/1"])).toContain("/ip6/2a00::1/tcp/1");
    expect(eachFamily([], 3)).toEqual([]);
    expect(claimedAddresses(PEER, [...four, "/ip6/2a00::1/tcp/1"], "public")).toContain(
      `/ip6/2a00::1/tcp/1/p2p/${PEER}`,
    );
  });

  it("the observed address of a peer is sent only if it is an IP address", () => {
    expect(seenAt(`/ip4/192.0.2.7/tcp/4000/p2p/${PEER}`)).toBe("/ip4/192.0.2.7/tcp/4000");
    expect(seenAt("/dns4/node.example/tcp/1")).toBe("");
    expect(seenAt("/unix/x")).toBe("");
  });
});

describe("own addresses", () => {
  const listening = ["/ip4/127.0.0.1/tcp/1", "/ip4/192.0.2.7/tcp/1", "/ip6/2a00:0:1::1/tcp/1"];

  it("addresses that have left the machine are not sent, and are sent again when they come back", () => {
    const clock = { nowMs: 0 };
    let hosts = ["127.0.0.1", "192.0.2.7", "2a00:0000:0001:0::1"];
    const own = new OwnAddresses({
      ...{ ownPeer: PEER, announce: [], failed: () => {} },
      listening: () => listening,
      resolver: { txt: async () => [], addresses: async () => [] },
      nowMs: () => clock.nowMs,
      hosts: () => hosts,
    });
    expect(own.advertised()).toEqual(listening);
    hosts = ["127.0.0.1"];
    clock.nowMs += 5000;
    expect(own.advertised()).toEqual([listening[0]]);
    expect(own.gone()).toEqual(listening.slice(1));
    hosts = ["127.0.0.1", "192.0.2.7"];
    clock.nowMs += 5000;
    expect(own.listening()).toEqual(listening.slice(0, 2));
  });

  it("addresses announced by name follow the name, and stay while it does not resolve", async () => {
    const clock = { nowMs: 0 };
    let answer: () => Promise<readonly string[]> = async () => ["192.0.2.7", "0.0.0.0"];
    const failures: (string | undefined)[] = [];
    const own = new OwnAddresses({
      ...{ ownPeer: PEER, announce: ["/dns4/node.example/tcp/9"], listening: () => listening },
      failed: ({ reason }) => failures.push(reason),
      resolver: { txt: async () => [], addresses: () => answer() },
      nowMs: () => clock.nowMs,
    });
    const resolved = async () => {
      own.tick();
      await new Promise((resolve) => setImmediate(resolve));
      return own.announced()[0]?.advertised;
    };
    const advertised = (host: string) => [`/ip4/${host}/tcp/9/p2p/${PEER}`];
    expect(own.advertised()).toEqual([listening[0]]);
    expect(await resolved()).toEqual(advertised("192.0.2.7"));
    answer = async () => ["192.0.2.8"];
    expect(await resolved()).toEqual(advertised("192.0.2.7"));
    clock.nowMs += ANNOUNCED_REFRESH_MS;
    expect(await resolved()).toEqual(advertised("192.0.2.8"));
    answer = () => Promise.reject(Object.assign(new Error("no"), { code: "EAI_AGAIN" }));
    clock.nowMs += ANNOUNCED_REFRESH_MS;
    expect(await resolved()).toEqual(advertised("192.0.2.8"));
    expect(failures).toEqual(["name_not_resolved"]);
    expect(own.advertised()).toEqual([...advertised("192.0.2.8"), listening[0]]);
  });
});

describe("the observed addresses of a node", () => {
  it("observed addresses are bounded, count the latest report of each address group, and exclude own addresses", () => {
    const observed = new ObservedAddresses();
    for (let i = 0; i < 500; i++) observed.note("4:attacker", `/ip4/6.6.6.${i % 250}/tcp/1`);
    for (const group of ["a", "b", "c"]) observed.note(group, "/ip4/192.0.2.7/tcp/1");
    observed.note("d", "/ip4/10.0.0.5/tcp/1");
    for (const odd of ["", "nonsense", "/dns4/evil.example/tcp/1", "/ip4/0.0.0.0/tcp/1"]) observed.note("e", odd);
    expect(observed.hints(["/ip4/10.0.0.5/tcp/2135"])).toEqual([
      { host: "192.0.2.7", groups: 3 },
      { host: "6.6.6.249", groups: 1 },
    ]);
    for (let i = 0; i < OBSERVERS_MAX + 50; i++) observed.note(`group ${i}`, `/ip4/7.7.7.${i % 200}/tcp/1`);
    expect(observed.size).toBe(OBSERVERS_MAX);
    expect(observed.hints([])).toHaveLength(4);
  });
});
