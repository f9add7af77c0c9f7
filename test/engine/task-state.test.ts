import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SpentPair } from "../../src/engine/record-set.js";
import { type FoldContext, foldTask } from "../../src/engine/task-fold.js";
import { TaskState } from "../../src/engine/task-state.js";
import type { TaskRecord } from "../../src/engine/views.js";
import { WeightBook } from "../../src/engine/weight-book.js";
import { DEFAULT_RULES } from "../../src/protocol/rules.js";
import { taskOf } from "../../src/protocol/strand.js";
import { announce, blake3, DEADLINE, FACTS, key, submit, validate, world } from "./world.js";

function contextOf(taskId: string, facts: (typeof FACTS)[number], spent: ReadonlyMap<string, SpentPair>): FoldContext {
  const rules = { ...DEFAULT_RULES, registry: facts.kind };
  return { blake3, rules, taskId, spentPair: (id) => spent.get(id), weights: new WeightBook(facts, rules) };
}

type Step =
  | { readonly kind: "add" | "remove" | "spend"; readonly pick: number; readonly other: number }
  | { readonly kind: "read" }
  | { readonly kind: "reweigh"; readonly pick: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant("add" as const), pick: fc.nat(), other: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("remove" as const), pick: fc.nat(), other: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("spend" as const), pick: fc.nat(), other: fc.nat() }) },
  { weight: 6, arbitrary: fc.constant({ kind: "read" as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("reweigh" as const), pick: fc.nat({ max: 2 }) }) },
);

describe("TaskState", () => {
  it("always equals the full fold, through adds, removals, spent slots and new weights in any order", () => {
    fc.assert(
      fc.property(world, fc.array(step, { maxLength: 80 }), fc.constantFrom(...FACTS), (records, steps, first) => {
        const taskId = (records[0] as TaskRecord).id;
        const mine = records.filter(
          (record) => taskOf(record.payload, record.id, record.timestampSeconds).taskId === taskId,
        );
        const spent = new Map<string, SpentPair>();
        // The kind of registry is a rule and stays.
        let facts = first;
        const state = new TaskState(contextOf(taskId, facts, spent));
        const held = new Map<string, TaskRecord>();
        const check = (): void => {
          expect(state.folded()).toEqual(foldTask([...held.values()], contextOf(taskId, facts, spent)));
        };
        for (const each of steps) {
          if (each.kind === "read") check();
          else if (each.kind === "reweigh") {
            facts = { ...(FACTS[each.pick] as (typeof FACTS)[number]), kind: first.kind };
            state.reweigh(contextOf(taskId, facts, spent).weights);
          } else {
            const record = mine[each.pick % mine.length] as TaskRecord;
            if (each.kind === "add") {
              expect(state.add(record)).toBe(!held.has(record.id));
              held.set(record.id, record);
            } else if (each.kind === "remove") {
              expect(state.remove(record.id)).toBe(held.delete(record.id));
            } else {
              const other = mine[each.other % mine.length] as TaskRecord;
              const pair: SpentPair = record.id < other.id ? [record.id, other.id] : [other.id, record.id];
              for (const id of pair) spent.set(id, pair);
              state.touch();
            }
          }
        }
        check();
        expect(state.size).toBe(held.size);
      }),
      { numRuns: 300 },
    );
  });

  it("takes ordinary validations one by one without losing any", () => {
    const task = announce({ author: key(0) });
    const answer = submit(task, { author: key(1) });
    const state = new TaskState(contextOf(task.id, FACTS[0] as (typeof FACTS)[number], new Map()));
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

  it("hands out folds that later records don't change", () => {
    const task = announce({ author: key(0) });
    const answer = submit(task, { author: key(1) });
    const state = new TaskState(contextOf(task.id, FACTS[0] as (typeof FACTS)[number], new Map()));
    for (const record of [task, answer]) state.add(record);
    const before = state.folded();
    state.add(validate(task, answer.id, 50, { author: key(2) }));
    expect(before?.submissions[0]).toMatchObject({ validations: [], verdict: { n: 0 } });
    expect(state.folded()?.submissions[0]?.verdict.n).toBe(1);
  });
});
