import type { TaskRef, ValidationPayload } from "../../protocol/records.js";
import type { Due } from "../bounded/index.js";
import type { TaskRecord } from "../set/index.js";
import { type Judge, judgeAll, VERDICTS_AT_ONCE } from "./batch-verdicts.js";
import { HIGH_SHIFT, type PackedRecords, SUMMARY } from "./packed-layout.js";
import type { RecordPacker } from "./packed-records.js";
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
import type { StatusFacts } from "./task-status.js";
import { addScore, verdictOf } from "./verdict.js";
import type { CountedSubmission } from "./views.js";

/** The context of the folds of all tasks. */
export type SharedContext = Omit<FoldContext, "taskId">;

/** The records of a task as objects. */
interface OpenRecords {
  readonly records: Map<string, TaskRecord>;
  /** Number of records of each author. */
  readonly authors: Map<string, number>;
}

/**
 * One task in memory: its records and their result, always equal to {@link foldTask} over the same records. An ordinary
 * new validation updates sums; after any other change the task is folded again at the next read. A packed task holds
 * neither objects nor its result; the next use of its records unpacks it.
 */
export class TaskState implements Due {
  /** End of the validation window, unix seconds, while {@link heapAt} is an index. */
  due = 0;
  heapAt = -1;
  readonly #packer: RecordPacker;
  #held: OpenRecords | PackedRecords = { records: new Map(), authors: new Map() };
  readonly taskId: string;
  #context: SharedContext;
  #announcement: TaskAnnouncement | undefined;
  /** The newest reference of a record. */
  #ref: TaskRef | undefined;
  #folded: FoldedTask | undefined;

  constructor(taskId: string, context: SharedContext, packer: RecordPacker) {
    this.taskId = taskId;
    this.#context = context;
    this.#packer = packer;
  }

  /** A task with the packed records of a checkpoint. */
  static restored(taskId: string, context: SharedContext, packer: RecordPacker, packed: PackedRecords): TaskState {
    const state = new TaskState(taskId, context, packer);
    state.#held = packed;
    state.#announcement = packer.announcement(packed);
    return state;
  }

  /** Records held. */
  get size(): number {
    return "words" in this.#held ? this.#held.count : this.#held.records.size;
  }

  get isPacked(): boolean {
    return "words" in this.#held;
  }

