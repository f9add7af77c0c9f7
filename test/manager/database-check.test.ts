import { describe, expect, it, onTestFinished } from "vitest";
import { checkDatabase, type DatabaseReport } from "../../src/check/database-check.js";
import { ConsensusTracker } from "../../src/engine/fold/consensus-tracker.js";
import { stateDigestAt } from "../../src/engine/fold/state-digest.js";
import { RecordSet } from "../../src/engine/set/record-set.js";
import type { TaskRecord } from "../../src/engine/set/task-record.js";
import type { MemberEntry, StoreWrite } from "../../src/engine/writes.js";
import { blake3Of, type Kernel } from "../../src/kernel/index.js";
import { bodyRef } from "../../src/protocol/bodies.js";
import { concatBytes, fromHex, toHex, u32 } from "../../src/protocol/bytes.js";
import { headOf, MessageType, recordId } from "../../src/protocol/envelope.js";
import { windowOf } from "../../src/protocol/membership.js";
import { encodeRecord, type RecordPayload, type TaskRef } from "../../src/protocol/records.js";
import { recordStrand, STRAND_RECORDS, strandOf, taskOf } from "../../src/protocol/strand.js";
import { encodeVote } from "../../src/protocol/verdict-messages.js";
import { openStore } from "../../src/storage/database/open-store.js";
import { bodyKey, CHECKPOINT, keptKey, nameKey, recordKey, windowKey } from "../../src/storage/keys.js";
import { DiskRecordStore } from "../../src/storage/records/record-store.js";
import type { KeyStore, KeyWrite } from "../../src/storage/types.js";
import { backends } from "../support/backends.js";
import { author, identity, signedEnvelope } from "../support/envelopes.js";
import { scratchDirectory } from "../support/scratch.js";
import { EVERYONE } from "../support/simulation/world.js";

const NOW_SECONDS = 1_790_000_000;
const AT_SECONDS = Math.floor((NOW_SECONDS + 60) / 60) * 60;
const SUBMISSIONS = 20;
const kernel = backends[0] as Kernel;
const blake3 = blake3Of(kernel);
const body = new TextEncoder().encode("what is to be done");
const announced = bodyRef(blake3, body);
const TYPES = {
  task: MessageType.TaskAnnouncement,
  cancel: MessageType.TaskAnnouncement,
  submission: MessageType.SubmissionAnnouncement,
  validation: MessageType.ValidationAnnouncement,
};

interface Made {
  readonly entry: MemberEntry;
  readonly envelope: Uint8Array;
  readonly record: TaskRecord;
  readonly task: TaskRef;
}

function make(payload: RecordPayload, by: number): Made {
  const type = TYPES[payload.kind];
  const fields = { type, timestampSeconds: NOW_SECONDS, number: 0, payload: encodeRecord(payload) };
  const envelope = signedEnvelope(author(by), fields);
  const id = toHex(recordId(blake3, identity.genesis, headOf(envelope)));
  const task = taskOf(payload, id, NOW_SECONDS);
  const head = { id, author: toHex(author(by).publicKey), timestampSeconds: NOW_SECONDS, number: 0 };
  const record = { ...head, strand: recordStrand(task, identity.rules.shards), payload };
  const window = windowOf(NOW_SECONDS, identity.rules);
  return { entry: { ...head, strand: record.strand, type, window, taskId: task.taskId }, envelope, record, task };
}

/** One task with enough submissions for a batch, one of them validated twice. */
const task = make(
  {
    kind: "task",
    taskType: 0,
    deadlineSeconds: NOW_SECONDS + 3600,
    rewardNano: 1n,
    difficulty: 0,
    verification: 1,
    requiredReviewers: 2,
    maxParticipants: SUBMISSIONS,
    qualityThreshold: 0,
    body: announced,
  },
  1,
);
const answers = Array.from({ length: SUBMISSIONS }, (_, at) =>
  make({ kind: "submission", task: task.task, body: announced, qualityHint: 0 }, 2 + at),
);
const [first] = answers as [Made];
const votes = [100, 101].map((by) =>
  make({ kind: "validation", task: task.task, submissionId: first.entry.id, score: 80, validationKind: 1 }, by),
);
const members = [task, ...answers, ...votes];
const KEPT = { kind: "vote", key: "somebody's" } as const;
const keptVote = signedEnvelope(author(100), {
  type: MessageType.ConsensusVote,
  timestampSeconds: NOW_SECONDS,
  payload: encodeVote({
    task: task.task,
    submissionId: first.entry.id,
    roster: "ab".repeat(32),
    value: "cd".repeat(32),
    round: 0,
    step: "prepare",
    held: 0,
  }),
});

function setOf(made: readonly Made[]): RecordSet {
  const set = new RecordSet(blake3, identity.rules);
  for (const { entry } of made) set.admit(entry);
  return set;
}

