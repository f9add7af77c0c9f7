import { blake3 as hash } from "@noble/hashes/blake3.js";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ChainRegistry, everyone, FixedFacts } from "../../src/chain/index.js";
import { type AuthorLookup, LOOKUPS_WAITING_MAX, UNKNOWN_MS } from "../../src/chain/registry/author-lookups.js";
import type { ChainBlock, ChainEvent, ChainHead, ChainMemory, ChainMiner } from "../../src/chain/types.js";
import type { ChainFacts } from "../../src/engine/chain-facts.js";
import { toHex } from "../../src/protocol/bytes.js";
import { registryDigest } from "../../src/protocol/digests.js";

const genesis = new Uint8Array(32).fill(3);
const key = (n: number): string => n.toString(16).padStart(64, "0");
const START_MS = 1_763_000_000_000;

function block(topoheight: number, registered: readonly number[] = []): ChainBlock {
  const timestampMs = START_MS + topoheight * 1000 + 500;
  return { topoheight, height: topoheight, hash: key(topoheight), timestampMs, registered: registered.map(key) };
}

function head(stableHeight: number): ChainHead {
  return { height: 99, topoheight: 99, stableHeight, hash: key(99), timestampSeconds: 0 };
}

/** A memory that counts its writes and may refuse them. */
class Memory implements ChainMemory {
  bytes: Uint8Array | undefined;
  saves = 0;
  failing = false;

  async load(): Promise<Uint8Array | undefined> {
    if (this.failing) throw new Error("no disk");
    return this.bytes;
  }

  async save(bytes: Uint8Array): Promise<void> {
    if (this.failing) throw new Error("no disk");
    this.saves++;
    this.bytes = bytes;
  }
}

interface Bench {
  readonly registry: ChainRegistry;
  readonly emitted: ChainFacts[];
  readonly lines: string[];
}

const running: ChainRegistry[] = [];
const nobody: AuthorLookup = {
  miner: async () => undefined,
  block: async () => undefined,
  tip: async () => undefined,
};

async function bench(memory: ChainMemory, lookup: AuthorLookup = nobody): Promise<Bench> {
  const emitted: ChainFacts[] = [];
  const lines: string[] = [];
  const log = (level: string, text: string) => void lines.push(`${level} ${text}`);
  const registry = new ChainRegistry({ blake3: hash, genesis, rosters: [], memory, lookup, log });
  running.push(registry);
  await registry.start((facts) => emitted.push(facts));
  return { registry, emitted, lines };
}

function feed(registry: ChainRegistry, blocks: readonly ChainBlock[], stableHeight: number): void {
  for (const one of blocks) registry.chain({ kind: "block", block: one });
  registry.chain({ kind: "head", head: head(stableHeight) });
}

function authorsOf(facts: ChainFacts | undefined): string[] {
  return facts?.registry.kind === "listed" ? [...facts.registry.authors.keys()] : [];
}

beforeEach(() => {
  vi.useFakeTimers({ now: START_MS });
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((registry) => registry.stop()));
  vi.useRealTimers();
});

