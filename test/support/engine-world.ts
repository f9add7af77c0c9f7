import { blake3 as nobleBlake3 } from "@noble/hashes/blake3.js";
import fc from "fast-check";
import type { ChainFacts } from "../../src/engine/chain-facts.js";
import type { TaskRecord } from "../../src/engine/set/task-record.js";
import type { MemberEntry } from "../../src/engine/writes.js";
import { toHex } from "../../src/protocol/bytes.js";
import type { StreamingBlake3 } from "../../src/protocol/hash.js";
import { windowOf } from "../../src/protocol/membership.js";
import type { RecordPayload, TaskRef } from "../../src/protocol/records.js";
import { DAY_SECONDS, DEFAULT_RULES, type NetworkRules } from "../../src/protocol/rules.js";
import { recordStrand, taskOf } from "../../src/protocol/strand.js";

export const blake3: StreamingBlake3 = nobleBlake3;

/** Noon of a UTC day, with a few hours before and after it on the same day. */
export const NOON = 20_000 * DAY_SECONDS + 43_200;
export const DEADLINE = NOON + 7200;
/** The last second at which a validation counts. */
export const END = DEADLINE + DEFAULT_RULES.validationWindowSeconds;

export function hash(text: string): string {
  return toHex(blake3(new TextEncoder().encode(text)));
}

export function key(index: number): string {
  return hash(`author ${index}`);
}

export interface Head {
  readonly author: string;
  readonly timestampSeconds?: number;
  readonly number?: number;
  /** Makes another record with the same content, as another signature would. */
  readonly nonce?: number;
}

/** A record whose id is computed from its content. */
export function record(payload: RecordPayload, head: Head): TaskRecord {
  const { author, timestampSeconds = NOON + 60, number = 0, nonce = 0 } = head;
  const text = JSON.stringify([payload, author, timestampSeconds, number, nonce], (_, value: unknown) =>
    typeof value === "bigint" ? String(value) : value,
  );
  const id = hash(text);
  const task = taskOf(payload, id, timestampSeconds);
  return { id, author, timestampSeconds, number, strand: recordStrand(task, DEFAULT_RULES.shards), payload };
}

export interface TaskTerms {
  readonly taskType?: number;
  readonly deadlineSeconds?: number;
  readonly maxParticipants?: number;
  readonly requiredReviewers?: number;
}

export function announce(head: Head, terms: TaskTerms = {}): TaskRecord {
  const { taskType = 0, deadlineSeconds = DEADLINE, maxParticipants = 10, requiredReviewers = 0 } = terms;
  const payload: RecordPayload = {
    kind: "task",
    taskType,
    deadlineSeconds,
    rewardNano: 1n,
    difficulty: 0,
    verification: 1,
    requiredReviewers,
    maxParticipants,
    qualityThreshold: 0,
    body: { hash: hash("task"), length: 1 },
  };
  return record(payload, { timestampSeconds: NOON, ...head });
}

export function refTo(task: TaskRecord): TaskRef {
  return taskOf(task.payload, task.id, task.timestampSeconds);
}

export function submit(task: TaskRecord | TaskRef, head: Head, body = `answer of ${head.author}`): TaskRecord {
  const ref = "payload" in task ? refTo(task) : task;
  return record({ kind: "submission", task: ref, body: { hash: hash(body), length: 1 }, qualityHint: 0 }, head);
}

export function validate(
  task: TaskRecord | TaskRef,
  submissionId: string,
  score: number,
  head: Head,
  body?: string,
): TaskRecord {
  const ref = "payload" in task ? refTo(task) : task;
  const withBody = body === undefined ? {} : { body: { hash: hash(body), length: 1 } };
  return record({ kind: "validation", task: ref, submissionId, score, validationKind: 1, ...withBody }, head);
}

export function cancel(task: TaskRecord | TaskRef, head: Head): TaskRecord {
  return record({ kind: "cancel", task: "payload" in task ? refTo(task) : task }, head);
}

const TYPES = { task: 0, cancel: 0, submission: 1, validation: 2 } as const;

export function entryOf(member: TaskRecord, rules: NetworkRules = DEFAULT_RULES): MemberEntry {
  const { id, author, strand, timestampSeconds, number, payload } = member;
  const { taskId } = taskOf(payload, id, timestampSeconds);
  const window = windowOf(timestampSeconds, rules);
  return { id, type: TYPES[payload.kind], author, strand, window, timestampSeconds, number, taskId };
}

