import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { EngineEvent, Source } from "../../src/engine/events.js";
import { BOUNDS, type BoundName, Engine } from "../../src/engine/index.js";
import { blake3Of, type Kernel } from "../../src/kernel/index.js";
import { ScanQueue } from "../../src/manager/inbound/scan-queue.js";
import { encodeBundle } from "../../src/protocol/bundle.js";
import { concatBytes, toHex } from "../../src/protocol/bytes.js";
import { scanContext } from "../../src/protocol/table.js";
import { backends } from "../support/backends.js";
import { IDENTITY } from "../support/network-nodes.js";
import { ALL } from "../support/samples.js";
import { TOPIC } from "./adversary.js";
import { type Forged, forge, newAuthor, nowSeconds, task } from "./forge.js";

const PEER = "p";
const REQUEST_ID = "5a".repeat(16);
/** Envelopes signed for this network: tasks, and the sample payload of every other type. */
const GOOD: readonly Forged[] = [
  ...Array.from({ length: 4 }, (_, number) => task(newAuthor(), { number })),
  ...Object.values(ALL).map(({ type, payload }) => forge(newAuthor(), payload, { type })),
];
const NODE_KEY = toHex(newAuthor().publicKey);

/** Kernel, scan queue and engine wired as in the manager, without disk and network. */
class Rig {
  readonly engine: Engine;
  readonly scanQueue: ScanQueue;
  readonly verdicts = new Map<string, number>();
  readonly failures: unknown[] = [];
  #message = 0;

  constructor(kernel: Kernel) {
    this.engine = new Engine({
      identity: IDENTITY,
      blake3: blake3Of(kernel),
      seed: new Uint8Array(32),
      nodeKey: NODE_KEY,
      authors: [],
      startMs: Date.now(),
    });
    this.scanQueue = new ScanQueue({
      kernel,
      context: scanContext(IDENTITY),
      step: (event) => this.step(event),
      isSuspect: (peer) => this.engine.isSuspect(peer),
      paused: () => false,
      resumed: () => undefined,
      failed: (error) => void this.failures.push(error),
      unscanned: (batch) => void this.failures.push(batch),
    });
    const registryDigest = "00".repeat(32);
    const registry = { kind: "everyone" } as const;
    const registryTimeSeconds = 2n ** 64n - 1n;
    this.step({ kind: "chain", facts: { registry, registryDigest, registryTimeSeconds, rosters: [] } });
    const facts = { peer: PEER, key: NODE_KEY, dialed: false, salt: "00".repeat(32), interests: ["000000"] };
    const place = { chosen: false, addressGroup: "loopback", registryDigest, registryTimeSeconds, rosters: [] };
    this.step({ kind: "peer_ready", facts: { ...facts, ...place, features: [], agent: "x" } });
  }

  step(event: EngineEvent): void {
    for (const effect of this.engine.step(event, Date.now())) {
      if (effect.kind === "verify") this.scanQueue.verify(effect.batch, effect.lane, effect.mask);
      else if (effect.kind === "scan") this.scanQueue.offer(effect.bundle, effect.source);
      else if (effect.kind === "verdict") {
        this.verdicts.set(effect.messageId, (this.verdicts.get(effect.messageId) ?? 0) + 1);
      }
    }
  }

