import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { blake3Of } from "../../src/kernel/index.js";
import { networkIdentity } from "../../src/plugin/network-identity.js";
import { encodeBundle } from "../../src/protocol/bundle.js";
import { toHex } from "../../src/protocol/bytes.js";
import type { ReasonCode } from "../../src/protocol/errors.js";
import { FRAME_MAX_BYTES } from "../../src/protocol/frames.js";
import { encodeHelloFrame } from "../../src/protocol/hello.js";
import type { NetworkIdentity } from "../../src/protocol/rules.js";
import { codeTask } from "../support/local-node.js";
import { IDENTITY, startNode, type TestNode } from "../support/network-nodes.js";
import { RawPeer } from "../support/raw-peer.js";
import { scratchDirectory } from "../support/scratch.js";
import { Adversary } from "./adversary.js";
import { kernel, newAuthor, nowSeconds, task } from "./forge.js";
import { stillTalk, WatchedNode } from "./watched-node.js";

const OTHER = new Uint8Array(32).fill(9);
const SEED = Number(process.env.ATTACK_SEED ?? Date.now() % 1_000_000);
const RANDOM_FRAMES = 300;

let victim: WatchedNode;
let honest: WatchedNode;

beforeAll(async () => {
  victim = await WatchedNode.start();
  honest = await WatchedNode.start({ bootstrap: [victim.address] });
  await honest.until("the hello", () => honest.control.peers().length === 1);
});

afterAll(async () => {
  await honest?.stop();
  await victim?.stop();
});

/** A bare libp2p peer with a connection to the node. */
async function raw(): Promise<RawPeer> {
  const voice: TestNode = await startNode({ listen: [] });
  return RawPeer.connect({ ...voice, address: victim.address, peer: victim.peer });
}

/** Waits for a fault of the transport, and expects one log line. */
async function isRefused(code: ReasonCode, words: string, act: () => Promise<unknown>): Promise<void> {
  const before = victim.count("peer_faults", code);
  const logged = victim.lines.length;
  await act();
  await victim.until(`the fault ${code}`, () => victim.count("peer_faults", code) > before);
  const warnings = victim.lines.slice(logged).filter((line) => line.startsWith("warn"));
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toContain(words);
  expect(warnings[0]).not.toContain("\n");
}

describe("a foreign hello", () => {
  const foreign: readonly (readonly [ReasonCode, string, Partial<NetworkIdentity>])[] = [
    ["wrong_network", "is on another network", { network: 2 }],
    ["wrong_genesis", "follows another chain", { genesis: OTHER }],
    ["wrong_rules", "other network rules", { rulesDigest: OTHER }],
  ];
  it.each(foreign)("a hello with %s is refused with one log line", async (code, words, change) => {
    const before = await victim.belief();
    const identity = { ...IDENTITY, ...change };
    await isRefused(code, words, () => startNode({ identity, listen: [], bootstrap: [victim.address] }));
    expect(victim.control.peers()).toHaveLength(1);
    expect(await victim.belief(before.atSeconds)).toEqual(before);
    await stillTalk(honest, victim);
  });

  it("a hello of another version, of a bad form or by a false key is refused with one log line", async () => {
    const { network, genesis, rulesDigest: rules } = IDENTITY;
    const newer = encodeHelloFrame({ kind: "opening", opening: { version: 2, network, genesis, rules, nonce: OTHER } });
    const say = async (bytes: Uint8Array) => (await (await raw()).open("/tos-ai/hello/1")).send(bytes);
    await isRefused("wrong_protocol_version", "another version of the protocol", () => say(newer));
    await isRefused("hello_malformed", "can't be read", () => say(OTHER));
    await isRefused("hello_malformed", "can't be read", () => say(new Uint8Array(20_000)));
    const signer = { publicKey: newAuthor().publicKey, sign: async () => new Uint8Array(96).fill(1) };
    await isRefused("bad_signature", "could not prove its node key", async () => (await raw()).hello({ signer }));
    await stillTalk(honest, victim);
  });

  it("gossip and sync before a hello are dropped", async () => {
    const before = await victim.belief();
    const silent = await raw();
    const sync = await silent.open("/tos-ai/sync/1");
    for (let i = 0; i < 20; i++) await sync.send(encodeBundle([task(newAuthor()).envelope]));
    await stillTalk(victim, honest);
    expect(victim.control.peers().map(({ peer }) => peer)).toEqual([honest.peer]);
    expect((await victim.belief(before.atSeconds)).records).toBe(before.records + 1);
  });
});

