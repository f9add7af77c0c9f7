import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { judgeAll, VERDICTS_AT_ONCE_MIN } from "../../src/engine/fold/batch-verdicts.js";
import { ConsensusTracker, type TrackerOptions } from "../../src/engine/fold/consensus-tracker.js";
import { stateDigestAt } from "../../src/engine/fold/state-digest.js";
import { RecordSet } from "../../src/engine/set/record-set.js";
import type { TaskRecord } from "../../src/engine/set/task-record.js";
import { verdictsOf } from "../../src/kernel/verdicts.js";
import { toHex } from "../../src/protocol/bytes.js";
import { DEFAULT_RULES, rulesDigest } from "../../src/protocol/rules.js";
import { recordStrand } from "../../src/protocol/strand.js";
import { backends } from "../support/backends.js";
import { announce, blake3, END, entryOf, FACTS, key, refTo, submit, validate, world } from "../support/engine-world.js";

const scored = fc.record({
  requiredReviewers: fc.nat(6),
  validations: fc.array(
    fc.record({ score: fc.integer({ min: 0, max: 100 }), weight: fc.integer({ min: 1, max: 10_000 }) }),
    { maxLength: 12 },
  ),
});

/** One task with more accepted submissions than a batch needs, most of them with a reached verdict. */
const wide: fc.Arbitrary<readonly TaskRecord[]> = fc
  .array(fc.array(fc.integer({ min: 0, max: 100 }), { maxLength: 4 }), {
    minLength: VERDICTS_AT_ONCE_MIN,
    maxLength: 40,
    size: "max",
  })
  .map((answers) => {
    const task = announce({ author: key(90), number: 7 }, { maxParticipants: 50 });
    const cast = answers.flatMap((scores, at) => {
      const answer = submit(task, { author: key(100 + at), number: 200 });
      return [
        answer,
        ...scores.map((score, i) => validate(task, answer.id, score, { author: key(1 + i), number: 300 + at })),
      ];
    });
    return [task, ...cast];
  });

describe.each(backends)("verdicts of many submissions: $backend", (kernel) => {
  const batch: TrackerOptions["verdictsOf"] = (submissions, rules) => verdictsOf(kernel, submissions, rules);

  it("verdicts equal the engine's own sums", () => {
    const rules = fc
      .record({ varianceLimit: fc.integer({ min: 1, max: 2500 }), minValidators: fc.integer({ min: 1, max: 5 }) })
      .map((some) => ({ ...DEFAULT_RULES, ...some }));
    fc.assert(
      fc.property(fc.array(scored, { maxLength: 24 }), rules, (submissions, some) => {
        expect(verdictsOf(kernel, submissions, some)).toEqual(judgeAll(submissions, { rules: some }));
      }),
    );
  });

  it("verdicts are exact for the maximum number of members with the maximum weight", () => {
    const validations = new Array<{ score: number; weight: number }>(200_000).fill({ score: 100, weight: 10_000 });
    const submissions = [{ requiredReviewers: 0, validations }];
    expect(verdictsOf(kernel, submissions, DEFAULT_RULES)).toEqual(judgeAll(submissions, { rules: DEFAULT_RULES }));
  });

  it("verdictsOf refuses weights with inexact sums and invalid scores", () => {
    for (const one of [
      { score: 1, weight: 65_536 },
      { score: 101, weight: 1 },
    ]) {
      const submissions = [{ requiredReviewers: 0, validations: [one] }];
      expect(() => verdictsOf(kernel, submissions, DEFAULT_RULES)).toThrow(
        expect.objectContaining({ code: "bad_parameters" }),
      );
    }
  });

  it("verdicts give the same tasks and state digest, at first and after a change of weights", () => {
    fc.assert(
      fc.property(
        fc.tuple(world, wide).chain(([some, many]) => {
          const all = [...new Map([...some, ...many].map((record) => [record.id, record])).values()];
          return fc.shuffledSubarray(all, { minLength: all.length });
        }),
        fc.constantFrom(...FACTS),
        fc.constantFrom(...FACTS),
        (records, first, then) => {
          const [own, kept] = [fold(records, first), fold(records, first, batch)];
          expect(own.concluded().digest).toBeDefined();
          expect(kept.concluded()).toEqual(own.concluded());
          own.tracker.setChain(then);
          kept.tracker.setChain(then);
          expect(kept.concluded()).toEqual(own.concluded());
        },
      ),
      { numRuns: 50 },
    );
  });
});

/** A node that takes these records without a fold, and its results. */
function fold(records: readonly TaskRecord[], facts: (typeof FACTS)[number], batch?: TrackerOptions["verdictsOf"]) {
  const rules = { ...DEFAULT_RULES, registry: facts.kind };
  const set = new RecordSet(blake3, rules);
  const tracker = new ConsensusTracker({ blake3, rules, set, verdictsOf: batch });
  tracker.setChain(facts);
  for (const record of records) {
    const admission = set.admit(entryOf(record));
    if (admission.outcome !== "added") continue;
    if (admission.evicted !== undefined) tracker.remove(admission.evicted);
    tracker.add(record);
  }
  const identity = { network: 3, genesis: new Uint8Array(32).fill(7), rules, rulesDigest: rulesDigest(blake3, rules) };
  const strands = records.flatMap((record) =>
    record.payload.kind === "task" ? [recordStrand(refTo(record), rules.shards)] : [],
  );
  const concluded = () => {
    if (batch !== undefined) tracker.foldAll(tracker.taskIds());
    const views = tracker.taskIds().map((taskId) => tracker.view(taskId, END + 60));
    const digest = stateDigestAt({ blake3, set, tracker, identity, strands, atSeconds: END + 60 });
    return { views, digest: digest === undefined ? undefined : toHex(digest) };
  };
  return { tracker, concluded };
}
