import type { TaskStatus, TaskTypeName } from "../protocol/enumerations.js";

/** What each event tells. Bodies are JSON: ids and keys in hex, times in unix seconds, u64 as decimal text. */

/** What every event about a record tells. */
export interface RecordEvent {
  readonly task_id: string;
  readonly task_type: TaskTypeName;
  readonly record_id: string;
  readonly timestamp: number;
}

/** The body of each event by its name (docs/api.md, Events). */
export interface EventBodies {
  readonly task_published: RecordEvent & {
    readonly publisher: string;
    readonly deadline: number;
    /** nanoTOS, u64. */
    readonly reward: string;
  };
  readonly task_cancelled: RecordEvent & { readonly publisher: string };
  readonly submission_received: RecordEvent & { readonly submission_id: string; readonly submitter: string };
  readonly validation_completed: RecordEvent & {
    readonly submission_id: string;
    readonly validator: string;
    /** 0..100 */
    readonly score: number;
    /** Null while the submission is not held. */
    readonly seconds_after_submission: number | null;
  };
  readonly task_status_changed: {
    readonly task_id: string;
    /** Null for the first status. */
    readonly previous: TaskStatus | null;
    readonly status: TaskStatus;
    readonly final: boolean;
  };
  readonly consensus_changed: {
    readonly task_id: string;
    readonly submission_id: string;
    readonly reached: boolean;
    readonly final: boolean;
    readonly n: number;
    readonly sum: number;
    readonly sum_of_squares: number;
    readonly weight_sum: number;
    readonly weighted_sum: number;
  };
  readonly submission_certified: {
    readonly task_id: string;
    readonly submission_id: string;
    /** The certified value, H(verdict; list). */
    readonly value: string;
    /** A certificate of another value is held too: neither is final. */
    readonly contested: boolean;
    /** Number, sum and sum of squares of the certified scores. */
    readonly n: number;
    readonly sum: number;
    readonly sum_of_squares: number;
  };
  readonly author_excluded: {
    readonly task_id: string;
    readonly author: string;
    readonly reason: string;
    /** Ids of the records that prove it. */
    readonly proof: readonly string[];
  };
  readonly fraud_detected: {
    readonly equivocator: string;
    /** Kind of the alert. */
    readonly kind: number;
    readonly task_id: string;
    readonly proof: readonly string[];
  };
}

export type EventName = keyof EventBodies;

/** An event without its number: `event` decides the type of `body`. */
export type NewEvent = {
  readonly [Name in EventName]: { readonly event: Name; readonly body: EventBodies[Name] };
}[EventName];

/** An event for local programs. A reader resumes by its sequence: 1 for a database's first event, then ascending. */
export type StoredEvent = NewEvent & { readonly sequence: number };
