import { compareBytes } from "../../protocol/bytes.js";
import { acceptanceRank } from "../../protocol/digests.js";
import type { Blake3 } from "../../protocol/hash.js";
import type { SubmissionPayload, TaskPayload, TaskRef, ValidationPayload } from "../../protocol/records.js";
import type { NetworkRules } from "../../protocol/rules.js";
import type { EquivocatedPair, TaskRecord } from "../set/index.js";
import { type Judge, judgeAll } from "./batch-verdicts.js";
import { findEquivocators } from "./equivocators.js";
import { type CountedValidation, ValidationList } from "./validation-list.js";
import type { CountedSubmission, ExcludedAuthor, Verdict } from "./views.js";
import type { TaskRoster, WeightBook } from "./weight-book.js";

/** An announcement with its payload. */
export type TaskAnnouncement = TaskRecord & { readonly payload: TaskPayload };
export type Submission = TaskRecord & { readonly payload: SubmissionPayload };
export type Validation = TaskRecord & { readonly payload: ValidationPayload };

/** The input of a fold besides the records. */
export interface FoldContext extends Judge {
  readonly blake3: Blake3;
  readonly taskId: string;
  /** The pair in the slot of a record, if the slot holds two; the two may name different tasks. */
  readonly equivocatedPair: (id: string) => EquivocatedPair | undefined;
  readonly weights: WeightBook;
}

/** The result of one task, independent of the time (protocol.md, "Meaning: folded from the set"). */
export interface FoldedTask {
  readonly taskId: string;
  /** The announcement, if it is held and its slot is not equivocated. */
  readonly announcement: TaskAnnouncement | undefined;
  /** The announcement is held, but its slot is equivocated: nothing counts in the task. */
  readonly equivocated: boolean;
  /** From the announcement, equivocated or not; while none is held, from the record with the lowest id. */
  readonly task: TaskRef;
  readonly strand: string;
  /** From the announcement, equivocated or not; undefined while none is held. */
  readonly requiredReviewers: number | undefined;
  readonly roster: TaskRoster | undefined;
  /** The publisher cancelled the task: no submission counts. */
  readonly cancelled: boolean;
  /** Ascending by id. */
  readonly submissions: readonly CountedSubmission[];
  /** Ascending by author. */
  readonly excludedAuthors: readonly ExcludedAuthor[];
  readonly recordCount: number;
}

/** An accepted submission that counts, before its validations are summed. */
export type AcceptedSubmission = Omit<CountedSubmission, "verdict" | "validations"> & {
  readonly requiredReviewers: number;
  readonly validations: readonly CountedValidation[];
};

/** A fold without its verdicts. */
export interface GatheredTask {
  /** The result without submissions. */
  readonly task: FoldedTask;
  /** Ascending by id. */
  readonly accepted: readonly AcceptedSubmission[];
}

/**
 * Folds the records of one task, in any order, by rules 1 to 7. The result is independent of the present time, which
 * only `statusAt` uses. `records` are the distinct members that name the task; undefined when there are none.
 */
export function foldTask(records: readonly TaskRecord[], context: FoldContext): FoldedTask | undefined {
  const gathered = gatherTask(records, context);
  return gathered === undefined ? undefined : withVerdicts(gathered, judgeAll(gathered.accepted, context));
}

/** The fold without the verdicts, so that the verdicts of many tasks can be computed in one call. */
export function gatherTask(records: readonly TaskRecord[], context: FoldContext): GatheredTask | undefined {
  const held = records.find(isAnnouncement);
  const task = held === undefined ? lowestRef(records) : { ref: refOf(held), strand: held.strand };
  if (task === undefined) return undefined;
  const base = {
    taskId: context.taskId,
    announcement: undefined,
    equivocated: false,
    task: task.ref,
    strand: task.strand,
    requiredReviewers: held?.payload.requiredReviewers,
    roster: undefined,
    cancelled: false,
    submissions: [],
    excludedAuthors: [],
    recordCount: records.length,
  };
  if (held === undefined) return { task: base, accepted: [] };

  // Records in other strands that name the task are left out: nodes that hold only this strand lack them.
  const inside = records.filter((record) => record.strand === held.strand);
  const named = inside.filter((record) => record.id === held.id || hasRef(record, task.ref));
  const submissionIds = new Set(named.filter(isSubmission).map(({ id }) => id));
  // Rules 1 and 2.
  const left = named.filter(
    (record) =>
      context.equivocatedPair(record.id) === undefined &&
      (!isValidation(record) || submissionIds.has(record.payload.submissionId)),
  );
  // Rule 3.
  const excludedAuthors = findEquivocators(inside, left, context.equivocatedPair);
  if (context.equivocatedPair(held.id) !== undefined) {
    return { task: { ...base, equivocated: true, excludedAuthors }, accepted: [] };
  }

  const equivocators = new Set(excludedAuthors.map(({ author }) => author));
  const roster = context.weights.roster(task.ref.t0);
  const honest = left.filter((record) => !equivocators.has(record.author));
  // Rules 4 to 6 over submissions, then 4, 5 and 7 over the validations of accepted submissions.
  const onTime = honest.filter(isSubmission).filter((record) => submissionStands(record, held));
  const accepted = acceptSubmissions(
    lowestPer(onTime, ({ author }) => author),
    held,
    context.blake3,
  );
  const cast = new Map<string, Validation[]>(accepted.map(({ id }) => [id, []]));
  for (const record of honest) if (isValidation(record)) cast.get(record.payload.submissionId)?.push(record);
  const { requiredReviewers } = held.payload;
  const counted = accepted.map((record): AcceptedSubmission => {
    const stand = (cast.get(record.id) ?? []).filter((vote) =>
      validationStands(vote, record.author, held, context.rules),
    );
    const weighed = lowestPer(stand, ({ author }) => author).flatMap((vote) => weigh(vote, context.weights, roster));
    const { id, author: submitter, timestampSeconds, payload } = record;
    return { id, submitter, timestampSeconds, body: payload.body, requiredReviewers, validations: weighed };
  });
  const cancelled =
    counted.length === 0 && left.some(({ payload, author }) => payload.kind === "cancel" && author === held.author);
  return { task: { ...base, announcement: held, roster, cancelled, excludedAuthors }, accepted: counted.sort(byId) };
}

