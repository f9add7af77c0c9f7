import type { DifficultyName, TaskTypeName, ValidationKindName } from "../../protocol/enumerations.js";

/** What the publishing methods take, as types: the JSON of docs/api.md. */

/** A u64: a number, a bigint, or decimal text. */
export type U64Input = number | bigint | string;

/** A language: a name, or the specification's `{"Other": name}`. */
export type LanguageInput = string | { readonly Other: string };
/** A standard: a name, or the specification's `{"Custom": name}`. */
export type StandardInput = string | { readonly Custom: string };

/** The fields of each task type. */
export interface TaskTypeFields {
  readonly CodeAnalysis: {
    readonly language: LanguageInput;
    readonly complexity?: "Simple" | "Medium" | "Complex" | "Enterprise" | undefined;
  };
  readonly SecurityAudit: {
    readonly scope:
      | "SmartContract"
      | "WebApplication"
      | "APIEndpoints"
      | "Infrastructure"
      | "CryptoImplementation"
      | "ComplianceCheck";
    readonly standards?: readonly StandardInput[] | undefined;
  };
  readonly DataAnalysis: {
    readonly data_type: "Structured" | "Unstructured" | "TimeSeries" | "Graph" | "Geospatial";
    readonly analysis_type?: "Descriptive" | "Diagnostic" | "Predictive" | "Prescriptive" | "Exploratory" | undefined;
  };
  readonly AlgorithmOptimization: {
    readonly domain: string;
    readonly constraints?: readonly string[] | undefined;
  };
  readonly LogicReasoning: {
    readonly problem_type?: string | undefined;
    /** 0..255 */
    readonly complexity: number;
  };
  readonly GeneralTask: {
    readonly category: string;
    readonly subcategory?: string | null | undefined;
  };
}

/** A task type by its name, with its fields: `{ CodeAnalysis: { language: "Rust" } }`. */
export type TaskTypeInput = {
  readonly [Name in TaskTypeName]: Readonly<Record<Name, TaskTypeFields[Name]>>;
}[TaskTypeName];

/** How a task is verified. */
export type VerificationInput =
  | "Automatic"
  | "Hybrid"
  | { readonly PeerReview: { readonly required_reviewers: number } }
  | { readonly ExpertReview: { readonly expert_count: number } };

/** The members of every publishing call. */
export interface PublishInput {
  /** Name of an author key; left out: the node's first. */
  readonly author?: string | undefined;
  /** 1..64 characters; a repeated call with the same key publishes nothing. */
  readonly idempotency_key?: string | undefined;
}

/** The last moment for submissions: unix seconds, or seconds after the publication. */
export type DeadlineInput =
  | { readonly deadline: number; readonly duration_seconds?: undefined }
  | { readonly duration_seconds: number; readonly deadline?: undefined };

/** The data of a task: text, or base64 of bytes; neither for a task without data. */
export type DataInput =
  | { readonly data?: string | undefined; readonly data_base64?: undefined }
  | { readonly data_base64: string; readonly data?: undefined };

/** The parameters of `ai_publish_task`. */
export type TaskInput = PublishInput &
  DeadlineInput &
  DataInput & {
    readonly task_type: TaskTypeInput;
    readonly description: string;
    /** nanoTOS. */
    readonly reward_amount: U64Input;
    /** nanoTOS; 0 if left out. */
    readonly gas_fee?: U64Input | undefined;
    /** nanoTOS; 0 if left out. */
    readonly stake_required?: U64Input | undefined;
    /** Intermediate if left out. */
    readonly difficulty_level?: DifficultyName | undefined;
    /** Peer review by 3 if left out. */
    readonly verification_type?: VerificationInput | undefined;
    /** 1..255; 50 if left out. */
    readonly max_participants?: number | undefined;
    /** 0..100; 70 if left out. */
    readonly quality_threshold?: number | undefined;
    /** Id of the task on the chain, 64 hex digits. */
    readonly chain_id?: string | undefined;
  };

/** An answer: text, or base64 of bytes. */
export type AnswerInput =
  | { readonly answer: string; readonly answer_base64?: undefined }
  | { readonly answer_base64: string; readonly answer?: undefined };

/** What a miner claims about its work. */
export interface ComputationProofInput {
  /** Seconds. */
  readonly work_duration: U64Input;
  readonly resource_usage: {
    /** Milliseconds. */
    readonly cpu_time: U64Input;
    /** Bytes. */
    readonly memory_peak: U64Input;
    readonly io_operations: U64Input;
    /** u32 */
    readonly network_requests: number;
  };
  /** Hashes, 64 hex digits each. */
  readonly process_steps: readonly string[];
  readonly randomness_proof?: string | undefined;
}

/** The parameters of `ai_submit_solution`. */
export type SubmissionInput = PublishInput &
  AnswerInput & {
    readonly task_id: string;
    /** 0..100; 0 if left out. */
    readonly quality_hint?: number | undefined;
    /** nanoTOS; 0 if left out. */
    readonly stake_amount?: U64Input | undefined;
    /** nanoTOS; 0 if left out. */
    readonly gas_fee?: U64Input | undefined;
    readonly computation_proof?: ComputationProofInput | undefined;
  };

/** Why a submission is rejected. */
export type RejectReason =
  | "IncorrectAnswer"
  | "InsufficientQuality"
  | "Plagiarism"
  | "OffTopic"
  | "TechnicalError"
  | "TimeViolation";

/** The result of a validation: a score of 0 to 100, an approval with a score, or a rejection, which is score 0. */
export type ResultInput =
  | number
  | { readonly Approve: { readonly quality_score: number; readonly reasoning?: string | undefined } }
  | {
      readonly Reject: {
        readonly reason: RejectReason;
        readonly reasoning?: string | undefined;
        /** Base64. */
        readonly evidence?: string | undefined;
      };
    };

/** The parameters of `ai_validate_submission`. */
export interface ValidationInput extends PublishInput {
  readonly submission_id: string;
  /** Checked against the submission's task if given. */
  readonly task_id?: string | undefined;
  readonly result: ResultInput;
  /** PeerReview if left out. */
  readonly kind?: ValidationKindName | undefined;
  readonly method?: string | undefined;
  /** Scores of 0 to 100 by criterion, 64 at most. */
  readonly criteria?: Readonly<Record<string, number>> | undefined;
  /** Basis points: 0..10000. */
  readonly confidence?: number | undefined;
  /** nanoTOS; 0 if left out. */
  readonly stake_amount?: U64Input | undefined;
}
