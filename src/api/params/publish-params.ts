import { z } from "zod";
import { NetworkError } from "../../protocol/errors.js";
import { BODY_MAX_BYTES, DIFFICULTIES, VALIDATION_KINDS, VERIFICATIONS } from "../../protocol/records.js";
import type { CancelDraft, SubmissionDraft, TaskDraft, ValidationDraft } from "../control.js";
import {
  base64,
  hash,
  hashBytes32,
  label,
  published,
  score,
  showAs,
  text,
  u8,
  u32,
  u64,
  unixSeconds,
  utf8,
} from "./fields.js";
import { taskType } from "./task-type-json.js";

/** Parameters of the four publishing methods, and the drafts that they become. */

/** The wire carries the number of reviewers only; weights and thresholds are network rules. */
const verification = z.union(
  [
    z.literal("Automatic").transform(() => ({ verification: 0, requiredReviewers: 0 })),
    z
      .strictObject({ PeerReview: z.strictObject({ required_reviewers: u8 }) })
      .transform(({ PeerReview }) => ({ verification: 1, requiredReviewers: PeerReview.required_reviewers })),
    z
      .strictObject({ ExpertReview: z.strictObject({ expert_count: u8 }) })
      .transform(({ ExpertReview }) => ({ verification: 2, requiredReviewers: ExpertReview.expert_count })),
    z.literal("Hybrid").transform(() => ({ verification: 3, requiredReviewers: 0 })),
  ],
  `expected ${VERIFICATIONS[0]}, {"PeerReview": {"required_reviewers": n}}, {"ExpertReview": {"expert_count": n}} ` +
    "or Hybrid",
);

const ZERO = 0n;

function draftBase(value: { author?: string | undefined; idempotency_key?: string | undefined }): {
  readonly author: string | undefined;
  readonly idempotencyKey: string | undefined;
} {
  return { author: value.author, idempotencyKey: value.idempotency_key };
}

export const publishTaskParams = z
  .strictObject({
    ...published,
    task_type: taskType.describe("the type by its name, with its fields"),
    description: text(1, BODY_MAX_BYTES).describe("what to do; the whole body has at most 1 MiB"),
    data: utf8.optional().describe("the data of the task as text"),
    data_base64: base64.optional().describe("the data as standard base64 with padding, in place of `data`"),
    reward_amount: u64.describe("nanoTOS, u64"),
    gas_fee: u64.default(ZERO).describe("nanoTOS, u64; 0 if left out"),
    stake_required: u64.default(ZERO).describe("nanoTOS, u64; 0 if left out"),
    deadline: unixSeconds.optional().describe("the last moment for submissions, unix seconds, after now"),
    duration_seconds: z
      .int()
      .min(1)
      .max(366 * 86_400)
      .optional()
      .describe("in place of `deadline`: seconds after the time of the record, 1 at least"),
    difficulty_level: z.enum(DIFFICULTIES).default("Intermediate").describe("how hard it is"),
    verification_type: verification.prefault({ PeerReview: { required_reviewers: 3 } }).describe("how it is verified"),
    max_participants: u8.min(1).default(50).describe("the most accepted submissions"),
    quality_threshold: score.default(70).describe("the score that a winner needs"),
    chain_id: hash.optional().describe("id of the task on the chain, if it was published there too"),
  })
  .transform((value, context): TaskDraft => {
    const { deadline, duration_seconds: duration } = value;
    if (value.data !== undefined && value.data_base64 !== undefined) {
      context.addIssue({ code: "custom", message: "give data or data_base64, not both" });
    }
    if ((deadline === undefined) === (duration === undefined)) {
      context.addIssue({ code: "custom", message: "give either deadline or duration_seconds" });
    }
    return {
      ...draftBase(value),
      detail: value.task_type,
      description: value.description,
      data: value.data ?? value.data_base64 ?? new Uint8Array(0),
      rewardNano: value.reward_amount,
      gasFeeNano: value.gas_fee,
      stakeRequiredNano: value.stake_required,
      deadline: deadline === undefined ? { kind: "after", seconds: duration ?? 0 } : { kind: "at", seconds: deadline },
      difficulty: DIFFICULTIES.indexOf(value.difficulty_level),
      ...value.verification_type,
      maxParticipants: value.max_participants,
      qualityThreshold: value.quality_threshold,
      ...(value.chain_id === undefined ? {} : { chainId: value.chain_id }),
    };
  });

/** Most hashes of a computation proof: 32 KiB of the body, and below its cap of 2,048 fields. */
const MAX_PROCESS_STEPS = 1024;

const computationProof = z
  .strictObject({
    work_duration: u64,
    resource_usage: z.strictObject({
      cpu_time: u64,
      memory_peak: u64,
      io_operations: u64,
      network_requests: u32,
    }),
    process_steps: z.array(hashBytes32).max(MAX_PROCESS_STEPS),
    randomness_proof: hashBytes32.optional(),
  })
  .transform(
    (value): NonNullable<SubmissionDraft["computationProof"]> => ({
      workDurationSeconds: value.work_duration,
      cpuTimeMs: value.resource_usage.cpu_time,
      memoryPeakBytes: value.resource_usage.memory_peak,
      ioOperations: value.resource_usage.io_operations,
      networkRequests: value.resource_usage.network_requests,
      processSteps: value.process_steps,
      randomnessProof: value.randomness_proof ?? new Uint8Array(0),
    }),
  );

