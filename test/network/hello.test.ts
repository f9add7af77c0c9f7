import { describe, expect, it } from "vitest";
import { acceptHello, type HelloPipe, type HelloSide, openHello } from "../../src/network/sessions/hello.js";
import type { ReasonCode } from "../../src/protocol/errors.js";
import { decodeHelloFrame, encodeHelloFrame, encodeHelloRest } from "../../src/protocol/hello.js";
import type { NetworkIdentity } from "../../src/protocol/rules.js";
import { IDENTITY, type NodeSetup, optionsOf, Seen, startNode } from "../support/network-nodes.js";
import { RawPeer } from "../support/raw-peer.js";

const OTHER = new Uint8Array(32).fill(9);

function pipePair(): [HelloPipe, HelloPipe] {
  const end = (inbox: Uint8Array[], outbox: Uint8Array[], wake: { in?: () => void; out?: () => void }): HelloPipe => ({
    next: async () => {
      while (inbox.length === 0) await new Promise<void>((resolve) => Object.assign(wake, { in: resolve }));
      return inbox.shift();
    },
    send: async (frame) => {
      outbox.push(frame);
      wake.out?.();
    },
  });
  const left: Uint8Array[] = [];
  const right: Uint8Array[] = [];
  const wakeLeft: { in?: () => void; out?: () => void } = {};
  const wakeRight: { in?: () => void; out?: () => void } = {};
  wakeLeft.out = () => wakeRight.in?.();
  wakeRight.out = () => wakeLeft.in?.();
  return [end(left, right, wakeLeft), end(right, left, wakeRight)];
}

async function sideOf(ownPeerId: number, otherPeerId: number, setup: NodeSetup = {}): Promise<HelloSide> {
  const options = await optionsOf(setup, new Seen(), () => {
    throw new Error("no network here");
  });
  return {
    ...options,
    ownPeerId: Uint8Array.of(ownPeerId),
    otherPeerId: Uint8Array.of(otherPeerId),
    rest: () => encodeHelloRest({ ...options.rest(), addresses: [], known: [], observed: "" }),
    nonce: new Uint8Array(32).fill(ownPeerId),
    nowMs: () => 0,
    isTaken: async () => false,
    referral: () => undefined,
  };
}

