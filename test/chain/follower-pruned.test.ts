import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectEmitted, follow, holdTime, kinds } from "./following.js";
import { ModelChain } from "./model-chain.js";

holdTime();

/** A chain whose source lacks the blocks from 1 to `first` - 1 and does not report it. */
function halfPruned(length: number, first: number): ModelChain {
  const chain = new ModelChain(length);
  chain.first = first;
  chain.hidesFirst = true;
  return chain;
}

describe("a source that does not report what it pruned", () => {
  it("an unreported gap after the genesis is skipped after few requests", async () => {
    const { follower, source, oracle, failures, settle } = follow(
      halfPruned(100_000, 70_001),
      { topoheight: 0, hash: undefined },
      0,
    );
    follower.hint();
    while ((oracle.next ?? 0) < 70_002) await source.answer();
    expect(oracle.events.slice(0, 2)).toMatchObject([
      { kind: "block", block: { topoheight: 0 } },
      { kind: "skipped", fromTopoheight: 1, toTopoheight: 70_000 },
    ]);
    // Three attempts of two questions each, the search, and the attempt that succeeds.
    expect(source.calls).toBeLessThanOrEqual(6 + 4 + 17 + 4);
    await settle();
    expect(failures).toEqual([]);
  });

  it("a pruned source is followed from any start, also with further pruning and rewinds", async () => {
    const step = fc.record({
      grow: fc.nat({ max: 40 }),
      prune: fc.nat({ max: 200 }),
      back: fc.nat({ max: 12 }),
      resync: fc.boolean(),
      says: fc.boolean(),
    });
    const runs = fc.asyncProperty(
      fc.nat({ max: 60 }),
      fc.array(step, { minLength: 1, maxLength: 6 }),
      async (start, steps) => {
        const chain = halfPruned(120, 0);
        const known = start === 0 ? undefined : chain.at(start).hash;
        const { follower, oracle, settle } = follow(
          chain,
          { topoheight: start, hash: known },
          start === 0 ? 0 : start + 1,
        );
        for (const { grow, prune, back, resync, says } of steps) {
          // Pruned blocks are stable: a rewind does not reach them.
          if (back > 0 && chain.top - back > chain.first) chain.reorganise(back, back + 1);
          chain.grow(grow);
          chain.first = Math.max(chain.first, Math.min(prune, chain.top - 20));
          chain.hidesFirst = !says;
          if (resync) follower.resync();
          else follower.hint();
          await settle();
          expect(oracle.next).toBe(chain.top + 1);
          for (const [place, hash] of oracle.emitted) if (place >= chain.first) expect(hash).toBe(chain.at(place).hash);
        }
        for (let place = Math.max(chain.first, start + 1); place <= chain.top; place++) {
          expect(oracle.emitted.get(place)).toBe(chain.at(place).hash);
        }
        follower.stop();
      },
    );
    await fc.assert(runs, { numRuns: 60, endOnFailure: true });
  });

  it("a missing block that is not stable is waited for, and the trouble is reported", async () => {
    const chain = new ModelChain(50);
    chain.withheld = 47;
    const { follower, source, oracle, failures, settle } = follow(chain, { topoheight: 0, hash: undefined }, 0);
    follower.hint();
    while (failures.length === 0) await source.answer();
    expect(failures[0]).toMatchObject({ code: "chain_answer", message: expect.stringContaining("block 47") });
    chain.withheld = undefined;
    follower.resync();
    await settle();
    expect(oracle.next).toBe(50);
    expect(kinds(oracle)).not.toContain("skipped");
  });

  it("a block that stays missing is skipped alone when it is stable", async () => {
    const chain = new ModelChain(50);
    chain.withheld = 30;
    const { follower, oracle, settle } = follow(chain, { topoheight: 0, hash: undefined }, 0);
    follower.hint();
    await settle();
    expect(oracle.events).toContainEqual({ kind: "skipped", fromTopoheight: 30, toTopoheight: 30 });
    expect(oracle.next).toBe(50);
  });

  it("a source without its top block sets a trouble until the block is available", async () => {
    const chain = halfPruned(50, 50);
    const { follower, source, oracle, failures, settle, oks } = follow(chain, { topoheight: 0, hash: undefined }, 0);
    follower.hint();
    while (failures.length === 0) await settleOnce();
    expect(failures[0]).toMatchObject({ code: "chain_answer" });
    expect(oks()).toBe(0);
    chain.first = 30;
    await settle();
    expect(kinds(oracle)).toContain("skipped");
    expectEmitted(oracle, chain, 30);

    async function settleOnce(): Promise<void> {
      for (let i = 0; i < 30 && failures.length === 0; i++) await source.answer();
    }
  });
});
