import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConsensusTracker } from "../../src/engine/fold/consensus-tracker.js";
import { type FoldedTask, foldTask } from "../../src/engine/fold/task-fold.js";
import { ValidationList } from "../../src/engine/fold/validation-list.js";
import { WeightBook } from "../../src/engine/fold/weight-book.js";
import { RecordSet } from "../../src/engine/set/record-set.js";
import type { TaskRecord } from "../../src/engine/set/task-record.js";
import type { MemberEntry } from "../../src/engine/writes.js";
import { dayOf } from "../../src/protocol/membership.js";
import { DAY_SECONDS, DEFAULT_RULES } from "../../src/protocol/rules.js";
import { taskOf } from "../../src/protocol/strand.js";
import {
  announce,
  blake3,
  DEADLINE,
  END,
  entryOf,
  FACTS,
  hash,
  key,
  NOON,
  submit,
  validate,
  world,
} from "../support/engine-world.js";
import "../support/validation-lists.js";

type Facts = (typeof FACTS)[number];
const everyone = FACTS[0] as Facts;
const CLOSING_TIME = END + 3600 + 1;

/** A node without network or disk: the set, the tracker, and the records that a disk would hold. */
class Node {
  readonly rules: typeof DEFAULT_RULES;
  readonly facts: Facts;
  readonly set: RecordSet;
  readonly tracker: ConsensusTracker;
  readonly stored = new Map<string, TaskRecord>();

  constructor(facts: Facts = everyone, liveTasksMax?: number) {
    this.facts = facts;
    this.rules = { ...DEFAULT_RULES, registry: facts.kind };
    this.set = new RecordSet(blake3, this.rules);
    const cap = liveTasksMax === undefined ? {} : { liveTasksMax };
    // Few records stay objects, so that most tasks are packed when the next record comes.
    this.tracker = new ConsensusTracker({ blake3, rules: this.rules, set: this.set, ...cap, openRecordsMax: 4 });
    this.tracker.setChain(facts);
  }

  take(...records: readonly TaskRecord[]): void {
    for (const record of records) {
      const admission = this.set.admit(entryOf(record));
      if (admission.outcome !== "added") continue;
      this.stored.set(record.id, record);
      if (admission.evicted !== undefined) this.drop(admission.evicted);
      const { taskId } = taskOf(record.payload, record.id, record.timestampSeconds);
      if (this.tracker.add(record).state === "parked_closed") this.load(taskId);
    }
  }

  drop(entry: MemberEntry): void {
    this.stored.delete(entry.id);
    this.tracker.remove(entry);
  }

  load(taskId: string): void {
    this.tracker.load(taskId, this.recordsOf(taskId));
  }

  loadStale(): void {
    for (const taskId of this.tracker.stale()) this.load(taskId);
  }

  recordsOf(taskId: string): TaskRecord[] {
    return [...this.stored.values()].filter(({ id }) => this.set.entry(id)?.taskId === taskId);
  }

  /** The result of a task, folded from its members. */
  expected(taskId: string): FoldedTask | undefined {
    const weights = new WeightBook(this.facts, this.rules);
    const equivocatedPair = (id: string) => this.set.equivocatedPair(id);
    return foldTask(this.recordsOf(taskId), { blake3, rules: this.rules, taskId, equivocatedPair, weights });
  }
}

const turn = fc.constantFrom("take", "take", "take", "take", "read", "close", "load", "expire");

