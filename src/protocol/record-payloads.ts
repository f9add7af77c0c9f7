/** Hashes and keys are lowercase hex of 32 bytes throughout the decoded forms. */

/** Ref of protocol.md: the task a record belongs to. */
export interface TaskRef {
  readonly taskId: string;
  /** 0..5 */
  readonly taskType: number;
  /** The announcement's timestamp, unix seconds. */
  readonly t0: number;
}

export interface BodyRef {
  readonly hash: string;
  /** 1..1048576 bytes. */
  readonly length: number;
}

export interface TaskPayload {
  readonly kind: "task";
  readonly taskType: number;
  readonly deadlineSeconds: number;
  readonly rewardNano: bigint;
  readonly difficulty: number;
  readonly verification: number;
  readonly requiredReviewers: number;
  readonly maxParticipants: number;
  readonly qualityThreshold: number;
  readonly body: BodyRef;
  readonly chainId?: string;
}

export interface CancelPayload {
  readonly kind: "cancel";
  readonly task: TaskRef;
}

export interface SubmissionPayload {
  readonly kind: "submission";
  readonly task: TaskRef;
  readonly body: BodyRef;
  readonly qualityHint: number;
  readonly chainId?: string;
}

export interface ValidationPayload {
  readonly kind: "validation";
  readonly task: TaskRef;
  readonly submissionId: string;
  readonly score: number;
  /** 0 automatic, 1 peer, 2 expert */
  readonly validationKind: number;
  readonly body?: BodyRef;
}

/** Payloads of types 0, 1 and 2: the records that are members of the set. */
export type RecordPayload = TaskPayload | CancelPayload | SubmissionPayload | ValidationPayload;
