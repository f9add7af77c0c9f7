import { taskTypeName } from "../protocol/enumerations.js";
import { taskOf } from "../protocol/strand.js";
import { BoundedMap } from "./bounded/index.js";
import type { Context } from "./context.js";
import type { StoredEvent } from "./event-bodies.js";
import {
  type CertificateFact,
  type ConsensusTracker,
  type PackedSummary,
  statusAt,
  TaskCounts,
  type TaskStatus,
  type TaskView,
} from "./fold/index.js";
import type { TaskRecord } from "./set/index.js";

/** Stored events that a reader can still get after a reconnect. */
const EVENTS_KEPT = 100_000;
/**
 * Changes of a task with more records are emitted once per {@link LARGE_TASK_MS}, a second: each new record may cost a
 * fold.
 */
const LARGE_TASK = 512;
const LARGE_TASK_MS = 1000;
/** Most tasks that a step compares because of records of other tasks. The next steps take the rest. */
const CHANGED_PER_STEP = 256;

interface ExclusionListener {
  notice(view: TaskView): void;
}

/** The state of a task as of its last events. */
interface EmittedState {
  /** Undefined before the first event of the task. */
  readonly status: TaskStatus | undefined;
  readonly final: boolean;
  readonly reached: readonly string[];
  readonly excluded: readonly string[];
  readonly atMs: number;
}

const NONE: readonly string[] = [];
const NOTHING: EmittedState = { status: undefined, final: false, reached: NONE, excluded: NONE, atMs: 0 };

/**
 * Events for local programs, numbered in one sequence: first each new record, then the changes it caused, once for each
 * task and step. Bodies of events are JSON: ids in hex, seconds as numbers, u64 as decimal text.
 */
export class EventLog {
  readonly #context: Context;
  readonly #tracker: ConsensusTracker;
  /** Called for a task with excluded authors, each time the task is compared. */
  readonly #exclusionListeners: readonly ExclusionListener[];
  readonly #emitted: BoundedMap<string, EmittedState>;
  readonly #touched = new Set<string>();
  /** Tasks with a certificate of this step: their events and the certificate are one write. */
  readonly #certified = new Set<string>();
  readonly counts: TaskCounts;
  #sequence = 0;

  constructor(context: Context, tracker: ConsensusTracker, exclusionListeners: readonly ExclusionListener[]) {
    this.#context = context;
    this.#tracker = tracker;
    this.#exclusionListeners = exclusionListeners;
    this.counts = new TaskCounts(context.identity.rules.validationWindowSeconds);
    this.#emitted = new BoundedMap(context.limits.task_summaries);
  }

  /** The number of the newest event; 0 before the first. */
  get sequence(): number {
    return this.#sequence;
  }

  get emittedCount(): number {
    return this.#emitted.size;
  }

  restore(sequence: number): void {
    this.#sequence = sequence;
  }