describe("ConsensusTracker", () => {
  it("equals the fold of its set, through evictions, packing, closing, loading and expiry in any order", () => {
    const drawn = fc.tuple(
      world,
      fc.array(turn, { minLength: 20, maxLength: 80, size: "max" }),
      fc.infiniteStream(fc.nat()),
      fc.constantFrom(...FACTS),
    );
    fc.assert(
      fc.property(drawn, ([records, turns, picks, facts]) => {
        const node = new Node(facts);
        const pick = (): TaskRecord => records[(picks.next().value as number) % records.length] as TaskRecord;
        for (const each of turns) {
          if (each === "take") node.take(pick());
          else if (each === "read") for (const id of node.tracker.taskIds()) node.tracker.view(id, NOON);
          else if (each === "close") node.tracker.closeOld(CLOSING_TIME);
          else if (each === "load") node.loadStale();
        }
        // Days expire at the end, so that the expected result doesn't depend on the time of expiry.
        if (turns.includes("expire")) for (const entry of node.set.expire(dayOf(DEADLINE) + 1)) node.drop(entry);
        node.loadStale();
        for (const taskId of node.tracker.taskIds()) {
          const folded = node.tracker.folded(taskId);
          if (node.tracker.isClosed(taskId)) {
            node.load(taskId);
            const { submissions, ...loaded } = node.tracker.folded(taskId) ?? { submissions: [] };
            expect(folded).toMatchObject({
              ...loaded,
              submissions: submissions.map((submission) => ({ ...submission, validations: ValidationList.empty })),
            });
          }
          const known = node.tracker.folded(taskId);
          const expected = node.expected(taskId);
          // A closed task whose announcement was evicted is forgotten, except for later records. It has no result.
          if (expected?.announcement === undefined && !expected?.equivocated) {
            expect(known).toMatchObject({
              announcement: undefined,
              equivocated: false,
              submissions: [],
              excludedAuthors: [],
            });
          } else {
            expect(known).toEqual(expected);
          }
        }
        const named = new Set([...node.stored.values()].map(({ id }) => node.set.entry(id)?.taskId));
        for (const id of node.tracker.taskIds()) expect(named.has(id)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it("excludes a record whose slot its author equivocates in another task, also after its task was closed", () => {
    const [task, other] = [0, 1].map((number) => announce({ author: key(0), number })) as [TaskRecord, TaskRecord];
    const answer = submit(task, { author: key(1), number: 5 });
    const node = new Node();
    node.take(task, other, answer);
    expect(node.tracker.closeOld(CLOSING_TIME).sort()).toEqual([task.id, other.id].sort());
    node.take(submit(other, { author: key(1), number: 5 }));
    expect(node.tracker.stale()).toEqual([task.id]);
    node.loadStale();
    expect(node.tracker.view(task.id, NOON)).toMatchObject({
      submissions: [],
      excludedAuthors: [{ author: key(1), reason: "slot" }],
    });
    expect(node.tracker.view(other.id, NOON)).toMatchObject({ submissions: [], excludedAuthors: [{ author: key(1) }] });
  });

  it("the consensus tracker keeps records whose announcement isn't held, and counts them when it arrives", () => {
    const task = announce({ author: key(0) });
    const answer = submit(task, { author: key(1) });
    const node = new Node();
    node.take(validate(task, answer.id, 80, { author: key(2) }), answer);
    expect(node.tracker.announcement(task.id)).toBeUndefined();
    expect(node.tracker.view(task.id, END + 1)).toMatchObject({
      status: "Published",
      announcement: undefined,
      recordCount: 2,
    });
    node.take(task);
    expect(node.tracker.announcement(task.id)).toBeDefined();
    expect(node.tracker.view(task.id, NOON)?.submissions[0]?.verdict.n).toBe(1);
  });

  it("parks a record for a closed task and gives the exact result after loading", () => {
    const task = announce({ author: key(0) });
    const answer = submit(task, { author: key(1) });
    const node = new Node();
    node.take(task, answer, validate(task, answer.id, 80, { author: key(2) }));
    node.tracker.closeOld(CLOSING_TIME);
    const closed = node.tracker.view(task.id, CLOSING_TIME);
    expect(closed).toMatchObject({
      status: "Expired",
      submissions: [{ verdict: { n: 1 }, validations: ValidationList.empty }],
    });
    const late = validate(task, answer.id, 81, { author: key(3), timestampSeconds: END });
    node.set.admit(entryOf(late));
    expect(node.tracker.add(late)).toEqual({ state: "parked_closed" });
    expect(node.tracker.isStale(task.id)).toBe(true);
    // The disk was read before the record was written.
    expect(node.recordsOf(task.id)).not.toContain(late);
    node.load(task.id);
    expect(node.tracker.sizes()).toMatchObject({ live: 1, closed: 0, stale: 0, parked: 0 });
    expect(node.tracker.view(task.id, CLOSING_TIME)).toMatchObject({
      status: "Completed",
      submissions: [{ verdict: { n: 2 } }],
    });
  });

  it("finished tasks are closed after an hour, above the cap at once, oldest first", () => {
    const tasks = [0, 1, 2, 3].map((i) => announce({ author: key(0), number: i }, { deadlineSeconds: DEADLINE + i }));
    const ids = tasks.map(({ id }) => id);
    const node = new Node(everyone, 2);
    node.take(...tasks);
    expect(node.tracker.closeOld(END)).toEqual([]);
    expect(node.tracker.closeOld(END + 3)).toEqual(ids.slice(0, 2));
    expect(node.tracker.sizes()).toEqual({ live: 2, closed: 2, stale: 0, parked: 0, certificates: 0 });
    expect(node.tracker.closeOld(CLOSING_TIME + 3)).toEqual(ids.slice(2));
  });

  it("a task is closed by the deadline of the announcement that is held, and not without one", () => {
    const [early, late] = [0, 1].map((i) =>
      announce({ author: key(0), number: i }, { deadlineSeconds: DEADLINE + 1000 * i }),
    ) as [TaskRecord, TaskRecord];
    const node = new Node();
    node.take(early, late, submit(early, { author: key(1) }));
    node.drop(node.set.lose(early.id) as MemberEntry);
    expect(node.tracker.closeOld(CLOSING_TIME + 500)).toEqual([]);
    node.take(early);
    expect(node.tracker.closeOld(CLOSING_TIME + 500)).toEqual([early.id]);
    expect(node.tracker.closeOld(CLOSING_TIME + 1000)).toEqual([late.id]);
  });

  it("the consensus tracker forgets a closed task when its announcement leaves the set", () => {
    const task = announce({ author: key(0) });
    const node = new Node();
    node.take(task, submit(task, { author: key(1), timestampSeconds: NOON + DAY_SECONDS }));
    node.tracker.closeOld(CLOSING_TIME);
    for (const entry of node.set.expire(dayOf(NOON) + 1)) node.drop(entry);
    expect(node.tracker.has(task.id)).toBe(false);
    for (const entry of node.set.expire(dayOf(NOON) + 2)) node.drop(entry);
    expect(node.tracker.sizes()).toEqual({ live: 0, closed: 0, stale: 0, parked: 0, certificates: 0 });
    expect(node.set.size).toBe(0);
  });

  it("folds tasks again whose weights change, and marks closed ones as stale", () => {
    const task = announce({ author: key(0) });
    const answer = submit(task, { author: key(1) });
    const node = new Node();
    node.take(task, answer, validate(task, answer.id, 80, { author: key(9) }));
    node.tracker.setChain({ registry: { kind: "everyone" }, rosters: FACTS[2]?.rosters ?? [] });
    expect(node.tracker.view(task.id, NOON)?.submissions[0]?.verdict.n).toBe(0);
    node.tracker.closeOld(CLOSING_TIME);
    const newer = { fromDay: dayOf(NOON), members: [{ key: key(9), weight: 1 }] };
    node.tracker.setChain({ registry: { kind: "everyone" }, rosters: [...(FACTS[2]?.rosters ?? []), newer] });
    expect(node.tracker.stale()).toEqual([]);
    node.tracker.setChain(everyone);
    expect(node.tracker.stale()).toEqual([task.id]);
  });

  it("a verdict is final at one certified value despite later records, and contested at two", () => {
    const task = announce({ author: key(0) }, { requiredReviewers: 2 });
    const answer = submit(task, { author: key(1) });
    const node = new Node(FACTS[2]);
    node.take(task, answer);
    const fact = (name: string) => ({ id: hash(name), submissionId: answer.id, value: hash(`${name} value`) });
    const sums = { n: 2, sum: 160, sumOfSquares: 12_800 };
    node.tracker.addCertificate(task.id, { ...fact("one"), ...sums });
    expect(node.tracker.view(task.id, NOON)).toMatchObject({ status: "Completed", final: true });
    node.take(submit(task, { author: key(1), number: 1 }, "another answer"));
    node.take(announce({ author: key(0), nonce: 1 }, { requiredReviewers: 2 }));
    expect(node.tracker.view(task.id, END + 1)).toMatchObject({ status: "Completed", final: true, submissions: [] });
    node.tracker.addCertificate(task.id, { ...fact("two"), ...sums });
    expect(node.tracker.certified(task.id)).toEqual({ verdicts: [], contested: [answer.id] });
    expect(node.tracker.view(task.id, END + 1)).toMatchObject({ status: "Cancelled", final: false });
    const entry = { ...entryOf(task), id: hash("two"), type: 8, strand: "000100" };
    node.tracker.remove(entry);
    expect(node.tracker.view(task.id, NOON)).toMatchObject({ status: "Completed", final: true });
  });
});
