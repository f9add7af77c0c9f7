import { createServer, type Server } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import type { NameResolver } from "../../src/network/addresses/name-resolver.js";
import type { DialReason } from "../../src/protocol/dial-reasons.js";
import { standaloneGenesis } from "../../src/protocol/rules.js";
import { blake3, IDENTITY, startNode, type TestNode } from "../support/network-nodes.js";

const ELSEWHERE = { ...IDENTITY, genesis: standaloneGenesis(blake3, 3, "elsewhere", IDENTITY.rulesDigest) };

/** A resolver that knows only these TXT records and host addresses. */
function names(txt: Record<string, readonly string[]>, hosts: Record<string, readonly string[]> = {}): NameResolver {
  const unknown = (name: string) => Object.assign(new Error(`queryTxt ENOTFOUND ${name}`), { code: "ENOTFOUND" });
  return {
    txt: async (name) => {
      const records = txt[name];
      if (records === undefined) throw unknown(name);
      return records.map((record) => [record.slice(0, 9), record.slice(9)]);
    },
    addresses: async (name) => {
      const found = hosts[name];
      if (found === undefined) throw unknown(name);
      return found;
    },
  };
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** A port without a listener. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

function reasonAt({ network }: TestNode, address: string): DialReason | undefined {
  return network.reach.report().bootstrap.find((dial) => dial.address === address)?.reason;
}

describe("a node without peers", () => {
  it("a node without peers logs once for each bootstrap address why it failed, with a cure", async () => {
    const other = await startNode();
    const http = await listening(
      createServer((socket) => socket.on("error", () => {}).end("HTTP/1.1 400 Bad Request\r\n\r\n")),
    );
    const expected: Record<string, DialReason> = {
      [`/ip4/127.0.0.1/tcp/${await closedPort()}`]: "connection_refused",
      [`${other.address.split("/p2p/")[0]}/p2p/${(await startNode()).peer}`]: "wrong_peer_id",
      "/dns4/nobody.invalid/tcp/1": "name_not_resolved",
      "/dnsaddr/nobody.invalid": "name_not_resolved",
      [`/ip4/127.0.0.1/tcp/${http}`]: "handshake_failed",
    };
    const node = await startNode({ bootstrap: Object.keys(expected), resolver: names({}) });
    expect(node.network.reach.report().state).toBe("joining");
    await node.seen.until("all failed twice", () =>
      node.network.reach.report().bootstrap.every(({ attempts }) => attempts >= 2),
    );
    for (const [address, reason] of Object.entries(expected))
      expect([address, reasonAt(node, address)]).toEqual([address, reason]);
    const { state, isolation, loopbackOnly } = node.network.reach.report();
    // The node listens on loopback, and a name may belong to another machine.
    expect([state, loopbackOnly]).toEqual(["isolated", true]);
    expect(isolation).toMatchObject({ code: "bootstrap_unreachable", cure: expect.stringContaining("check") });
    expect(node.seen.lines.filter(({ level }) => level === "warn")).toHaveLength(Object.keys(expected).length);
    expect(new Set(node.seen.dialsFailed)).toEqual(new Set(Object.values(expected)));
  });

  it("a node is alone without known addresses, and isolated after its last peer has gone", async () => {
    const a = await startNode();
    expect(a.network.reach.report()).toMatchObject({ state: "alone", isolation: undefined, loopbackOnly: false });
    const b = await startNode({ bootstrap: [a.address] });
    await b.seen.until("ready", () => b.seen.ready.length === 1);
    expect(b.network.reach.report()).toMatchObject({ state: "connected", bootstrap: [{ state: "connected" }] });
    await a.network.stop();
    await b.seen.until("the refusal", () => reasonAt(b, a.address) === "connection_refused");
    expect(b.network.reach.report()).toMatchObject({ state: "isolated", isolation: { code: "isolated" } });
  });

  it("a node reports that only nodes of another network answer, and dials them seldom", async () => {
    const stranger = await startNode({ identity: ELSEWHERE });
    const node = await startNode({ bootstrap: [stranger.address] });
    await node.seen.until("the refusal", () => node.network.reach.report().state === "isolated");
    const { isolation, bootstrap } = node.network.reach.report();
    expect(isolation).toMatchObject({ code: "wrong_network_peers", text: expect.stringContaining("genesis") });
    const [dial] = bootstrap;
    expect(dial).toMatchObject({ reason: "wrong_genesis", attempts: 1, state: "waiting" });
    expect((dial?.nextMs ?? 0) - (dial?.triedMs ?? 0)).toBeGreaterThanOrEqual(15_000);
    await stranger.seen.until("the fault", () => stranger.network.reach.report().state === "isolated");
    expect(stranger.network.reach.report().isolation?.text).toContain("connect to this node");
  });
});

describe("dnsaddr names", () => {
  it("dnsaddr names lead to peers, also through other names, and are bounded", async () => {
    const a = await startNode();
    const b = await startNode();
    const loop = Array.from({ length: 40 }, (_, i) => `dnsaddr=/dnsaddr/n${i}.example`);
    const resolver = names({
      "_dnsaddr.seed.example": [
        "v=spf1 -all",
        `dnsaddr=${a.address}`,
        "dnsaddr=/dnsaddr/more.example",
        "dnsaddr=/ip4/1.2.3.4/udp/1",
      ],
      "_dnsaddr.more.example": [`dnsaddr=${b.address}`, "dnsaddr=/dnsaddr/seed.example", ...loop],
    });
    const node = await startNode({ bootstrap: ["/dnsaddr/seed.example"], resolver });
    await node.seen.until("both", () => node.seen.ready.length === 2);
    const { bootstrap } = node.network.reach.report();
    expect(bootstrap.map(({ address, state }) => [address, state])).toEqual([
      ["/dnsaddr/seed.example", "resolved"],
      [a.address, "connected"],
      [b.address, "connected"],
    ]);
  });

  it("dnsaddr names with a peer id lead to that peer only", async () => {
    const [a, b] = [await startNode(), await startNode()];
    const resolver = names({ "_dnsaddr.seed.example": [`dnsaddr=${a.address}`, `dnsaddr=${b.address}`] });
    const node = await startNode({ bootstrap: [`/dnsaddr/seed.example/p2p/${b.peer}`], resolver });
    await node.seen.until("the peer", () => node.seen.ready.length === 1);
    expect(node.seen.ready[0]?.peer).toBe(b.peer);
    expect(node.network.reach.report().bootstrap).toHaveLength(2);
  });

  it("dnsaddr names without a usable record report the reason", async () => {
    const resolver = names({ "_dnsaddr.seed.example": ["dnsaddr=/ip4/1.2.3.4/udp/1/quic-v1", "hello"] });
    const node = await startNode({ bootstrap: ["/dnsaddr/seed.example"], resolver });
    await node.seen.until("the failure", () => reasonAt(node, "/dnsaddr/seed.example") === "no_addresses");
    expect(node.network.reach.report().state).toBe("isolated");
  });
});

describe("announced addresses", () => {
  it("announced addresses replace the listen addresses, and names are sent as their IP addresses", async () => {
    const resolver = names({}, { "node.example": ["127.0.0.9", "::1"] });
    const announce = ["/dns/node.example/tcp/2135", "/dns4/gone.example/tcp/2136", "/ip4/192.0.2.7/tcp/2137"];
    const a = await startNode({ announce, resolver });
    await a.seen.until("the names", () =>
      a.network.reach.report().announced.every(({ advertised, reason }) => advertised.length > 0 || reason),
    );
    const report = a.network.reach.report();
    const id = `/p2p/${a.peer}`;
    expect(report.announced).toEqual([
      {
        address: announce[0],
        advertised: [`/ip4/127.0.0.9/tcp/2135${id}`, `/ip6/::1/tcp/2135${id}`],
        reason: undefined,
      },
      { address: announce[1], advertised: [], reason: "name_not_resolved" },
      { address: announce[2], advertised: [`/ip4/192.0.2.7/tcp/2137${id}`], reason: undefined },
    ]);
    expect(a.seen.lines.filter(({ text }) => text.includes("announced"))).toHaveLength(1);
    const b = await startNode({ bootstrap: [a.address] });
    await b.seen.until("ready", () => b.seen.ready.length === 1);
    // A peer on loopback is sent addresses that it can use: loopback addresses, announced ones among them.
    const c = await startNode({ bootstrap: [b.address] });
    await c.seen.until("a hint", () => c.network.reach.report().dials.length > 0);
    expect(report.advertised).toEqual([
      `/ip4/127.0.0.9/tcp/2135${id}`,
      `/ip6/::1/tcp/2135${id}`,
      `/ip4/192.0.2.7/tcp/2137${id}`,
      a.address,
    ]);
  });

  it("addresses to announce, dial or listen on that can't be used are refused with the reason", async () => {
    const setups = [
      [{ announce: ["/ip4/192.0.2.7/tcp/0"] }, "port 0"],
      [{ announce: ["/dnsaddr/node.example"] }, "dnsaddr"],
      [{ announce: Array.from({ length: 9 }, (_, i) => `/ip4/192.0.2.7/tcp/${i + 1}`) }, "more than 8"],
      [
        { announce: ["/ip4/192.0.2.7/tcp/1/p2p/12D3KooWDjfWbE7Rx8DH7XmmFiSYzJW65TDvyEArvxEwy6K929Hr"] },
        "not that of this node",
      ],
      [{ bootstrap: ["/ip4/192.0.2.7/udp/1/quic-v1"] }, "udp is not supported"],
      [{ listen: ["/dns4/localhost/tcp/0"] }, "IP address"],
    ] as const;
    for (const [setup, text] of setups) {
      await expect(startNode(setup)).rejects.toMatchObject({
        code: "bad_parameters",
        message: expect.stringContaining(text),
      });
    }
  });
});

describe("the address at which peers see a node", () => {
  it("the observed address is sent in the hello and shown as a hint, once for each address group", async () => {
    const hub = await startNode({ listen: ["/ip4/127.0.0.1/tcp/0"] });
    const peers = await Promise.all([1, 2, 3].map(() => startNode({ bootstrap: [hub.address] })));
    await hub.seen.until("three", () => hub.seen.ready.length === 3);
    expect(hub.network.sizes().observers).toBe(1);
    // The node listens at this address, so it is no hint.
    expect(hub.network.reach.report().observed).toEqual([]);
    expect(peers).toHaveLength(3);
  });
});