/** The checkpoint that a node makes of the records. */
function checkpointOf(made: readonly Made[]): Uint8Array {
  const tracker = new ConsensusTracker({ blake3, rules: identity.rules, set: setOf(made) });
  for (const { record } of made) tracker.add(record);
  const bytes = tracker.packed.checkpoint(task.entry.id);
  if (bytes === undefined) throw new Error("the task has a checkpoint");
  return bytes;
}

async function database(): Promise<{ readonly keys: KeyStore; readonly store: DiskRecordStore }> {
  const keys = await openStore("leveldb", await scratchDirectory(), { createIfMissing: true });
  const store = new DiskRecordStore(keys);
  onTestFinished(() => store.close());
  const window = setOf(members).states.window(task.entry.strand, task.entry.window);
  if (window === undefined) throw new Error("the window is empty");
  const writes: StoreWrite[] = [
    ...members.map(({ entry, envelope }) => ({ kind: "put_record", entry, envelope }) as const),
    { kind: "put_window", window },
    { kind: "put_body", hash: announced.hash, taskId: task.entry.id, bytes: body },
    { kind: "put_kept", entry: KEPT, envelope: keptVote },
    { kind: "put_checkpoint", taskId: task.entry.id, bytes: checkpointOf(members) },
  ];
  await store.apply(writes, { sync: false });
  return { keys, store };
}

function check(store: DiskRecordStore, by: Kernel = kernel): Promise<DatabaseReport> {
  return checkDatabase({ store, kernel: by, identity, facts: EVERYONE, atSeconds: AT_SECONDS });
}

/** A record with one flipped bit in the signature, which is the end of the envelope. */
function forged(envelope: Uint8Array): Uint8Array {
  const bytes = envelope.slice();
  const at = bytes.length - 1;
  bytes[at] = (bytes[at] as number) ^ 1;
  return bytes;
}

function put(family: KeyWrite["family"], key: Uint8Array, value: Uint8Array): KeyWrite {
  return { op: "put", family, key, value };
}

function drop(family: KeyWrite["family"], key: Uint8Array): KeyWrite {
  return { op: "del", family, key };
}

function checkpoint({ entry: { id } }: Made, bytes: Uint8Array): KeyWrite {
  return put("derived", concatBytes([CHECKPOINT, fromHex(id) ?? new Uint8Array(0)]), bytes);
}