describe("the registry of the chain", () => {
  it("facts have the registered authors with weight 1, their digest, and the time of the last stable block", async () => {
    const { registry, emitted } = await bench(new Memory());
    expect(emitted).toHaveLength(1);
    feed(registry, [block(0), block(1, [7, 2]), block(2, [5])], 1);
    await vi.advanceTimersByTimeAsync(1000);
    expect(emitted).toHaveLength(2);
    const facts = emitted[1];
    expect(facts?.registry).toEqual({
      kind: "listed",
      authors: new Map([key(7), key(2)].map((one) => [one, { weight: 1, fromSeconds: START_MS / 1000 + 1 }])),
    });
    const weighted = [key(2), key(7)].map((one) => ({ key: one, weight: 1 }));
    expect(facts?.registryDigest).toBe(toHex(registryDigest(hash, genesis, weighted)));
    expect(facts?.registryTimeSeconds).toBe(BigInt(START_MS / 1000 + 1));
    expect(registry.facts()).toBe(facts);
  });

  it("the facts change at most once a second for new authors, and every ten seconds for time only", async () => {
    const { registry, emitted } = await bench(new Memory());
    for (let i = 0; i < 20; i++) {
      feed(registry, [block(i, [i])], i);
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(emitted.length).toBeLessThanOrEqual(4);
    await vi.advanceTimersByTimeAsync(1000);
    const before = emitted.length;
    expect(authorsOf(emitted.at(-1))).toHaveLength(20);
    for (let i = 20; i < 50; i++) {
      feed(registry, [block(i)], i);
      await vi.advanceTimersByTimeAsync(1000);
    }
    expect(emitted.length - before).toBe(3);
    expect(emitted.at(-1)?.registry).toBe(emitted[before - 1]?.registry);
    expect(emitted.at(-1)?.registryTimeSeconds).toBeGreaterThan(emitted[before - 1]?.registryTimeSeconds ?? 0n);
  });

  it("a rewind removes authors from the facts", async () => {
    const { registry, emitted } = await bench(new Memory());
    feed(registry, [block(0), block(1, [1]), block(2, [2])], 2);
    await vi.advanceTimersByTimeAsync(1000);
    registry.chain({ kind: "rewound", toTopoheight: 1, head: head(1) });
    await vi.advanceTimersByTimeAsync(1000);
    expect(authorsOf(emitted.at(-1))).toEqual([key(1)]);
  });

  it("skipped blocks are reported as a gap, and other events are ignored", async () => {
    const { registry, lines, emitted } = await bench(new Memory());
    const others: ChainEvent[] = [{ kind: "hosts", hosts: [] }, { kind: "healed" }];
    for (const event of others) registry.chain(event);
    registry.chain({ kind: "skipped", fromTopoheight: 0, toTopoheight: 70 });
    expect(lines).toHaveLength(1);
    expect(registry.startFrom()).toEqual({ topoheight: 70, hash: undefined });
    expect(emitted).toHaveLength(1);
    for (const toTopoheight of [80, 90]) registry.chain({ kind: "skipped", fromTopoheight: 71, toTopoheight });
    expect(lines.filter((line) => !line.startsWith("debug"))).toHaveLength(1);
  });
});

describe("the memory of the registry", () => {
  it("a restart has the authors at once and continues at the last stable block", async () => {
    const memory = new Memory();
    const first = await bench(memory);
    expect(first.registry.startFrom()).toEqual({ topoheight: 0, hash: undefined });
    feed(first.registry, [block(0), block(1, [1]), block(2, [2])], 1);
    await first.registry.stop();
    const second = await bench(memory);
    expect(second.registry.startFrom()).toEqual({
      topoheight: 1,
      hash: block(1).hash,
      before: [{ topoheight: 0, height: 0, hash: block(0).hash, timestampMs: START_MS }],
    });
    expect(authorsOf(second.emitted[0])).toEqual([key(1)]);
    expect(second.registry.facts()).toEqual(second.emitted[0]);
    // The registry reads the block again that was not stable yet.
    feed(second.registry, [block(2, [2])], 2);
    await vi.advanceTimersByTimeAsync(1000);
    expect(authorsOf(second.emitted.at(-1))).toEqual([key(1), key(2)]);
  });

  it("new authors are saved within a second, other blocks twice a minute, and no change is not saved", async () => {
    const memory = new Memory();
    const { registry } = await bench(memory);
    feed(registry, [block(0, [1])], 0);
    await vi.advanceTimersByTimeAsync(1000);
    expect(memory.saves).toBe(1);
    for (let i = 1; i <= 60; i++) {
      feed(registry, [block(i)], i);
      await vi.advanceTimersByTimeAsync(1000);
    }
    expect(memory.saves).toBe(3);
    await registry.stop();
    expect(memory.saves).toBe(4);
    await registry.stop();
    expect(memory.saves).toBe(4);
  });

  it("an unreadable, damaged or foreign file and a full disk are logged once, and the registry continues", async () => {
    const memory = new Memory();
    memory.bytes = new Uint8Array(300);
    const damaged = await bench(memory);
    expect(damaged.lines).toHaveLength(1);
    memory.failing = true;
    const { registry, lines, emitted } = await bench(memory);
    for (let i = 0; i < 5; i++) {
      feed(registry, [block(i, [i])], i);
      await vi.advanceTimersByTimeAsync(1000);
    }
    expect(lines).toHaveLength(2);
    expect(authorsOf(emitted.at(-1))).toHaveLength(5);
    memory.failing = false;
    await registry.stop();
    expect(lines).toHaveLength(3);
    expect(memory.saves).toBe(1);
  });
});

describe("authors that are asked for", () => {
  /** A chain node that knows authors by number and counts the questions. */
  function node(known: ReadonlyMap<string, number>, stableHeight?: number): AuthorLookup & { asked: string[] } {
    const asked: string[] = [];
    return {
      asked,
      async miner(one): Promise<ChainMiner | undefined> {
        asked.push(one);
        const registeredAt = known.get(one);
        return registeredAt === undefined ? undefined : { key: one, registeredAt, reputation: 500 };
      },
      block: async ({ registeredAt }) => ({ ...block(registeredAt), registered: [...known.keys()] }),
      tip: async () => (stableHeight === undefined ? undefined : head(stableHeight)),
    };
  }

  it("an author found by look-up counts from its block's time, when the block is stable", async () => {
    const lookup = node(new Map([[key(4), 40]]));
    const { registry, emitted } = await bench(new Memory(), lookup);
    feed(registry, [block(0)], 39);
    registry.asked(key(4));
    registry.asked(key(4));
    await vi.advanceTimersByTimeAsync(2000);
    expect(lookup.asked).toEqual([key(4)]);
    expect(authorsOf(emitted.at(-1))).toEqual([]);
    registry.chain({ kind: "head", head: head(40) });
    await vi.advanceTimersByTimeAsync(1000);
    expect(authorsOf(emitted.at(-1))).toEqual([key(4)]);
    registry.asked(key(4));
    await vi.advanceTimersByTimeAsync(1000);
    expect(lookup.asked).toHaveLength(1);
  });

  it("a look-up during the first catch-up also settles the authors that were read already", async () => {
    const { registry, emitted } = await bench(new Memory(), node(new Map([[key(4), 4000]]), 4100));
    registry.chain({ kind: "block", block: block(0, [1]) });
    registry.asked(key(4));
    await vi.advanceTimersByTimeAsync(1200);
    expect(authorsOf(emitted.at(-1))).toEqual([key(1), key(4)]);
  });

  it("look-ups of invented authors are bounded, sequential and remembered", async () => {
    const lookup = node(new Map());
    const { registry } = await bench(new Memory(), lookup);
    for (let i = 0; i < 1000; i++) registry.asked(key(i));
    expect(registry.boundRows()).toContainEqual({
      name: "chain_lookups",
      size: LOOKUPS_WAITING_MAX,
      cap: LOOKUPS_WAITING_MAX,
    });
    await vi.advanceTimersByTimeAsync(1000);
    expect(lookup.asked.length).toBeLessThanOrEqual(9);
    await vi.advanceTimersByTimeAsync(9000);
    expect(lookup.asked).toHaveLength(LOOKUPS_WAITING_MAX);
    registry.asked(key(0));
    await vi.advanceTimersByTimeAsync(1000);
    expect(lookup.asked).toHaveLength(LOOKUPS_WAITING_MAX);
    await vi.advanceTimersByTimeAsync(UNKNOWN_MS);
    registry.asked(key(0));
    await vi.advanceTimersByTimeAsync(1000);
    expect(lookup.asked).toHaveLength(LOOKUPS_WAITING_MAX + 1);
  });

  it("a failed, late or wrong look-up leaves the author unknown", async () => {
    const failing: AuthorLookup = {
      miner: async (one, signal) => {
        if (one === key(1)) throw new Error("unreachable");
        if (one === key(2)) return { key: key(7), registeredAt: 1, reputation: 500 };
        if (one === key(5)) return { key: one, registeredAt: 5, reputation: 500 };
        if (one === key(3)) return new Promise((_resolve, reject) => (signal.onabort = () => reject(signal.reason)));
        return { key: one, registeredAt: 0, reputation: 500 };
      },
      block: async ({ registeredAt }) => block(registeredAt, [4]),
      tip: async () => head(40),
    };
    const { registry, emitted } = await bench(new Memory(), failing);
    registry.chain({ kind: "head", head: head(40) });
    for (const one of [1, 2, 3, 4, 5]) registry.asked(key(one));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(authorsOf(emitted.at(-1))).toEqual([key(4)]);
    expect(registry.boundRows()).toContainEqual({ name: "chain_unknown_authors", size: 4, cap: 1024 });
  });

  it("a stop does not wait for a look-up", async () => {
    const slow: AuthorLookup = {
      ...nobody,
      miner: (_one, signal) =>
        new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    };
    const { registry } = await bench(new Memory(), slow);
    registry.asked(key(1));
    await vi.advanceTimersByTimeAsync(200);
    await registry.stop();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("facts that no chain changes", () => {
  it("fixed facts are emitted once and stay", async () => {
    const facts = everyone([]);
    const fixed = new FixedFacts(facts);
    const emitted: ChainFacts[] = [];
    await fixed.start((one) => emitted.push(one));
    fixed.chain();
    fixed.asked();
    expect([emitted, fixed.facts(), fixed.startFrom()]).toEqual([[facts], facts, undefined]);
    await fixed.stop();
  });
});
