import type { TaskRef } from "../../protocol/records.js";
import type { Due } from "../bounded/index.js";
import type { TaskRecord } from "../set/index.js";
import { type Judge, judgeAll, VERDICTS_AT_ONCE } from "./batch-verdicts.js";
import {
  type FoldContext,
  type FoldedTask,
  foldTask,
  type GatheredTask,
  gatherTask,
  hasRef,
  isAnnouncement,
  isValidation,
  type TaskAnnouncement,
  type Validation,
  validationStands,
  weigh,
  withVerdicts,
} from "./task-fold.js";
import { addScore, verdictOf } from "./verdict.js";
import type { CountedSubmission } from "./views.js";
import type { WeightBook } from "./weight-book.js";

/**
 * One task in memory: its records and their result, always equal to {@link foldTask} over the same records. An ordinary
 * new validation updates sums; after any other change the task is folded again at the next read.
 */
export class TaskState implements Due {
  /** End of the validation window, unix seconds, while {@link heapAt} is an index. */
  due = 0;
  heapAt = -1;
  readonly #records = new Map<string, TaskRecord>();
  /** Number of records of each author. */
  readonly #authors = new Map<string, number>();
  #context: FoldContext;
  #announcement: TaskAnnouncement | undefined;
  /** The newest reference of a record. */
  #ref: TaskRef | undefined;
  #folded: FoldedTask | undefined;

  constructor(context: FoldContext) {
    this.#context = context;
  }

  /** Records held. */
  get size(): number {
    return this.#records.size;
  }

  /** The announcement, equivocated or not. */
  get announcement(): TaskAnnouncement | undefined {
    return this.#announcement;
  }

  record(id: string): TaskRecord | undefined {
    return this.#records.get(id);
  }

  records(): IterableIterator<TaskRecord> {
    return this.#records.values();
  }

  /** Whether a submission by this author is held, counted or not. */
  hasSubmitted(author: string): boolean {
    if (!this.#authors.has(author)) return false;
    for (const record of this.#records.values()) {
      if (record.author === author && record.payload.kind === "submission") return true;
    }
    return false;
  }

  /** Adds a member of the set. False when it is held already. */
  add(record: TaskRecord): boolean {
    if (this.#records.has(record.id)) return false;
    const known = this.#authors.get(record.author) ?? 0;
    const kept = this.#shared(record);
    this.#records.set(kept.id, kept);
    this.#authors.set(kept.author, known + 1);
    if (isAnnouncement(kept)) this.#announcement = kept;
    if (this.#folded !== undefined) this.#folded = known > 0 ? undefined : extend(this.#folded, kept, this.#context);
    return true;
  }

  /** The record with the reference and the submission id of other records of the task: each is in memory once. */
  #shared(record: TaskRecord): TaskRecord {
    const { payload } = record;
    if (payload.kind === "task") return record;
    if (this.#ref === undefined || !hasRef(record, this.#ref)) this.#ref = payload.task;
    const task = this.#ref;
    if (payload.kind !== "validation") return { ...record, payload: { ...payload, task } };
    const submissionId = this.#records.get(payload.submissionId)?.id ?? payload.submissionId;
    return { ...record, payload: { ...payload, task, submissionId } };
  }

  /** Removes a record. False when it isn't held. */
  remove(id: string): boolean {
    const record = this.#records.get(id);
    if (record === undefined) return false;
    this.#records.delete(id);
    const left = (this.#authors.get(record.author) ?? 1) - 1;
    if (left > 0) this.#authors.set(record.author, left);
    else this.#authors.delete(record.author);
    if (record.id === this.#announcement?.id) this.#announcement = undefined;
    this.#folded = undefined;
    return true;
  }

  /** The slot of a held record was equivocated, or its pair changed. */
  touch(): void {
    this.#folded = undefined;
  }

  reweigh(weights: WeightBook): void {
    this.#context = { ...this.#context, weights };
    this.#folded = undefined;
  }

  /** Like {@link folded} for many tasks, with the verdicts of many tasks in one call. */
  static foldAll(states: Iterable<TaskState>, judge: Judge): void {
    let open: { readonly state: TaskState; readonly gathered: GatheredTask }[] = [];
    let submissions = 0;
    const close = (): void => {
      const verdicts = judgeAll(
        open.flatMap(({ gathered }) => gathered.accepted),
        judge,
      );
      let first = 0;
      for (const { state, gathered } of open) {
        state.#folded = withVerdicts(gathered, verdicts, first);
        first += gathered.accepted.length;
      }
      open = [];
      submissions = 0;
    };
    for (const state of states) {
      if (state.#folded !== undefined) continue;
      const gathered = gatherTask([...state.#records.values()], state.#context);
      if (gathered === undefined) continue;
      open.push({ state, gathered });
      submissions += gathered.accepted.length;
      if (submissions >= VERDICTS_AT_ONCE) close();
    }
    close();
  }

  /** The result of the records; undefined when there are none. */
  folded(): FoldedTask | undefined {
    this.#folded ??= foldTask([...this.#records.values()], this.#context);
    return this.#folded;
  }
}

/**
 * Adds one record to a result, by an author with no other record in the task. Such a validation contradicts and repeats
 * nothing, so it depends on no other validation. Undefined when the whole task must be folded again.
 */
function extend(folded: FoldedTask, record: TaskRecord, context: FoldContext): FoldedTask | undefined {
  const { announcement } = folded;
  if (announcement === undefined || !isValidation(record)) return undefined;
  if (context.equivocatedPair(record.id) !== undefined) return undefined;
  const recordCount = folded.recordCount + 1;
  const submission = folded.submissions.find(({ id }) => id === record.payload.submissionId);
  const counts =
    submission !== undefined &&
    hasRef(record, folded.task) &&
    validationStands(record, submission.submitter, announcement, context.rules);
  if (!counts) return { ...folded, recordCount };
  const next = withValidation(submission, record, folded, announcement, context);
  return { ...folded, recordCount, submissions: folded.submissions.map((held) => (held === submission ? next : held)) };
}

function withValidation(
  submission: CountedSubmission,
  record: Validation,
  { roster }: FoldedTask,
  announcement: TaskAnnouncement,
  { weights, rules }: FoldContext,
): CountedSubmission {
  const [counted] = weigh(record, weights, roster);
  if (counted === undefined) return submission;
  const sums = addScore(submission.verdict, counted.score, counted.weight);
  const verdict = verdictOf(sums, announcement.payload.requiredReviewers, rules);
  return { ...submission, verdict, validations: submission.validations.with(counted) };
}