describe("the check of a database", () => {
  it.each(backends)("A sound database has no findings and the digest of its records: $backend.", async (by) => {
    const { store } = await database();
    const set = setOf(members);
    const tracker = new ConsensusTracker({ blake3, rules: identity.rules, set });
    for (const { record } of members) tracker.add(record);
    const strands = [0, 1, 2, 3, 4, 5].map((type) => strandOf(type, STRAND_RECORDS, 0));
    const digest = stateDigestAt({ blake3, set, tracker, identity, strands, atSeconds: AT_SECONDS }) as Uint8Array;
    expect(await check(store, by)).toEqual({
      ok: true,
      kernel: by.backend,
      records: SUBMISSIONS + 3,
      tasks: 1,
      submissions: SUBMISSIONS,
      windows: 1,
      windowsBehind: 0,
      kept: 1,
      bodies: 1,
      stateDigest: { at: AT_SECONDS, digest: toHex(digest) },
      counts: {},
      findings: [],
    });
  });

  const { entry, envelope } = first;
  const place = `${entry.strand}:${entry.window}`;
  /** The value of the record with another envelope. */
  const value = (other: Uint8Array): Uint8Array =>
    concatBytes([fromHex(entry.strand) ?? new Uint8Array(0), u32(entry.window), other]);
  type Case = readonly [what: string, counts: Record<string, number>, at: string, writes: readonly KeyWrite[]];
  const record = recordKey(entry);
  const gone = { record_missing: 1, window_differs: 1 };
  const cases: readonly Case[] = [
    ["a missing record", gone, entry.id, [drop("records", record)]],
    ["a record that is too short", { ...gone, value_damaged: 1 }, entry.id, [put("records", record, body)]],
    ["another record's envelope", { record_damaged: 1 }, entry.id, [put("records", record, value(task.envelope))]],
    [
      "bytes that are not an envelope",
      { record_damaged: 1 },
      entry.id,
      [put("records", record, value(new Uint8Array(200)))],
    ],
    ["a wrong signature", { signature_wrong: 1 }, entry.id, [put("records", record, value(forged(envelope)))]],
    ["a missing window", { window_differs: 1 }, place, [drop("derived", windowKey(entry.strand, entry.window))]],
    ["a missing body", { body_missing: 1 }, announced.hash, [drop("bodies", bodyKey(announced.hash))]],
    ["another body", { body_damaged: 1 }, announced.hash, [put("bodies", bodyKey(announced.hash), body.subarray(1))]],
    [
      "a damaged checkpoint",
      { checkpoint_differs: 1 },
      task.entry.id,
      [checkpoint(task, checkpointOf(members).fill(1, 99))],
    ],
    [
      "a checkpoint that lacks a record",
      { checkpoint_differs: 1 },
      task.entry.id,
      [checkpoint(task, checkpointOf(members.filter((made) => made !== first)))],
    ],
    ["the checkpoint of another task", { checkpoint_differs: 1 }, entry.id, [checkpoint(first, checkpointOf(members))]],
    ["a forged vote", { kept_damaged: 1 }, "vote somebody's", [put("records", keptKey(KEPT), forged(keptVote))]],
  ];
  it.each(cases)("The check finds %s.", async (_, counts, at, writes) => {
    const { keys, store } = await database();
    await keys.write(writes, { sync: false });
    const report = await check(store);
    expect(report.counts).toEqual(counts);
    expect(report.ok).toBe(false);
    expect(report.findings).toContainEqual({ kind: Object.keys(counts)[0], at });
  });

  it("The check compares each field of a checkpoint with the records, in any order.", async () => {
    const { keys, store } = await database();
    const [announcement, answer, vote] = [task, first, votes[0] as Made].map(({ record }) => record) as TaskRecord[];
    const take = async (changed: TaskRecord): Promise<DatabaseReport["counts"]> => {
      const made = members.map((one) => (one.record.id === changed.id ? { ...one, record: changed } : one)).reverse();
      await keys.write([checkpoint(task, checkpointOf(made))], { sync: false });
      return (await check(store)).counts;
    };
    if (vote?.payload.kind !== "validation" || answer?.payload.kind !== "submission") throw new Error("other records");
    if (announcement?.payload.kind !== "task") throw new Error("another task");
    expect(await take(vote)).toEqual({});
    const second = (answers[1] as Made).entry.id;
    const changes: readonly TaskRecord[] = [
      { ...vote, timestampSeconds: vote.timestampSeconds + 1 },
      { ...vote, number: 1 },
      { ...vote, payload: { ...vote.payload, score: 81 } },
      { ...vote, payload: { ...vote.payload, validationKind: 2 } },
      { ...vote, payload: { ...vote.payload, submissionId: second } },
      { ...vote, payload: { ...vote.payload, body: announced } },
      { ...answer, payload: { ...answer.payload, body: { ...announced, length: announced.length + 1 } } },
      { ...answer, payload: { ...answer.payload, task: { ...task.task, t0: task.task.t0 + 1 } } },
      { ...announcement, payload: { ...announcement.payload, rewardNano: 2n } },
    ];
    for (const changed of changes) expect(await take(changed)).toEqual({ checkpoint_differs: 1 });
  });

  it("The check takes a task without a checkpoint, and one whose checkpoint is pending.", async () => {
    const { keys, store } = await database();
    await keys.write([checkpoint(task, new Uint8Array(0)), checkpoint(first, new Uint8Array(0))], { sync: false });
    expect((await check(store)).counts).toEqual({});
    await store.apply([{ kind: "drop_checkpoint", taskId: task.entry.id }], { sync: false });
    expect((await check(store)).counts).toEqual({});
  });

  it("The check finds a record in another window than its own, and one without its name.", async () => {
    const { keys, store } = await database();
    const wrong = { ...entry, window: entry.window + 1 };
    await store.apply([{ kind: "put_record", entry: wrong, envelope }], { sync: false });
    const report = await check(store);
    expect(report.findings).toContainEqual({ kind: "record_misfiled", at: entry.id });
    // The record is missing in its own window, and the state of the other one is not stored.
    expect(report.counts).toEqual({ record_misfiled: 1, window_differs: 2 });
    await store.apply([{ kind: "put_record", entry, envelope }], { sync: false });
    await keys.write([drop("derived", nameKey(entry))], { sync: false });
    expect((await check(store)).counts).toEqual({ record_misfiled: 1 });
  });

  it("The check finds values that can't be decoded.", async () => {
    const { keys, store } = await database();
    const none = Uint8Array.of(1);
    await keys.write([put("derived", windowKey(entry.strand, entry.window), none)], { sync: false });
    expect((await check(store)).counts).toEqual({ value_damaged: 1, window_differs: 1 });
  });

  it("The check finds a kernel whose sums differ from the engine's.", async () => {
    const { store } = await database();
    const wrong: Kernel = {
      ...kernel,
      backend: kernel.backend,
      version: kernel.version,
      hash: (input, out) => kernel.hash(input, out),
      hasher: () => kernel.hasher(),
      scan: (input, context) => kernel.scan(input, context),
      verify: (...args) => kernel.verify(...args),
      consensus: (input) => kernel.consensus(input).fill(1),
    };
    const { ok, counts } = await check(store, wrong);
    expect(ok).toBe(false);
    expect(counts.verdict_differs).toBeGreaterThan(0);
  });
});
