import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isObject, type Json, readJson } from "../../src/testing/daemon-json.js";
import type { EventGroups } from "../../src/testing/fake-chain.js";
import { eventOf, FakeChain, readTranscript } from "../../src/testing/index.js";
import { recording } from "../support/recordings.js";

function newChain(seed = "a"): FakeChain {
  return new FakeChain({ seed, network: 3, now: () => 1_795_359_808_918 });
}

const names = (groups: EventGroups): readonly string[] => groups.flat().map(({ event }) => event);

type Step =
  | { readonly kind: "mine" | "orphan" }
  | { readonly kind: "beside"; readonly before: boolean }
  | { readonly kind: "rewind"; readonly depth: number; readonly announced: boolean };

const steps = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.constant<Step>({ kind: "mine" }) },
    { weight: 1, arbitrary: fc.constant<Step>({ kind: "orphan" }) },
    { weight: 2, arbitrary: fc.boolean().map<Step>((before) => ({ kind: "beside", before })) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.integer({ min: 1, max: 20 }), fc.boolean())
        .map<Step>(([depth, announced]) => ({ kind: "rewind", depth, announced })),
    },
  ),
  { maxLength: 60 },
);

function take(chain: FakeChain, step: Step): EventGroups {
  switch (step.kind) {
    case "mine":
      return chain.mine();
    case "orphan":
      return chain.mineOrphan();
    case "beside":
      return chain.height === 0 ? [] : chain.mineBeside(step.before);
    case "rewind":
      return step.depth > chain.topoheight ? [] : chain.rewind(step.depth, step.announced);
  }
}

describe("FakeChain", () => {
  it("who applies block_ordered as it comes has the order, and the stable height, after whatever happens", () => {
    fc.assert(
      fc.property(steps, (all) => {
        const chain = newChain();
        const received = new Map<Json | undefined, Json | undefined>([[0, chain.top.hash]]);
        let stable: Json | undefined = 0;
        for (const step of all) {
          for (const { event, body } of take(chain, step).flat()) {
            if (event === "block_ordered") received.set(body.topoheight, body.block_hash);
            if (event === "stable_height_changed") {
              expect(body.previous_stable_height).toBe(stable);
              stable = body.new_stable_height;
            }
          }
          expect(stable).toBe(chain.stableHeight);
        }
        for (let i = 0; i <= chain.topoheight; i++) expect(received.get(i)).toBe(chain.at(i)?.hash);
      }),
    );
  });

  it("places are without gaps, parents come before their children, and each block is found in each way", () => {
    fc.assert(
      fc.property(steps, (all) => {
        const chain = newChain();
        for (const step of all) take(chain, step);
        for (const [i, block] of chain.range(0, chain.topoheight).entries()) {
          expect(block.topoheight).toBe(i);
          expect(chain.byHash(block.hash)).toBe(block);
          expect(chain.atHeight(block.height)).toContain(block);
          for (const tip of block.tips) expect(chain.byHash(tip)?.topoheight).toBeLessThan(i);
        }
        expect(chain.at(chain.topoheight + 1)).toBeUndefined();
        expect(chain.at(chain.stableTopoheight)?.height).toBeLessThanOrEqual(chain.stableHeight);
      }),
    );
  });

  it("the same seed and the same deeds give the same hashes; another seed gives another genesis", () => {
    const run = (seed: string): readonly string[] => {
      const chain = newChain(seed);
      for (let i = 0; i < 12; i++) chain.mine();
      chain.rewind(3, true);
      chain.mineBeside(true);
      return chain.range(0, chain.topoheight).map(({ hash }) => hash);
    };
    expect(run("a")).toEqual(run("a"));
    expect(run("a")[0]).not.toBe(run("b")[0]);
  });

  it("the first blocks tell the whole order again, as recorded", () => {
    const lines = readTranscript(recording("peers/two-nodes-a.txt"));
    const recorded: Json[] = [];
    for (const { what, frame, payload } of lines) {
      const message = what === "RECV" && frame === "text" ? readJson(payload) : undefined;
      if (eventOf(message) !== "block_ordered" || !isObject(message) || !isObject(message.result)) continue;
      recorded.push(message.result.topoheight ?? null);
    }
    const chain = newChain();
    chain.mine();
    const announced: Json[] = [];
    while (announced.length < recorded.length) {
      for (const { event, body } of chain.mine().flat())
        if (event === "block_ordered") announced.push(body.topoheight ?? null);
    }
    expect(announced).toEqual(recorded);
  });

  it("a rewind past the stable height lowers it and says nothing of orphans, as recorded", () => {
    const recorded = readTranscript(recording("peers/reorg-3-past-stable.txt"))
      .filter(({ what, frame }) => what === "RECV" && frame === "text")
      .map(({ payload }) => eventOf(readJson(payload)))
      .filter((event) => event !== undefined);
    const chain = newChain();
    for (let i = 0; i < 163; i++) chain.mine();
    const before = chain.stableHeight;
    const removed = chain.top.hash;
    expect(names(chain.rewind(12, false))).toEqual(recorded.slice(0, 2));
    expect([chain.stableHeight, chain.topoheight]).toEqual([before - 12, 151]);
    expect(chain.byHash(removed)).toBeUndefined();
    expect(recorded).not.toContain("block_orphaned");
  });

  it("an announced rewind names each block, which is still found by its hash", () => {
    const chain = newChain();
    for (let i = 0; i < 20; i++) chain.mine();
    const removed = chain.range(17, 20).map(({ hash }) => hash);
    const announced = chain.rewind(4, true).flat();
    const orphaned = announced.filter(({ event }) => event === "block_orphaned");
    expect(orphaned.map(({ body }) => body.block_hash).sort()).toEqual(removed.sort());
    expect(chain.byHash(removed[0] ?? "")?.topoheight).toBeNull();
  });

  it("an orphaned new_block has no place, no reward and no supply", () => {
    const chain = newChain();
    chain.mine();
    const [event] = chain.mineOrphan().flat();
    const nothing = { topoheight: null, reward: null, miner_reward: null, dev_reward: null, supply: null };
    expect(event).toMatchObject({ event: "new_block", body: { block_type: "Orphaned", ...nothing } });
    expect(chain.topoheight).toBe(1);
  });
});