/** Completes a fold. The verdicts of the task's accepted submissions are in `verdicts`, in order, from `first` on. */
export function withVerdicts({ task, accepted }: GatheredTask, verdicts: readonly Verdict[], first = 0): FoldedTask {
  const submissions = accepted.map(({ id, submitter, timestampSeconds, body, validations }, at): CountedSubmission => {
    const verdict = verdicts[first + at];
    if (verdict === undefined) throw new RangeError("there are fewer verdicts than submissions");
    return { id, submitter, timestampSeconds, body, verdict, validations: ValidationList.of(validations) };
  });
  return { ...task, submissions };
}

/** The result kept for a closed task. */
export function withoutValidations(folded: FoldedTask): FoldedTask {
  return {
    ...folded,
    submissions: folded.submissions.map((submission) => ({ ...submission, validations: ValidationList.empty })),
  };
}

/** Rule 4 for a submission. */
export function submissionStands(record: Submission, announcement: TaskAnnouncement): boolean {
  return record.timestampSeconds <= announcement.payload.deadlineSeconds && record.author !== announcement.author;
}

/** Rule 4 for a validation of a submission by `submitter`. */
export function validationStands(
  record: Validation,
  submitter: string,
  announcement: TaskAnnouncement,
  rules: Pick<NetworkRules, "validationWindowSeconds">,
): boolean {
  const end = announcement.payload.deadlineSeconds + rules.validationWindowSeconds;
  return record.timestampSeconds <= end && record.author !== announcement.author && record.author !== submitter;
}

/** Rule 7 for one validation: empty when the roster doesn't name its author. */
export function weigh(record: Validation, weights: WeightBook, roster: TaskRoster | undefined): CountedValidation[] {
  const weight = weights.weight(record.author, roster);
  if (weight === undefined) return [];
  const { id, author, timestampSeconds, payload } = record;
  return [{ id, validator: author, score: payload.score, weight, timestampSeconds, body: payload.body }];
}

/** Rule 5: of the records with the same key, the one with the lowest (timestamp, id). */
function lowestPer<R extends TaskRecord>(records: readonly R[], keyOf: (record: R) => string): R[] {
  const lowest = new Map<string, R>();
  for (const record of records) {
    const key = keyOf(record);
    const held = lowest.get(key);
    if (held === undefined || isBefore(record, held)) lowest.set(key, record);
  }
  return [...lowest.values()];
}

function isBefore(a: TaskRecord, b: TaskRecord): boolean {
  return a.timestampSeconds === b.timestampSeconds ? a.id < b.id : a.timestampSeconds < b.timestampSeconds;
}

/** Rule 6. Submitters are distinct. */
function acceptSubmissions(records: Submission[], announcement: TaskAnnouncement, blake3: Blake3): Submission[] {
  const { maxParticipants } = announcement.payload;
  if (records.length <= maxParticipants) return records;
  return records
    .map((record) => ({ record, rank: acceptanceRank(blake3, announcement.id, record.author) }))
    .sort((a, b) => compareBytes(a.rank, b.rank))
    .slice(0, maxParticipants)
    .map(({ record }) => record);
}

/** The reference that records of this task must carry. */
function refOf(announcement: TaskAnnouncement): TaskRef {
  return { taskId: announcement.id, taskType: announcement.payload.taskType, t0: announcement.timestampSeconds };
}

/** The first half of rule 2. */
export function hasRef({ payload }: TaskRecord, ref: TaskRef): boolean {
  if (payload.kind === "task") return false;
  return payload.task.taskId === ref.taskId && payload.task.taskType === ref.taskType && payload.task.t0 === ref.t0;
}

function lowestRef(records: readonly TaskRecord[]): { readonly ref: TaskRef; readonly strand: string } | undefined {
  let lowest: TaskRecord | undefined;
  for (const record of records) if (lowest === undefined || record.id < lowest.id) lowest = record;
  if (lowest === undefined || lowest.payload.kind === "task") return undefined;
  return { ref: lowest.payload.task, strand: lowest.strand };
}

export function isAnnouncement(record: TaskRecord): record is TaskAnnouncement {
  return record.payload.kind === "task";
}

export function isSubmission(record: TaskRecord): record is Submission {
  return record.payload.kind === "submission";
}

export function isValidation(record: TaskRecord): record is Validation {
  return record.payload.kind === "validation";
}

export function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
