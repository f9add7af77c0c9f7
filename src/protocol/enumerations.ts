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

export const DIFFICULTIES = ["Beginner", "Intermediate", "Advanced", "Expert"] as const;
export const VERIFICATIONS = ["Automatic", "PeerReview", "ExpertReview", "Hybrid"] as const;
export const VALIDATION_KINDS = ["Automatic", "PeerReview", "ExpertReview"] as const;

/** Absolute cap of a body, whatever the rules say (protocol.md, Payloads). */
export const BODY_MAX_BYTES = 1_048_576;
