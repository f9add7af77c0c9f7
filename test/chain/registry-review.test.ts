import { blake3 as hash } from "@noble/hashes/blake3.js";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { ChainRegistry } from "../../src/chain/index.js";
import type { ChainBlock, ChainHead } from "../../src/chain/types.js";
import type { ChainFacts } from "../../src/engine/chain-facts.js";

const key = (n: number): string => n.toString(16).padStart(64, "0");

function block(topoheight: number, registered: readonly number[] = []): ChainBlock {
  const timestampMs = topoheight * 1000;
  return { topoheight, height: topoheight, hash: key(topoheight), timestampMs, registered: registered.map(key) };
}

function head(stableHeight: number): ChainHead {
  return { height: 99, topoheight: 99, stableHeight, hash: key(99), timestampSeconds: 0 };
}

async function bench() {
  const emitted: ChainFacts[] = [];
  const lines: string[] = [];
  const registry = new ChainRegistry({
    blake3: hash,
    genesis: new Uint8Array(32).fill(3),
    rosters: [],
    memory: { load: async () => undefined, save: async () => undefined },
    lookup: { miner: async () => undefined, block: async () => undefined, tip: async () => undefined },
    log: (level, text) => void lines.push(`${level} ${text}`),
  });
  onTestFinished(() => registry.stop());
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
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("the registry under a second reading", () => {
  it("what a second reading finds replaces the facts, also where an earlier side block has the greater height", async () => {
    const { registry, emitted, lines } = await bench();
    const side = { ...block(1), height: 3 };
    feed(registry, [block(0), side, block(2)], 3);
    const review = registry.review();
    expect(review?.last).toEqual({ topoheight: 2, hash: key(2) });
    for (const one of [block(0), { ...side, registered: [key(7)] }, block(2, [8])]) review?.block(one);
    expect(review?.end(true)).toBe(true);
    await vi.advanceTimersByTimeAsync(1000);
    expect(authorsOf(emitted.at(-1))).toEqual([key(7), key(8)]);
    expect(lines.at(-1)).toBe("warn the chain was read again: registrations were corrected");
  });

  it("a second reading that did not reach its end changes nothing", async () => {
    const { registry } = await bench();
    feed(registry, [block(0), block(1, [1])], 1);
    const review = registry.review();
    review?.block(block(0));
    expect(review?.end(false)).toBe(false);
    await vi.advanceTimersByTimeAsync(1000);
    expect(authorsOf(registry.facts())).toEqual([key(1)]);
  });

  it("a second reading whose last block was rewound meanwhile changes nothing", async () => {
    const { registry } = await bench();
    feed(registry, [block(0), block(1), block(2)], 2);
    const review = registry.review();
    for (const one of [block(0), block(1, [1]), block(2)]) review?.block(one);
    registry.chain({ kind: "rewound", toTopoheight: 1, head: head(1) });
    feed(registry, [{ ...block(2), hash: key(22) }, block(3)], 3);
    expect(review?.end(true)).toBe(false);
    await vi.advanceTimersByTimeAsync(1000);
    expect(authorsOf(registry.facts())).toEqual([]);
  });

  it("a registry that lacks blocks is not reviewed", async () => {
    const { registry } = await bench();
    registry.chain({ kind: "skipped", fromTopoheight: 0, toTopoheight: 70 });
    feed(registry, [block(71)], 71);
    expect(registry.review()).toBeUndefined();
  });
});
