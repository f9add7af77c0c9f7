import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RecordPacker } from "../../src/engine/fold/packed-records.js";
import { type FoldContext, foldTask } from "../../src/engine/fold/task-fold.js";
import { TaskState } from "../../src/engine/fold/task-state.js";
import { ValidationList } from "../../src/engine/fold/validation-list.js";
import { WeightBook } from "../../src/engine/fold/weight-book.js";
import type { EquivocatedPair } from "../../src/engine/set/record-set.js";
import type { TaskRecord } from "../../src/engine/set/task-record.js";
import { DEFAULT_RULES } from "../../src/protocol/rules.js";
import { taskOf } from "../../src/protocol/strand.js";
import {
  announce,
  blake3,
  DEADLINE,
  END,
  FACTS,
  hash,
  key,
  refTo,
  submit,
  validate,
  world,
} from "../support/engine-world.js";
import "../support/validation-lists.js";

function contextOf(
  taskId: string,
  facts: (typeof FACTS)[number],
  equivocated: ReadonlyMap<string, EquivocatedPair>,
): FoldContext {
  const rules = { ...DEFAULT_RULES, registry: facts.kind };
  return { blake3, rules, taskId, equivocatedPair: (id) => equivocated.get(id), weights: new WeightBook(facts, rules) };
}

function stateOf(context: FoldContext): TaskState {
  return new TaskState(context.taskId, context, new RecordPacker(new Uint32Array(8)));
}

interface Step {
  readonly kind: "read" | "skip" | "remove" | "spend" | "reweigh" | "pack";
  readonly pick: number;
  readonly other: number;
}

/** The events between two adds. */
const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom(
    "read",
    "read",
    "read",
    "read",
    "read",
    "read",
    "skip",
    "remove",
    "spend",
    "reweigh",
    "pack",
    "pack",
  ),
  pick: fc.nat(),
  other: fc.nat(),
});

/** A task with many ordinary validations, which update sums, and sometimes every kind of bad record. */
const busyTask: fc.Arbitrary<readonly TaskRecord[]> = fc
  .array(
    fc.record({
      author: fc.nat({ max: 25 }),
      number: fc.nat({ max: 3 }),
      score: fc.constantFrom(0, 70, 71, 100),
      target: fc.nat({ max: 7 }),
      at: fc.constantFrom(DEADLINE, DEADLINE, DEADLINE, DEADLINE + 1, END, END + 1),
      kind: fc.constantFrom(
        "validation",
        "validation",
        "validation",
        "validation",
        "submission",
        "wrong t0",
        "wrong type",
      ),
    }),
    { minLength: 12, maxLength: 50, size: "max" },
  )
  .map((drafts) => {
    const task = announce({ author: key(0) }, { maxParticipants: 4, requiredReviewers: 3 });
    const answers = [1, 2, 3].map((i) => submit(task, { author: key(i) }));
    const right = refTo(task);
    const rest = drafts.map(({ author, number, score, target, at, kind }) => {
      const head = { author: key(author), number, timestampSeconds: at };
      if (kind === "submission") return submit(task, head, `answer ${score}`);
      const ref = {
        ...right,
        ...(kind === "wrong t0" ? { t0: right.t0 - 1 } : kind === "wrong type" ? { taskType: 2 } : {}),
      };
      return validate(ref, answers[target]?.id ?? hash("unknown"), score, head);
    });
    return [...new Map([task, ...answers, ...rest].map((record) => [record.id, record])).values()];
  });

const tangled = fc.oneof(busyTask, world);

describe("TaskState", () => {
  it("always equals the full fold, through adds, removals, packing, equivocated slots and new weights in any order", () => {
    fc.assert(
      fc.property(
        tangled,
        fc.infiniteStream(step),
        fc.constantFrom(...FACTS),
        fc.boolean(),
        (records, steps, first, inOrder) => {
          const taskId = (records[0] as TaskRecord).id;
          const mine = records.filter(
            (record) => taskOf(record.payload, record.id, record.timestampSeconds).taskId === taskId,
          );
          if (!inOrder) mine.reverse();
          const equivocated = new Map<string, EquivocatedPair>();
          let facts = first;
          const state = stateOf(contextOf(taskId, facts, equivocated));
          const held = new Map<string, TaskRecord>();
          const check = (): void => {
            expect(state.folded()).toEqual(foldTask([...held.values()], contextOf(taskId, facts, equivocated)));
          };
          for (const record of [...mine, ...mine]) {
            expect(state.add(record)).toBe(!held.has(record.id));
            held.set(record.id, record);
            const { kind, pick, other } = steps.next().value as Step;
            const [one, two] = [mine[pick % mine.length], mine[other % mine.length]] as [TaskRecord, TaskRecord];
            if (kind === "read") check();
            else if (kind === "remove") expect(state.remove(one.id)).toBe(held.delete(one.id));
            else if (kind === "reweigh") {
              // The kind of the registry never changes.
              facts = { ...(FACTS[pick % FACTS.length] as (typeof FACTS)[number]), kind: first.kind };
              state.reweigh(contextOf(taskId, facts, equivocated));
            } else if (kind === "pack") {
              state.pack();
              expect(state.hasSubmitted(one.author)).toBe(
                [...held.values()].some(
                  ({ author, payload }) => author === one.author && payload.kind === "submission",
                ),
              );
            } else if (kind === "spend") {
              // The other record of the pair may be added later: then its slot is already equivocated.
              const pair: EquivocatedPair = one.id < two.id ? [one.id, two.id] : [two.id, one.id];
              for (const id of pair) equivocated.set(id, pair);
              state.touch();
            }
          }
          check();
          expect(state.size).toBe(held.size);
        },
      ),
      { numRuns: 400 },
    );
  });

  it("the state of a task counts each of many ordinary validations", () => {
    const task = announce({ author: key(0) });
    const answer = submit(task, { author: key(1) });
    const state = stateOf(contextOf(task.id, FACTS[0] as (typeof FACTS)[number], new Map()));
    state.add(task);
    state.add(answer);
    for (let i = 2; i < 200; i++) {
      const timestampSeconds = DEADLINE + i;
      expect(state.add(validate(task, answer.id, i % 101, { author: key(i), timestampSeconds }))).toBe(true);
      expect(state.folded()?.submissions[0]?.verdict.n).toBe(i - 1);
    }
    const all = [...state.records()];
    expect(state.folded()).toEqual(foldTask(all, contextOf(task.id, FACTS[0] as (typeof FACTS)[number], new Map())));
  });

  it("returns results that later records don't change", () => {
    const task = announce({ author: key(0) });
    const answer = submit(task, { author: key(1) });
    const state = stateOf(contextOf(task.id, FACTS[0] as (typeof FACTS)[number], new Map()));
    for (const record of [task, answer]) state.add(record);
    const before = state.folded();
    state.add(validate(task, answer.id, 50, { author: key(2) }));
    expect(before?.submissions[0]).toMatchObject({ validations: ValidationList.empty, verdict: { n: 0 } });
    expect(state.folded()?.submissions[0]?.verdict.n).toBe(1);
  });
});
