import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type FoldedTask, foldTask } from "../../src/engine/fold/task-fold.js";
import { WeightBook } from "../../src/engine/fold/weight-book.js";
import { RecordSet } from "../../src/engine/set/record-set.js";
import type { TaskRecord } from "../../src/engine/set/task-record.js";
import { compareBytes } from "../../src/protocol/bytes.js";
import { acceptanceRank } from "../../src/protocol/digests.js";
import { DEFAULT_RULES } from "../../src/protocol/rules.js";
import { taskOf } from "../../src/protocol/strand.js";
import {
  announce,
  blake3,
  cancel,
  DEADLINE,
  END,
  entryOf,
  FACTS,
  key,
  NOON,
  refTo,
  submit,
  validate,
  world,
} from "../support/engine-world.js";
import "../support/validation-lists.js";

const [publisher, alice, bob, carol, dave] = [0, 1, 2, 3, 4].map(key) as [string, string, string, string, string];

function taskIdOf(record: TaskRecord): string {
  return taskOf(record.payload, record.id, record.timestampSeconds).taskId;
}

/** The fold of one task from the set of these records; undefined if its slot keeps two others with lower ids. */
function foldIfHeld(
  records: readonly TaskRecord[],
  taskId: string,
  facts = FACTS[0] as (typeof FACTS)[number],
): FoldedTask | undefined {
  const rules = { ...DEFAULT_RULES, registry: facts.kind };
  const set = new RecordSet(blake3, rules);
  for (const record of records) set.admit(entryOf(record));
  const members = records.filter((record) => set.has(record.id) && taskIdOf(record) === taskId);
  const equivocatedPair = (id: string) => set.equivocatedPair(id);
  return foldTask(members, { blake3, rules, taskId, equivocatedPair, weights: new WeightBook(facts, rules) });
}

function fold(...args: Parameters<typeof foldIfHeld>): FoldedTask {
  const folded = foldIfHeld(...args);
  if (folded === undefined) throw new Error("no record of the task");
  return folded;
}

/** The result without `recordCount`, which also counts records of other strands; empty without an announcement. */
function meaning(folded: FoldedTask | undefined): Partial<FoldedTask> {
  if (folded === undefined || (folded.announcement === undefined && !folded.equivocated)) return {};
  const { recordCount: _, ...rest } = folded;
  return rest;
}

function counted(folded: FoldedTask): [string, string[]][] {
  return folded.submissions.map(({ id, validations }) => [
    id,
    validations.ascending().map((validation) => validation.id),
  ]);
}

const task = announce({ author: publisher });
const answer = submit(task, { author: alice });