export const submitSolutionParams = z
  .strictObject({
    ...published,
    task_id: hash.describe("id of the task"),
    answer: utf8.optional().describe("the answer as text"),
    answer_base64: base64.optional().describe("the answer as standard base64 with padding, in place of `answer`"),
    quality_hint: score.default(0).describe("how good the author thinks it is"),
    stake_amount: u64.default(ZERO).describe("nanoTOS, u64; 0 if left out"),
    gas_fee: u64.default(ZERO).describe("nanoTOS, u64; 0 if left out"),
    computation_proof: computationProof.optional().describe("what the author says about its work; not checked"),
  })
  .transform((value, context): SubmissionDraft => {
    const answer = value.answer ?? value.answer_base64 ?? new Uint8Array(0);
    if ((value.answer === undefined) === (value.answer_base64 === undefined) || answer.length === 0) {
      context.addIssue({ code: "custom", message: "give either answer or answer_base64, not empty" });
    }
    return {
      ...draftBase(value),
      taskId: value.task_id,
      answer,
      qualityHint: value.quality_hint,
      stakeNano: value.stake_amount,
      gasFeeNano: value.gas_fee,
      computationProof: value.computation_proof,
    };
  });

const REJECT_REASONS = [
  "IncorrectAnswer",
  "InsufficientQuality",
  "Plagiarism",
  "OffTopic",
  "TechnicalError",
  "TimeViolation",
] as const;

interface ScoreResult {
  readonly score: number;
  readonly reasoning: string;
  readonly evidence: Uint8Array;
}

const NO_BYTES = new Uint8Array(0);
const reasoning = text(0, BODY_MAX_BYTES).default("");
/** The specification's ValidationResult in a payload (reference 1.6, B), or the bare score (C). */
const result = z.union(
  [
    score.transform((value): ScoreResult => ({ score: value, reasoning: "", evidence: NO_BYTES })),
    z
      .strictObject({ Approve: z.strictObject({ quality_score: score, reasoning }) })
      .transform(({ Approve }): ScoreResult => {
        return { score: Approve.quality_score, reasoning: Approve.reasoning, evidence: NO_BYTES };
      }),
    z
      .strictObject({
        Reject: z.strictObject({ reason: z.enum(REJECT_REASONS), reasoning, evidence: base64.default(NO_BYTES) }),
      })
      .transform(({ Reject }): ScoreResult => {
        const why = Reject.reasoning === "" ? Reject.reason : `${Reject.reason}: ${Reject.reasoning}`;
        return { score: 0, reasoning: why, evidence: Reject.evidence };
      }),
  ],
  'expected a score of 0 to 100, {"Approve": {"quality_score": n, "reasoning": text}} ' +
    `or {"Reject": {"reason": one of ${REJECT_REASONS.join(", ")}}}`,
);

/** Most criteria of a validation, which a person reads. */
const MAX_CRITERIA = 64;

const validateSubmissionShape = z
  .strictObject({
    ...published,
    task_id: hash.optional().describe("checked against the task of the submission"),
    submission_id: hash.describe("id of the submission's record"),
    result: result.describe("a score of 0 to 100, an approval with a score, or a rejection, which is score 0"),
    kind: z.enum(VALIDATION_KINDS).default("PeerReview").describe("kind of the validation"),
    method: text(0, 256).default("").describe("how the validator worked"),
    criteria: z
      .record(label, score)
      .refine((value) => Object.keys(value).length <= MAX_CRITERIA, `expected at most ${MAX_CRITERIA} criteria`)
      .default({})
      .describe("scores by criterion"),
    confidence: z.int().min(0).max(10_000).default(0).describe("basis points"),
    stake_amount: u64.default(ZERO).describe("nanoTOS, u64; 0 if left out"),
  })
  .transform((value): ValidationDraft => {
    const criteria = Object.entries(value.criteria).map(([name, points]) => ({ name, score: points }));
    const { reasoning: why, evidence } = value.result;
    const body = {
      method: value.method,
      reasoning: why,
      criteria,
      evidence,
      confidence: value.confidence,
      stakeNano: value.stake_amount,
    };
    const texts = value.method.length + why.length + criteria.length + evidence.length;
    const bare = texts === 0 && value.confidence === 0 && value.stake_amount === ZERO;
    return {
      ...draftBase(value),
      taskId: value.task_id,
      submissionId: value.submission_id,
      score: value.result.score,
      validationKind: VALIDATION_KINDS.indexOf(value.kind),
      body: bare ? undefined : body,
    };
  });

/** The specification's third variant asks for another validator. It has no score, so there is nothing to record. */
export const validateSubmissionParams = z.preprocess((value) => {
  if (typeof value === "object" && value !== null && "result" in value) {
    const { result: given } = value;
    if (typeof given === "object" && given !== null && "RequestExpertReview" in given) {
      throw new NetworkError(
        "bad_parameters",
        "Invalid params: result: a request for expert review is not a validation and is not published; " +
          "leave the submission to a validator who gives it a score",
      );
    }
  }
  return value;
}, validateSubmissionShape);
showAs(validateSubmissionParams, validateSubmissionShape);

export const cancelTaskParams = z
  .strictObject({ ...published, task_id: hash.describe("id of the task") })
  .transform((value): CancelDraft => ({ ...draftBase(value), taskId: value.task_id }));