  /** Packs the records and forgets their result but for its summary. */
  pack(): PackedRecords {
    if ("words" in this.#held) return this.#held;
    const packed = this.#packer.pack(this.#held.records.values(), this.#folded);
    this.#held = packed;
    this.#folded = undefined;
    return packed;
  }

  /** Ends the use of the records: a packed task refers to texts that all tasks share. */
  release(): void {
    this.#open();
  }

  /** The summary of a packed task is wrong, or may be. */
  #forgetSummary(): void {
    if ("words" in this.#held) this.#held.summary = 0;
  }

  /** What the status depends on, without a fold; undefined: only a fold shows it. */
  summary(): StatusFacts | undefined {
    const { weights } = this.#context;
    const announcement = this.#announcement;
    if (!("words" in this.#held) || (this.#held.summary & SUMMARY.known) === 0) return undefined;
    const { summary } = this.#held;
    const accepted = summary >>> HIGH_SHIFT;
    const n = (summary & SUMMARY.validated) === 0 ? 0 : 1;
    const submissions = this.#packer.reached(this.#held).map((id) => ({ id, verdict: { n, reached: true } }));
    while (submissions.length < accepted) submissions.push({ id: "", verdict: { n, reached: false } });
    return {
      terms: announcement?.payload,
      equivocated: false,
      cancelled: (summary & SUMMARY.cancelled) !== 0,
      hasRoster: announcement !== undefined && weights.roster(announcement.timestampSeconds) !== undefined,
      submissions,
    };
  }

  #open(): OpenRecords {
    if ("records" in this.#held) return this.#held;
    const records = new Map<string, TaskRecord>();
    const authors = new Map<string, number>();
    for (const record of this.#packer.unpack(this.#held)) {
      records.set(record.id, record);
      authors.set(record.author, (authors.get(record.author) ?? 0) + 1);
    }
    this.#held = { records, authors };
    return this.#held;
  }

  /** Ids of the records, in no order; a packed task stays packed. */
  recordIds(): string[] {
    return "words" in this.#held ? this.#packer.ids(this.#held) : [...this.#held.records.keys()];
  }

  /** The records with a body; a packed task stays packed. */
  withBodies(): Iterable<TaskRecord> {
    return "words" in this.#held ? this.#packer.withBodies(this.#held) : this.#held.records.values();
  }

  /** The announcement, equivocated or not. */
  get announcement(): TaskAnnouncement | undefined {
    return this.#announcement;
  }

  record(id: string): TaskRecord | undefined {
    return this.#open().records.get(id);
  }

  records(): IterableIterator<TaskRecord> {
    return this.#open().records.values();
  }

  /** Whether a submission by this author is held, counted or not. */
  hasSubmitted(author: string): boolean {
    if ("words" in this.#held) return this.#packer.hasSubmission(this.#held, author);
    if (!this.#held.authors.has(author)) return false;
    for (const record of this.#held.records.values()) {
      if (record.author === author && record.payload.kind === "submission") return true;
    }
    return false;
  }

  /** Adds a member of the set. False when it is held already. */
  add(record: TaskRecord): boolean {
    const { records, authors } = this.#open();
    if (records.has(record.id)) return false;
    const known = authors.get(record.author) ?? 0;
    const kept = this.#shared(record, records);
    records.set(kept.id, kept);
    authors.set(kept.author, known + 1);
    if (isAnnouncement(kept)) this.#announcement = kept;
    if (this.#folded !== undefined) this.#folded = known > 0 ? undefined : extend(this.#folded, kept, this.#context);
    return true;
  }

  /** The record with the reference and the submission id of other records of the task: each is in memory once. */
  #shared(record: TaskRecord, records: ReadonlyMap<string, TaskRecord>): TaskRecord {
    const { payload } = record;
    if (payload.kind === "task") return record;
    if (this.#ref === undefined || !hasRef(record, this.#ref)) {
      this.#ref = { taskId: this.taskId, taskType: payload.task.taskType, t0: payload.task.t0 };
    }
    const task = this.#ref;
    const { id, author, timestampSeconds, number, strand } = record;
    let shared: TaskRecord["payload"];
    if (payload.kind === "validation") {
      const { kind, score, validationKind, body } = payload;
      const submissionId = records.get(payload.submissionId)?.id ?? payload.submissionId;
      const validation: ValidationPayload = { kind, task, submissionId, score, validationKind };
      shared = body === undefined ? validation : { ...validation, body };
    } else shared = { ...payload, task };
    return { id, author, timestampSeconds, number, strand, payload: shared };
  }

  /** Removes a record. False when it isn't held. */
  remove(id: string): boolean {
    const { records, authors } = this.#open();
    const record = records.get(id);
    if (record === undefined) return false;
    records.delete(id);
    const left = (authors.get(record.author) ?? 1) - 1;
    if (left > 0) authors.set(record.author, left);
    else authors.delete(record.author);
    if (record.id === this.#announcement?.id) this.#announcement = undefined;
    this.#folded = undefined;
    return true;
  }

  /** The slot of a held record was equivocated, or its pair changed. */
  touch(): void {
    this.#folded = undefined;
    this.#forgetSummary();
  }

  /** Takes a context with other weights. `isSame`: they weigh this task as before. */
  reweigh(context: SharedContext, isSame = false): void {
    this.#context = context;
    if (!isSame) this.touch();
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
        // A task that was packed meanwhile holds no result.
        if (!state.isPacked) state.#folded = withVerdicts(gathered, verdicts, first);
        first += gathered.accepted.length;
      }
      open = [];
      submissions = 0;
    };
    for (const state of states) {
      if (state.#folded !== undefined) continue;
      const gathered = gatherTask([...state.records()], state.#foldContext());
      if (gathered === undefined) continue;
      open.push({ state, gathered });
      submissions += gathered.accepted.length;
      if (submissions >= VERDICTS_AT_ONCE) close();
    }
    close();
  }

  #foldContext(): FoldContext {
    const { blake3, rules, verdictsOf, equivocatedPair, weights } = this.#context;
    return { blake3, rules, verdictsOf, equivocatedPair, weights, taskId: this.taskId };
  }

  /** The result of the records; undefined when there are none. */
  folded(): FoldedTask | undefined {
    this.#folded ??= foldTask([...this.records()], this.#foldContext());
    return this.#folded;
  }
}

/**
 * Adds one record to a result, by an author with no other record in the task. Such a validation contradicts and repeats
 * nothing, so it depends on no other validation. Undefined when the whole task must be folded again.
 */
function extend(folded: FoldedTask, record: TaskRecord, context: SharedContext): FoldedTask | undefined {
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
  { weights, rules }: SharedContext,
): CountedSubmission {
  const [counted] = weigh(record, weights, roster);
  if (counted === undefined) return submission;
  const sums = addScore(submission.verdict, counted.score, counted.weight);
  const verdict = verdictOf(sums, announcement.payload.requiredReviewers, rules);
  return { ...submission, verdict, validations: submission.validations.with(counted) };
}
