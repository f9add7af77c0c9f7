// Without imports, so that the command line has these names before it loads a codec.

/** The order of the specification's TaskType (protocol.md: strand's first byte). */
export const TASK_TYPES = [
  "CodeAnalysis",
  "SecurityAudit",
  "DataAnalysis",
  "AlgorithmOptimization",
  "LogicReasoning",
  "GeneralTask",
] as const;
export type TaskTypeName = (typeof TASK_TYPES)[number];

/** The name of a decoded task type. `RangeError` unless it is 0 to 5, which every decoder ensures. */
export function taskTypeName(taskType: number): TaskTypeName {
  const name = TASK_TYPES[taskType];
  if (name === undefined) throw new RangeError(`no task type ${taskType}`);
  return name;
}

export const DIFFICULTIES = ["Beginner", "Intermediate", "Advanced", "Expert"] as const;
export type DifficultyName = (typeof DIFFICULTIES)[number];

export const VERIFICATIONS = ["Automatic", "PeerReview", "ExpertReview", "Hybrid"] as const;
export type VerificationName = (typeof VERIFICATIONS)[number];

export const VALIDATION_KINDS = ["Automatic", "PeerReview", "ExpertReview"] as const;
export type ValidationKindName = (typeof VALIDATION_KINDS)[number];

/** The specification's TaskStatus, in its order (reference 1.5). */
export const TASK_STATUSES = [
  "Published",
  "InProgress",
  "AnswersSubmitted",
  "UnderValidation",
  "Completed",
  "Expired",
  "Disputed",
  "Cancelled",
] as const;
export type TaskStatus = (typeof TASK_STATUSES)[number];

/** Absolute cap of a body, whatever the rules say (protocol.md, Payloads). */
export const BODY_MAX_BYTES = 1_048_576;