  gossip(bundle: Uint8Array, topic = TOPIC): string {
    const messageId = String(this.#message++);
    expect(this.scanQueue.offer(bundle, { kind: "gossip", peer: PEER, topic, messageId })).toBe(true);
    return messageId;
  }

  async settled(): Promise<void> {
    while (this.scanQueue.boundRows().some(({ size }) => size > 0))
      await new Promise((resolve) => setImmediate(resolve));
  }
}

const at = fc.nat();
/** One change of some bytes, as by truncation, a damaged disk or an attacker. */
const mutation: fc.Arbitrary<(bytes: Uint8Array) => Uint8Array> = fc.oneof(
  fc.record({ at, bit: fc.nat(7) }).map(({ at: where, bit }) => (bytes: Uint8Array) => {
    return bytes.map((byte, i) => (i === where % bytes.length ? byte ^ (1 << bit) : byte));
  }),
  fc
    .record({ at, value: fc.uint8Array({ minLength: 1, maxLength: 8 }) })
    .map(({ at: where, value }) => (bytes: Uint8Array) => {
      const index = where % (bytes.length + 1);
      return concatBytes([bytes.subarray(0, index), value, bytes.subarray(index)]);
    }),
  at.map((where) => (bytes: Uint8Array) => bytes.slice(0, where % (bytes.length + 1))),
  fc.record({ at, to: at }).map(({ at: from, to }) => (bytes: Uint8Array) => {
    return concatBytes([bytes.subarray(0, from % (bytes.length + 1)), bytes.subarray(to % (bytes.length + 1))]);
  }),
  // The fields with lengths and types.
  fc.record({ at: fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 48, 49, 50, 51), value: fc.nat(255) }).map(
    ({ at: where, value }) =>
      (bytes: Uint8Array) =>
        bytes.map((byte, i) => (i === where ? value : byte)),
  ),
);

const bytesOfSome = fc.oneof(
  fc.uint8Array({ maxLength: 700, size: "max" }),
  fc
    .tuple(
      fc.array(fc.constantFrom(...GOOD), { minLength: 1, maxLength: 3 }),
      fc.array(mutation, { minLength: 0, maxLength: 3 }),
    )
    .map(([some, mutations]) => mutations.reduce((bytes, mutate) => mutate(bytes), bundleOf(some))),
);

const source: fc.Arbitrary<"gossip" | "alerts" | "sync" | "envelope" | "scores"> = fc.constantFrom(
  "gossip",
  "gossip",
  "alerts",
  "sync",
  "envelope",
  "scores",
);

function bundleOf(some: readonly Forged[]): Uint8Array {
  return encodeBundle(some.map(({ envelope }) => envelope));
}

function streamSource(kind: "sync" | "envelope" | "scores"): Source {
  if (kind === "sync") return { kind, peer: PEER, requestId: REQUEST_ID };
  return { kind: "control", peer: PEER, frame: kind, requestId: REQUEST_ID };
}

const RUNS: Readonly<Record<string, number>> = { native: 400, wasm: 100, reference: 60 };

describe.each(backends.map((kernel) => [kernel.backend, kernel] as const))("bytes from anyone (%s)", (name, kernel) => {
  test("random bytes throw nothing, get one verdict each, keep every bound, and admit no unsigned record", async () => {
    const arrivals = fc.array(fc.tuple(source, bytesOfSome), { minLength: 1, maxLength: 20 });
    const run = async (
      some: readonly (readonly ["gossip" | "alerts" | "sync" | "envelope" | "scores", Uint8Array])[],
    ) => {
      const rig = new Rig(kernel);
      const asked: string[] = [];
      for (const [kind, bytes] of some) {
        if (kind === "gossip") asked.push(rig.gossip(bytes));
        else if (kind === "alerts") asked.push(rig.gossip(bytes, TOPIC.replace("0/0", "alerts")));
        else rig.scanQueue.offer(bytes, streamSource(kind));
      }
      await rig.settled();
      rig.step({ kind: "tick" });
      expect(rig.failures).toEqual([]);
      expect(asked.map((id) => rig.verdicts.get(id))).toEqual(asked.map(() => 1));
      const sizes = rig.engine.sizes();
      for (const bound of Object.keys(BOUNDS) as BoundName[]) {
        expect(sizes[bound], bound).toBeLessThanOrEqual(BOUNDS[bound].cap);
      }
      const before = GOOD.filter(({ id }) => rig.engine.entry(id) !== undefined).length;
      expect(sizes.members).toBe(before);

      const honest = task(newAuthor(), { timestampSeconds: nowSeconds() });
      rig.gossip(bundleOf([honest]));
      await rig.settled();
      expect(rig.engine.entry(honest.id)).toBeDefined();
      expect(rig.engine.sizes().members).toBe(before + 1);
      rig.scanQueue.stop();
    };
    await fc.assert(fc.asyncProperty(arrivals, run), { numRuns: RUNS[name] ?? 25 });
  });
});
