import { describe, expect, test } from "vitest";
import type { ChainFacts } from "../../src/engine/chain-facts.js";
import { LoneWorld } from "../support/simulation/lone-world.js";
import { author, type Made } from "../support/simulation/story.js";

const STRAND = "040000";
const REQUEST = "1".padStart(32, "0");

function listed(keys: readonly string[], timeSeconds: bigint): ChainFacts {
  return {
    registry: { kind: "listed", authors: new Map(keys.map((key) => [key, { weight: 1, fromSeconds: 0 }])) },
    registryDigest: keys.length.toString(16).padStart(64, "0"),
    registryTimeSeconds: timeSeconds,
    rosters: [],
  };
}

function asked(lone: LoneWorld): string[] {
  return lone.node.effects.flatMap((effect) => (effect.kind === "unknown_author" ? [effect.author] : []));
}

function task(lone: LoneWorld, who: number, number = 0): Made {
  return lone.story.task(author(who), lone.story.nowSeconds + 3600, { number });
}

describe("authors that the registry lacks", () => {
  test("unknown authors are reported to the chain once in a step, without a fault of a peer", () => {
    const lone = new LoneWorld({}, listed([author(1)], 0n));
    lone.peer("a");
    lone.gossip("a", [task(lone, 1).envelope, task(lone, 2).envelope, task(lone, 2, 1).envelope]);
    expect(asked(lone)).toEqual([author(2)]);
    expect(lone.faultsOf("a")).toEqual([]);
  });

  test("unknown authors are reported at most sixteen in a step", () => {
    const lone = new LoneWorld({}, listed([], 0n));
    lone.peer("a");
    lone.gossip(
      "a",
      Array.from({ length: 50 }, (_, who) => task(lone, who).envelope),
    );
    expect(asked(lone)).toHaveLength(16);
  });

  test("unknown authors stay refused until the registry changes; its time alone has no effect", () => {
    const before = listed([author(1)], 5n);
    const lone = new LoneWorld({}, before);
    lone.peer("a");
    const made = task(lone, 2);
    lone.request("a", { kind: "windows", requestId: REQUEST, strands: [STRAND], fromDay: 0, toDay: 30_000 });
    const window = Math.floor(lone.story.nowSeconds / 600);
    lone.frame("a", { kind: "ids", requestId: REQUEST, strand: STRAND, window, last: true, ids: [made.id] });
    lone.frame("a", { kind: "ids", requestId: REQUEST, strand: STRAND, window: 2 ** 32 - 1, last: true, ids: [] });
    lone.records("a", REQUEST, [made.envelope]);
    expect(asked(lone)).toEqual([author(2)]);
    const refused = (): number => lone.node.engine.sizes().refused_ids;
    expect(refused()).toBe(1);
    lone.node.step({ kind: "chain", facts: { ...before, registryTimeSeconds: 15n } });
    expect(refused()).toBe(1);
    lone.node.step({ kind: "chain", facts: listed([author(1), author(2)], 15n) });
    expect(refused()).toBe(0);
    expect(lone.gossip("a", [made.envelope]).acceptance).toBe("accept");
  });
});
