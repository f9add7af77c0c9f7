import type { ComputationProof, TaskDetail, ValidationBody } from "../protocol/bodies.js";

/** The fields of every publishing call. */
export interface DraftBase {
  /** Name of an author key; undefined: the node's first. */
  readonly author: string | undefined;
  /**
   * 1..64 characters that the caller chooses. A repeated call with the same key, method and content returns the first
   * result with `duplicate: true`; with other content it fails with `bad_parameters`. Undefined: each call publishes.
   */
  readonly idempotencyKey: string | undefined;
}

export interface TaskDraft extends DraftBase {
  readonly detail: TaskDetail;
  readonly description: string;
  readonly data: Uint8Array;
  /** u64 nanoTOS. */
  readonly rewardNano: bigint;
  readonly gasFeeNano: bigint;
  readonly stakeRequiredNano: bigint;
  /** Unix seconds, or seconds after the record's timestamp. */
  readonly deadline:
    | { readonly kind: "at"; readonly seconds: number }
    | { readonly kind: "after"; readonly seconds: number };
  /** Index into DIFFICULTIES. */
  readonly difficulty: number;
  /** Index into VERIFICATIONS. */
  readonly verification: number;
  /** 0..255; 0 unless the verification is PeerReview or ExpertReview. */
  readonly requiredReviewers: number;
  /** 1..255 */
  readonly maxParticipants: number;
  /** 0..100 */
  readonly qualityThreshold: number;
  /** The task's id on the chain, if it was published there too. */
  readonly chainId?: string;
}

export interface SubmissionDraft extends DraftBase {
  readonly taskId: string;
  readonly answer: Uint8Array;
  /** 0..100 */
  readonly qualityHint: number;
  readonly stakeNano: bigint;
  readonly gasFeeNano: bigint;
  readonly computationProof: ComputationProof | undefined;
}

export interface ValidationDraft extends DraftBase {
  /** Checked against the submission's task if given. */
  readonly taskId: string | undefined;
  readonly submissionId: string;
  /** 0..100 */
  readonly score: number;
  /** Index into VALIDATION_KINDS. */
  readonly validationKind: number;
  /** Undefined: the validation has no body. */
  readonly body:
    | Pick<ValidationBody, "method" | "reasoning" | "criteria" | "evidence" | "confidence" | "stakeNano">
    | undefined;
}

export interface CancelDraft extends DraftBase {
  readonly taskId: string;
}