/** Facts that give the first authors other weights than the rest. */
export const FACTS: readonly (Pick<ChainFacts, "registry" | "rosters"> & { readonly kind: 0 | 1 })[] = [
  { kind: 0, registry: { kind: "everyone" }, rosters: [] },
  {
    kind: 1,
    registry: {
      kind: "listed",
      authors: new Map([0, 1, 2, 3, 4, 5].map((i) => [key(i), { weight: 10 * i + 1, fromSeconds: 0 }])),
    },
    rosters: [],
  },
  {
    kind: 0,
    registry: { kind: "everyone" },
    rosters: [{ fromDay: 0, members: [1, 2, 3, 4].map((i) => ({ key: key(i), weight: 100 * i })) }],
  },
];

interface Draft {
  readonly kind: "submission" | "validation" | "cancel";
  readonly author: number;
  readonly task: number;
  readonly at: number;
  readonly number: number;
  readonly body: number;
  readonly score: number;
  readonly target: number;
  readonly wrong: "t0" | "type" | "no";
}

const draft: fc.Arbitrary<Draft> = fc.record({
  kind: fc.constantFrom("submission", "submission", "validation", "validation", "validation", "cancel"),
  author: fc.nat({ max: 5 }),
  task: fc.nat({ max: 2 }),
  at: fc.constantFrom(NOON, NOON + 1, NOON + 2, DEADLINE, DEADLINE + 1, END, END + 1),
  // Most records have a unique number, so that only some slots are equivocated.
  number: fc.oneof({ weight: 1, arbitrary: fc.nat({ max: 1 }) }, { weight: 4, arbitrary: fc.nat({ max: 60 }) }),
  body: fc.nat({ max: 1 }),
  score: fc.constantFrom(0, 70, 71, 100),
  target: fc.nat({ max: 20 }),
  wrong: fc.constantFrom("no", "no", "no", "no", "no", "no", "no", "no", "t0", "type"),
});

/**
 * Records of three tasks by six authors, few enough that all cases occur: repetitions, equivocators, late records,
 * wrong references, equivocated slots (also across tasks), cancellations, more submitters than max_participants. Ids
 * are distinct.
 */
export const world: fc.Arbitrary<readonly TaskRecord[]> = fc
  .record({
    tasks: fc.tuple(
      ...[0, 1, 2].map((i) =>
        fc.record({
          author: fc.constant(i === 2 ? 1 : 0),
          number: fc.oneof({ weight: 1, arbitrary: fc.constant(0) }, { weight: 4, arbitrary: fc.constant(i) }),
          taskType: fc.constantFrom(0, 0, 1),
          maxParticipants: fc.integer({ min: 1, max: 4 }),
          requiredReviewers: fc.constantFrom(0, 0, 3),
        }),
      ),
    ),
    // Never few records: few would not collide.
    drafts: fc.array(draft, { minLength: 12, maxLength: 60, size: "max" }),
  })
  .map(({ tasks, drafts }) => {
    const announced = tasks.map(({ author, number, ...terms }, nonce) =>
      announce({ author: key(author), number, nonce }, terms),
    );
    const made: TaskRecord[] = [];
    for (const { kind, author, task, at, number, body, score, target, wrong } of drafts) {
      const right = refTo(announced[task] as TaskRecord);
      const ref =
        wrong === "t0" ? { ...right, t0: right.t0 - 1 } : { ...right, ...(wrong === "type" ? { taskType: 2 } : {}) };
      const head: Head = { author: key(author), timestampSeconds: at, number };
      if (kind === "cancel") made.push(cancel(ref, { ...head, author: key(author % 2) }));
      else if (kind === "submission") made.push(submit(ref, head, `answer ${body}`));
      else {
        const submissions = made.filter(({ payload }) => payload.kind === "submission");
        const subject = submissions[target % Math.max(1, submissions.length)]?.id ?? hash("nothing");
        made.push(validate(ref, subject, score, head, body === 0 ? undefined : "report"));
      }
    }
    return [...new Map([...announced, ...made].map((member) => [member.id, member])).values()];
  });
