import type { CancelPayload, SubmissionPayload, TaskPayload, ValidationPayload } from "../../protocol/records.js";

/** A record of types 0, 1 or 2 with its payload, for the fold. */
export interface TaskRecord {
  readonly id: string;
  /** Hex. */
  readonly author: string;
  readonly timestampSeconds: number;
  readonly number: number;
  /** 6 hex digits. */
  readonly strand: string;
  readonly payload: TaskPayload | CancelPayload | SubmissionPayload | ValidationPayload;
}