describe("fold", () => {
  it("the fold is the same in any order of the records", () => {
    const drawn = fc.tuple(world, fc.constantFrom(...FACTS), fc.infiniteStream(fc.nat()));
    fc.assert(
      fc.property(drawn, ([records, facts, keys]) => {
        const shuffled = records
          .map((record) => ({ record, rank: keys.next().value as number }))
          .sort((a, b) => a.rank - b.rank)
          .map(({ record }) => record);
        for (const { id, payload } of records) {
          if (payload.kind === "task") expect(foldIfHeld(shuffled, id, facts)).toEqual(foldIfHeld(records, id, facts));
        }
      }),
    );
  });

  it("the fold is the same for a node that holds only the task's strand", () => {
    fc.assert(
      fc.property(world, (records) => {
        for (const { id, payload, strand } of records) {
          if (payload.kind !== "task") continue;
          const inside = records.filter((record) => record.strand === strand);
          expect(meaning(foldIfHeld(inside, id))).toEqual(meaning(foldIfHeld(records, id)));
        }
      }),
    );
  });

  it("the fold counts a validation of an accepted submission, with its exact sums", () => {
    const votes = [
      validate(task, answer.id, 80, { author: bob }),
      validate(task, answer.id, 90, { author: carol }),
      validate(task, answer.id, 91, { author: dave }),
    ];
    const [submission] = fold([task, answer, ...votes], task.id).submissions;
    expect(submission?.verdict).toEqual({
      n: 3,
      sum: 261,
      sumOfSquares: 6400 + 8100 + 8281,
      weightSum: 3,
      weightedSum: 261,
      reached: true,
    });
    expect(submission?.validations.ascending().map(({ id }) => id)).toEqual(votes.map(({ id }) => id).sort());
  });

  it("rule 1: excludes both records of an equivocated slot, also when the other one is of another task", () => {
    const other = announce({ author: publisher, number: 1 });
    const here = submit(task, { author: alice, number: 5 });
    const there = submit(other, { author: alice, number: 5 });
    const records = [task, other, here, there];
    const proof = [here.id, there.id].sort();
    for (const { id } of [task, other]) {
      expect(fold(records, id)).toMatchObject({
        submissions: [],
        excludedAuthors: [{ author: alice, reason: "slot", proof }],
      });
    }
  });

  it("rule 1: excludes an announcement only by its own slot, and then the whole task", () => {
    const double = announce({ author: publisher, nonce: 1 });
    const folded = fold([task, double, answer], task.id);
    expect(folded).toMatchObject({ announcement: undefined, equivocated: true, submissions: [] });
    expect(folded.excludedAuthors).toEqual([{ author: publisher, reason: "slot", proof: [task.id, double.id].sort() }]);
    const cancels = [0, 1].map((nonce) => cancel(task, { author: publisher, number: 7, nonce }));
    const equivocatedElsewhere = fold([task, answer, ...cancels], task.id);
    expect(equivocatedElsewhere).toMatchObject({
      announcement: task,
      equivocated: false,
      excludedAuthors: [{ author: publisher }],
    });
    expect(counted(equivocatedElsewhere)).toEqual([[answer.id, []]]);
  });

  it("rule 2: excludes a record with another t0, type or task's submission, which proves no equivocation", () => {
    const other = announce({ author: publisher, number: 1 });
    const foreign = submit(other, { author: carol });
    const stray = submit({ ...refTo(task), t0: NOON - 1 }, { author: alice, number: 1 }, "another answer");
    const wrong = [
      stray,
      validate(task, stray.id, 10, { author: carol, number: 3 }),
      validate(task, stray.id, 20, { author: carol, number: 4 }),
      submit({ ...refTo(task), taskType: 3 }, { author: alice, number: 2 }, "a third answer"),
      validate(task, foreign.id, 10, { author: bob, number: 3 }),
      validate(task, foreign.id, 20, { author: bob, number: 4 }),
      validate({ ...refTo(task), t0: NOON - 1 }, answer.id, 30, { author: dave, number: 5 }),
    ];
    const folded = fold([task, other, answer, foreign, ...wrong], task.id);
    expect(counted(folded)).toEqual([[answer.id, []]]);
    expect(folded.excludedAuthors).toEqual([]);
  });

  it("rule 3: excludes an author with contradicting records, even when one of them is too late", () => {
    const late = submit(task, { author: alice, number: 1, timestampSeconds: DEADLINE + 1 }, "another answer");
    const proof = [answer.id, late.id].sort();
    expect(fold([task, answer, late], task.id)).toMatchObject({
      submissions: [],
      excludedAuthors: [{ author: alice, reason: "two_submissions", proof }],
    });
    const other = submit(task, { author: carol });
    const votes = [
      validate(task, answer.id, 80, { author: bob }),
      validate(task, answer.id, 81, { author: bob, number: 1, timestampSeconds: END + 1 }),
      validate(task, other.id, 90, { author: bob, number: 2 }),
    ];
    const folded = fold([task, answer, other, ...votes], task.id);
    expect(counted(folded).every(([, validations]) => validations.length === 0)).toBe(true);
    expect(folded.excludedAuthors).toMatchObject([{ author: bob, reason: "two_validations" }]);
  });

  it("rule 3: treats two bodies with the same score as different meanings", () => {
    const bodies = ["one report", "another report"];
    const votes = bodies.map((body, number) => validate(task, answer.id, 80, { author: bob, number }, body));
    expect(fold([task, answer, ...votes], task.id).excludedAuthors).toMatchObject([
      { author: bob, reason: "two_validations" },
    ]);
  });

  it("rule 4: excludes late records and those of the publisher and submitter; the last second counts", () => {
    const inTime = submit(task, { author: bob, timestampSeconds: DEADLINE });
    const records = [
      task,
      answer,
      inTime,
      submit(task, { author: carol, timestampSeconds: DEADLINE + 1 }),
      submit(task, { author: publisher, number: 9 }),
      validate(task, answer.id, 1, { author: alice }),
      validate(task, answer.id, 2, { author: publisher }),
      validate(task, answer.id, 3, { author: dave, timestampSeconds: END + 1 }),
    ];
    const lastSecond = validate(task, answer.id, 4, { author: bob, timestampSeconds: END });
    const expected: [string, string[]][] = [
      [answer.id, [lastSecond.id]],
      [inTime.id, []],
    ];
    expect(counted(fold([...records, lastSecond], task.id))).toEqual(expected.sort());
  });

  it("rule 5: keeps the lowest (timestamp, id) of records with the same meaning", () => {
    const again = submit(task, { author: alice, number: 1, timestampSeconds: NOON + 30 }, `answer of ${alice}`);
    const votes = [0, 1, 2].map((number) => validate(task, again.id, 70, { author: bob, number }));
    const folded = fold([task, answer, again, ...votes], task.id);
    expect(counted(folded)).toEqual([[again.id, [votes.map(({ id }) => id).sort()[0]]]]);
    expect(folded.excludedAuthors).toEqual([]);
  });

  it("rule 6: accepts the lowest ranks, in any order of arrival", () => {
    const small = announce({ author: publisher }, { maxParticipants: 2 });
    const answers = [1, 2, 3, 4, 5].map((i) => submit(small, { author: key(i), timestampSeconds: NOON + i }));
    const accepted = [...answers]
      .sort((a, b) =>
        compareBytes(acceptanceRank(blake3, small.id, a.author), acceptanceRank(blake3, small.id, b.author)),
      )
      .slice(0, 2);
    const votes = answers.map(({ id }, number) => validate(small, id, 50, { author: key(9), number }));
    const folded = fold([small, ...answers, ...votes], small.id);
    expect(folded.submissions.map(({ id }) => id)).toEqual(accepted.map(({ id }) => id).sort());
    expect(folded.submissions.map(({ verdict }) => verdict.n)).toEqual([1, 1]);
  });

  it("rule 7: counts only members of a roster; without one, weights are those of the registry file, or 1", () => {
    const votes = [2, 3, 9].map((i) => validate(task, answer.id, 80, { author: key(i) }));
    const sums = FACTS.map((facts) => {
      const verdict = fold([task, answer, ...votes], task.id, facts).submissions[0]?.verdict;
      return [verdict?.n, verdict?.weightSum, verdict?.weightedSum];
    });
    expect(sums).toEqual([
      [3, 3, 240],
      [3, 21 + 31 + 1, 53 * 80],
      [2, 200 + 300, 500 * 80],
    ]);
  });

  it("the fold accepts a cancellation by the publisher only while no submission counts", () => {
    const stop = cancel(task, { author: publisher, number: 1, timestampSeconds: END + 5 });
    expect(fold([task, stop], task.id).cancelled).toBe(true);
    expect(fold([task, stop, submit(task, { author: publisher, number: 3 })], task.id).cancelled).toBe(true);
    expect(fold([task, stop, answer], task.id).cancelled).toBe(false);
    expect(fold([task, cancel(task, { author: bob, number: 1 })], task.id).cancelled).toBe(false);
  });

  it("the fold counts no record of a task without an announcement", () => {
    const folded = fold([answer, validate(task, answer.id, 1, { author: bob })], task.id);
    expect(folded).toMatchObject({
      announcement: undefined,
      equivocated: false,
      submissions: [],
      excludedAuthors: [],
      recordCount: 2,
    });
    expect(folded.task).toEqual(refTo(task));
  });

  it("uses the roster of the day before t0's day", () => {
    const day = Math.floor(NOON / 86_400);
    const from = (fromDay: number, who: number) => ({ fromDay, members: [{ key: key(who), weight: 7 }] });
    const facts = {
      kind: 0 as const,
      registry: { kind: "everyone" as const },
      rosters: [from(day - 1, 2), from(day, 3), from(day - 9, 4)],
    };
    const folded = fold([task, answer, validate(task, answer.id, 80, { author: bob })], task.id, facts);
    expect(folded.roster).toMatchObject({ day: day - 1, members: [{ key: bob, weight: 7 }] });
    expect(folded.submissions[0]?.verdict).toMatchObject({ n: 1, weightSum: 7 });
  });
});