describe("hello", () => {
  it("hello makes both sides ready once, with one salt and each other's node key", async () => {
    const a = await startNode();
    const b = await startNode({ bootstrap: [a.address] });
    await a.seen.until("hello", () => a.seen.ready.length === 1);
    await b.seen.until("hello", () => b.seen.ready.length === 1);
    const [ofA] = a.seen.ready;
    const [ofB] = b.seen.ready;
    expect(ofA?.salt).toMatch(/^[0-9a-f]{64}$/);
    expect(ofA?.salt).toBe(ofB?.salt);
    expect(ofA).toMatchObject({ peer: b.peer, dialed: false, interests: ["000000"], agent: "test/1" });
    expect(ofB).toMatchObject({ peer: a.peer, dialed: true });
    expect(b.network.peers()).toMatchObject([{ peer: a.peer, key: ofB?.key, state: "ready", dialed: true }]);
  });

  const foreign: [string, Partial<NetworkIdentity>, ReasonCode][] = [
    ["network", { network: 2 }, "wrong_network"],
    ["genesis", { genesis: OTHER }, "wrong_genesis"],
    ["rules", { rulesDigest: OTHER }, "wrong_rules"],
  ];
  it.each(foreign)("hello is refused for another %s, and both sides report the reason", async (_what, change, code) => {
    const a = await startNode();
    const b = await startNode({ identity: { ...IDENTITY, ...change }, bootstrap: [a.address] });
    await a.seen.until("the fault", () => a.seen.faults.length > 0);
    await b.seen.until("the fault", () => b.seen.faults.length > 0);
    expect(a.seen.faults[0]).toEqual({ peer: b.peer, code });
    expect(b.seen.faults[0]).toEqual({ peer: a.peer, code });
    await a.seen.until("closed", () => a.network.peers().length === 0);
    expect([...a.seen.ready, ...b.seen.ready]).toEqual([]);
    expect(a.seen.lines.filter(({ level }) => level === "warn")).toHaveLength(1);
  });

  it("hello is refused when the dialer's or the acceptor's signature is not of its key", async () => {
    const signer = { publicKey: OTHER, sign: async () => new Uint8Array(96).fill(1) };
    const a = await startNode();
    const b = await startNode({ signer, bootstrap: [a.address] });
    await a.seen.until("the fault", () => a.seen.faults.length > 0);
    expect(a.seen.faults[0]).toEqual({ peer: b.peer, code: "bad_signature" });
    const c = await startNode({ bootstrap: [b.address] });
    await c.seen.until("the fault", () => c.seen.faults.length > 0);
    await b.seen.until("the refusal", () => b.seen.faults.length > 0);
    expect(c.seen.faults[0]).toEqual({ peer: b.peer, code: "bad_signature" });
    expect(b.seen.faults[0]).toEqual({ peer: c.peer, code: "bad_signature" });
    expect([...a.seen.ready, ...c.seen.ready]).toEqual([]);
  });

  it("hello binds the proof to both peer ids, both roles and both nonces", async () => {
    const opener = await sideOf(1, 2);
    const acceptor = await sideOf(2, 1);
    const run = async (change: Partial<HelloSide>) => {
      const [left, right] = pipePair();
      const signal = new AbortController().signal;
      const other = acceptHello(right, acceptor, signal);
      return [await openHello(left, { ...opener, ...change }, signal), await other];
    };
    expect(await run({})).toMatchObject([{ kind: "ready" }, { kind: "ready" }]);
    const refused = { kind: "refused", code: "bad_signature" };
    expect(await run({ otherPeerId: Uint8Array.of(3) })).toMatchObject([refused, refused]);
    expect(await run({ ownPeerId: Uint8Array.of(3) })).toMatchObject([refused, refused]);
  });

  it("hello is refused for another version, a malformed frame, and between equal peer ids", async () => {
    const signal = new AbortController().signal;
    const answerTo = async (frame: Uint8Array, side: HelloSide) => {
      const [left, right] = pipePair();
      const accepted = acceptHello(right, side, signal);
      await left.send(frame);
      const answer = decodeHelloFrame((await left.next()) ?? new Uint8Array(0));
      return [await accepted, answer];
    };
    const side = await sideOf(2, 1);
    const { network, genesis, rulesDigest: rules } = IDENTITY;
    const opening = { version: 2, network, genesis, rules, nonce: OTHER };
    const newer = encodeHelloFrame({ kind: "opening", opening });
    const current = encodeHelloFrame({ kind: "opening", opening: { ...opening, version: 1 } });
    const expected = (code: ReasonCode) => [
      { kind: "refused", code, by: "us" },
      { ok: true, value: { kind: "refusal", code } },
    ];
    expect(await answerTo(newer, side)).toEqual(expected("wrong_protocol_version"));
    expect(await answerTo(OTHER, side)).toEqual(expected("hello_malformed"));
    expect(await answerTo(current, { ...side, otherPeerId: side.ownPeerId })).toEqual(expected("own_peer_id"));
  });

  it("hello happens once on a connection: a second hello stream is reset", async () => {
    const a = await startNode();
    const raw = await RawPeer.connect(a);
    expect(await raw.hello()).toMatchObject({ kind: "ready" });
    // The peer sees the reset while the stream opens, at the first write, or while it waits for the answer.
    const second = raw.hello().then(
      ({ kind }) => kind,
      () => "cut",
    );
    expect(await second).toBe("cut");
    await a.seen.until("hello", () => a.seen.ready.length > 0);
    expect(a.seen.ready).toHaveLength(1);
    expect(a.network.peers()).toMatchObject([{ peer: raw.peer, state: "ready" }]);
  });

  it("a dial of the own address fails with a reason", async () => {
    const a = await startNode();
    await expect(a.network.dial(a.address.split("/p2p/")[0] ?? "")).rejects.toMatchObject({ code: "own_peer_id" });
    await expect(a.network.dial(a.address)).rejects.toMatchObject({ code: "own_peer_id" });
    expect(a.network.peers()).toEqual([]);
    expect(a.seen.ready).toEqual([]);
  });
});
