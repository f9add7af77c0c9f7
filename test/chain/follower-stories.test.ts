import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import type { ChainBlock } from "../../src/chain/types.js";
import { NetworkError } from "../../src/protocol/errors.js";
import { follow, holdTime, type Start } from "./following.js";
import { ModelChain } from "./model-chain.js";

holdTime();

/** Possible steps: changes of the chain, and changes of its answers. */
const happening = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("grow" as const), count: fc.integer({ min: 1, max: 50 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("reorganise" as const),
      depth: fc.integer({ min: 1, max: 40 }),
      count: fc.integer({ min: 0, max: 45 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("exchange" as const), below: fc.integer({ min: 0, max: 5 }) }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant("answer" as const), count: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("fail" as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("time" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("resync" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("stale" as const), stale: fc.boolean() }) },
);
/** How the words about new blocks arrive: lost, twice, late and in any order. */
const words = fc.record({ keep: fc.integer({ min: 0, max: 100 }), twice: fc.boolean(), order: fc.integer() });
const start = fc.option(
  fc.record({ topoheight: fc.integer({ min: 0, max: 60 }), hash: fc.constantFrom("true", "false", undefined) }),
  { nil: undefined },
);

describe("hints and pushes that are lost, doubled, late or out of order", () => {
  for (const mode of ["hints", "pushes"] as const) {
    test(`after any steps the stream keeps its contract and ends at the state of the chain (${mode})`, async () => {
      const story = fc.array(fc.tuple(happening, words), { minLength: 1, maxLength: 60 });
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 1, max: 80 }), start, story, async (length, begin, steps) => {
          const chain = new ModelChain(length);
          const seen = begin?.hash === "true" ? chain.at(Math.min(begin.topoheight, chain.top)) : undefined;
          const from: Start =
            begin === undefined
              ? undefined
              : (seen ?? {
                  topoheight: begin.topoheight,
                  hash: begin.hash === undefined ? undefined : "ff".repeat(32),
                });
          const next = from === undefined ? undefined : from.topoheight + (from.hash === undefined ? 0 : 1);
          const { follower, source, oracle, settle } = follow(chain, from, next);
          follower.resync();
          let rumours: ChainBlock[] = [];
          for (const [step, { keep, twice, order }] of steps) {
            if (step.do === "grow") rumours.push(...chain.grow(step.count));
            else if (step.do === "reorganise") rumours.push(...chain.reorganise(step.depth, step.count));
            else if (step.do === "exchange") rumours.push(...chain.exchange(step.below));
            else if (step.do === "answer") for (let i = 0; i < step.count; i++) await source.answer();
            else if (step.do === "fail") source.failure = new NetworkError("chain_unreachable", "gone");
            else if (step.do === "time") vi.runOnlyPendingTimers();
            else if (step.do === "resync") follower.resync();
            else source.stale = step.stale;
            const sent = rumours.filter((_, i) => (i * 37 + order) % 100 < keep);
            if (order % 3 === 0) sent.reverse();
            rumours = order % 2 === 0 ? rumours.slice(-5) : [];
            for (const block of twice ? [...sent, ...sent] : sent) {
              if (mode === "pushes") follower.pushed(block);
              else follower.hint(block);
            }
            if (mode === "pushes" && order % 5 === 0) follower.rewoundTo(chain.top - (order % 7));
          }
          source.stale = false;
          source.failure = undefined;
          await settle();
          follower.resync();
          await settle();
          expect(oracle.next).toBeDefined();
          for (const [place, hash] of oracle.emitted) expect([place, hash]).toEqual([place, chain.at(place).hash]);
          if ((next ?? 0) <= chain.top + 1) expect(oracle.next).toBe(chain.top + 1);
          expect(follower.head()).toEqual(
            expect.objectContaining({ hash: chain.at(chain.top).hash, topoheight: chain.top }),
          );
          follower.stop();
        }),
        { numRuns: 300 },
      );
    });
  }
});