describe("malformed frames", () => {
  it("a frame above 60 KiB ends the connection before it is read", async () => {
    const faults = victim.count("peer_faults", "frame_too_large");
    const peer = await raw();
    await peer.hello();
    const stream = await peer.open("/tos-ai/sync/1");
    const gone = peer.closed();
    await stream.send(new Uint8Array(FRAME_MAX_BYTES + 1));
    await gone;
    expect(victim.count("peer_faults", "frame_too_large")).toBe(faults + 1);
    await stillTalk(honest, victim);
  });

  it.each([
    ["an empty one", new Uint8Array(0)],
    ["one without its id", new Uint8Array(16)],
    ["an unknown kind", new Uint8Array(40).fill(9)],
    ["wants that do not ascend", Uint8Array.from({ length: 17 + 64 }, (_, i) => (i === 0 ? 4 : 7))],
  ])("%s instead of a frame ends the connection and is counted once", async (_what, bytes) => {
    const faults = victim.count("peer_faults", "frame_malformed");
    const adversary = await Adversary.join(victim);
    await adversary.raw(bytes);
    await adversary.node.seen.until("the end", () => adversary.node.seen.gone.length === 1);
    expect(victim.count("peer_faults", "frame_malformed")).toBe(faults + 1);
    await stillTalk(honest, victim);
  });

  it(`random frames of a readable kind change nothing (seed ${SEED})`, async () => {
    const before = await victim.belief();
    const adversary = await Adversary.join(victim);
    const kinds = fc.constantFrom(0, 1, 2, 5, 6, 7, 8);
    // An offset in the first MiB: a higher one would end the connection before the frame is handled.
    const inside = (byte: number, i: number): number => (i === 16 ? 0 : i === 17 ? byte & 0x07 : byte);
    const frame = fc
      .tuple(kinds, fc.uint8Array({ minLength: 16 + 5, maxLength: 600, size: "max" }))
      .map(([kind, rest]) => Uint8Array.from([kind, ...(kind === 2 ? rest.map(inside) : rest)]));
    for (const bytes of fc.sample(frame, { seed: SEED, numRuns: RANDOM_FRAMES })) {
      await adversary.raw(bytes);
    }
    await stillTalk(honest, victim);
    await stillTalk(victim, honest);
    expect(victim.scoreOf(adversary.peer)).toBeLessThan(0.5);
    const after = await victim.belief(before.atSeconds);
    expect(after.records).toBe(before.records + 2);
    for (const { name, size, cap } of victim.control.bounds()) expect(size, name).toBeLessThanOrEqual(cap);
  });
});

describe("an author that the registry does not know", () => {
  it("a record of an unregistered author is not stored, from gossip or the API, and no peer is charged", async () => {
    const directory = await scratchDirectory();
    const known = newAuthor();
    const registryFile = join(directory, "registry.json");
    const authors = [{ key: toHex(known.publicKey), weight: 1 }];
    await writeFile(registryFile, JSON.stringify({ network: "devnet", authors }));
    const closed = await WatchedNode.forTest({ registryFile });
    const identity = await networkIdentity(blake3Of(kernel), { network: "devnet", networkName: "test", registryFile });
    const { genesis } = identity;
    const adversary = await Adversary.join(closed, { identity });
    const stranger = task(newAuthor(), { genesis, timestampSeconds: nowSeconds() });
    const member = task(known, { genesis });
    await adversary.gossip(encodeBundle([stranger.envelope, member.envelope]));
    await closed.until("the member", () => closed.holds(member.id));
    expect(closed.count("gossip_refused", "unknown_author")).toBe(1);
    expect(await closed.holds(stranger.id)).toBe(false);
    expect(closed.scoreOf(adversary.peer)).toBeGreaterThanOrEqual(0.5);
    await expect(closed.control.publishTask(codeTask("not listed"))).rejects.toMatchObject({ code: "unknown_author" });
    expect(closed.control.info().records).toBe(1);
  });
});