  /** After a start: notes the present state of a task, so that no event repeats it. */
  remember(taskId: string): void {
    const summary = this.#tracker.packed.summary(taskId);
    if (summary !== undefined) {
      this.#rememberPacked(taskId, summary);
      return;
    }
    const view = this.#tracker.view(taskId, this.#context.nowSeconds);
    if (view === undefined) return;
    this.#emitted.set(taskId, stateOf(view, this.#context.nowMs));
    this.counts.note(view, this.#context.nowSeconds);
    if (view.excludedAuthors.length > 0) for (const listener of this.#exclusionListeners) listener.notice(view);
  }

  /** The same without a fold. No author is excluded from a task with a summary. */
  #rememberPacked(taskId: string, { facts, announcement }: PackedSummary): void {
    const { nowSeconds, nowMs, identity } = this.#context;
    const { status } = statusAt(facts, [], nowSeconds, identity.rules);
    const reached = facts.submissions.flatMap(({ id, verdict }) => (verdict.reached ? [id] : []));
    this.#emitted.set(taskId, { status, final: false, reached, excluded: NONE, atMs: nowMs });
    const announced = announcement !== undefined;
    const [taskType, t0] = [announcement?.payload.taskType ?? 0, announcement?.timestampSeconds ?? 0];
    this.counts.note({ taskId, status, announced, announcement, taskType, t0 }, nowSeconds);
  }

  joined(record: TaskRecord): void {
    const { payload, id, author, timestampSeconds } = record;
    const { taskId, taskType } = taskOf(payload, id, timestampSeconds);
    this.touch(taskId);
    const [task_id, task_type, record_id] = [taskId, taskTypeName(taskType), id];
    const timestamp = timestampSeconds;
    // Each body is one literal: a spread of common fields costs some microseconds.
    switch (payload.kind) {
      case "task": {
        const [deadline, reward] = [payload.deadlineSeconds, payload.rewardNano.toString()];
        this.#add({
          sequence: this.#next(),
          event: "task_published",
          body: { task_id, task_type, record_id, timestamp, publisher: author, deadline, reward },
        });
        return;
      }
      case "cancel":
        this.#add({
          sequence: this.#next(),
          event: "task_cancelled",
          body: { task_id, task_type, record_id, timestamp, publisher: author },
        });
        return;
      case "submission":
        this.#add({
          sequence: this.#next(),
          event: "submission_received",
          body: { task_id, task_type, record_id, timestamp, submission_id: id, submitter: author },
        });
        return;
      case "validation": {
        const { submissionId: submission_id, score } = payload;
        const seconds_after_submission = this.#since(submission_id, timestampSeconds);
        this.#add({
          sequence: this.#next(),
          event: "validation_completed",
          body: {
            task_id,
            task_type,
            record_id,
            timestamp,
            submission_id,
            validator: author,
            score,
            seconds_after_submission,
          },
        });
        return;
      }
    }
  }

  /** Seconds from a submission to a record about it; null while the submission is not held. */
  #since(submissionId: string, timestampSeconds: number): number | null {
    const submission = this.#tracker.record(submissionId);
    return submission === undefined ? null : Math.max(0, timestampSeconds - submission.timestampSeconds);
  }

  fraud(equivocator: string, alertKind: number, taskId: string, proof: readonly [string, string]): void {
    this.#add({
      sequence: this.#next(),
      event: "fraud_detected",
      body: { equivocator, kind: alertKind, task_id: taskId, proof },
    });
  }

  /** A certificate joined the set: once for each value, across crashes, because it is in the write of this step. */
  certified(taskId: string, { submissionId, value, n, sum, sumOfSquares }: CertificateFact): void {
    const { contested } = this.#tracker.certified(taskId);
    this.#add({
      sequence: this.#next(),
      event: "submission_certified",
      body: {
        task_id: taskId,
        submission_id: submissionId,
        value,
        contested: contested.includes(submissionId),
        n,
        sum,
        sum_of_squares: sumOfSquares,
      },
    });
    this.#certified.add(taskId);
    this.touch(taskId);
  }

  /** Marks a task whose result may have changed in this step. */
  touch(taskId: string): void {
    this.#touched.add(taskId);
  }

  /** Marks the tasks whose deadline or validation window has just ended. */
  timePassed(): void {
    for (const taskId of this.counts.due(this.#context.nowSeconds)) this.touch(taskId);
  }

  /** Ends a step: compares the marked tasks and emits their events. */
  flush(): void {
    for (const taskId of this.#tracker.takeChanged(CHANGED_PER_STEP)) this.touch(taskId);
    const due = [...this.#touched].filter((taskId) => this.#certified.has(taskId) || !this.#waits(taskId));
    this.#certified.clear();
    this.#tracker.foldAll(due);
    for (const taskId of due) {
      this.#touched.delete(taskId);
      const view = this.#tracker.isStale(taskId) ? undefined : this.#tracker.view(taskId, this.#context.nowSeconds);
      if (view !== undefined) this.#compare(view);
      else if (!this.#tracker.has(taskId)) {
        this.#emitted.delete(taskId);
        this.counts.forget(taskId);
      }
    }
  }

  #waits(taskId: string): boolean {
    const emitted = this.#tracker.recordCount(taskId) > LARGE_TASK ? this.#emitted.get(taskId) : undefined;
    return emitted !== undefined && Math.abs(this.#context.nowMs - emitted.atMs) < LARGE_TASK_MS;
  }

  #compare(view: TaskView): void {
    const before = this.#emitted.get(view.taskId) ?? NOTHING;
    const now = stateOf(view, this.#context.nowMs);
    this.#emitted.set(view.taskId, now);
    this.counts.note(view, this.#context.nowSeconds);
    const { taskId } = view;
    if (now.status !== before.status || now.final !== before.final) {
      const previous = before.status ?? null;
      this.#add({
        sequence: this.#next(),
        event: "task_status_changed",
        body: { task_id: taskId, previous, status: view.status, final: view.final },
      });
    }
    for (const { id, verdict } of view.submissions) {
      if (verdict.reached === before.reached.includes(id)) continue;
      const { n, sum, sumOfSquares, weightSum, weightedSum, reached } = verdict;
      const sums = { n, sum, sum_of_squares: sumOfSquares, weight_sum: weightSum, weighted_sum: weightedSum };
      this.#add({
        sequence: this.#next(),
        event: "consensus_changed",
        body: { task_id: taskId, submission_id: id, reached, final: view.final, ...sums },
      });
    }
    for (const { author, reason, proof } of view.excludedAuthors) {
      if (!before.excluded.includes(author))
        this.#add({
          sequence: this.#next(),
          event: "author_excluded",
          body: { task_id: taskId, author, reason, proof },
        });
    }
    if (view.excludedAuthors.length > 0) for (const listener of this.#exclusionListeners) listener.notice(view);
  }

  /** The number of the event that follows. */
  #next(): number {
    this.#sequence++;
    return this.#sequence;
  }

  #add(event: StoredEvent): void {
    const { out } = this.#context;
    out.write({ kind: "put_event", event });
    if (event.sequence % 1000 === 0 && event.sequence > EVENTS_KEPT) {
      out.write({ kind: "drop_events", below: event.sequence - EVENTS_KEPT });
    }
    out.emit({ kind: "notify", event });
  }
}

function stateOf({ status, final, submissions, excludedAuthors }: TaskView, atMs: number): EmittedState {
  const reached = submissions.filter(({ verdict }) => verdict.reached);
  return {
    atMs,
    status,
    final,
    // Most tasks share one empty list.
    reached: reached.length === 0 ? NONE : reached.map(({ id }) => id),
    excluded: excludedAuthors.length === 0 ? NONE : excludedAuthors.map(({ author }) => author),
  };
}
