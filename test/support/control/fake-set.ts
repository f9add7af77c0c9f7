import type { FraudAnalysis, SubmissionDetails } from "../../../src/api/control.js";
import { ValidationList } from "../../../src/engine/fold/validation-list.js";
import type { TaskView } from "../../../src/engine/fold/views.js";
import type { AlertView, ExcludedValidation, RewardsOf } from "../../../src/engine/index.js";
import { splitRewards } from "../../../src/engine/rewards/split-rewards.js";

export const TASK = "a1".repeat(32);
export const SUBMISSION = "b2".repeat(32);
export const CERTIFICATE = "b7".repeat(32);
export const AUTHOR = "c3".repeat(32);
/** `registry.time` of a registry file or of everyone; beyond 2^53. */
export const FOREVER = 2n ** 64n - 1n;

/** A suspicion of each severity. */
export const FRAUD: FraudAnalysis = {
  submissionId: SUBMISSION,
  miner: AUTHOR,
  atSeconds: 1_790_000_300,
  indicators: (["Critical", "High", "Medium", "Low"] as const).map((severity) => ({
    type: "HighSolutionSimilarity",
    severity,
    risk: 0.97,
    confidence: 0.9,
    description: "97 % like another answer, dated earlier",
    evidence: [CERTIFICATE],
  })),
  comparedAnswers: 4,
  uncomparedAnswers: 1,
  validators: 2,
};

/** A final split with one entry of each role. */
export const REWARDS: RewardsOf = {
  kind: "final",
  distribution: splitRewards({
    poolNano: FOREVER,
    taskType: 0,
    difficulty: 1,
    qualityThreshold: 70,
    submissions: [90, 40].map((score, at) => ({
      submissionId: at === 0 ? SUBMISSION : "b3".repeat(32),
      submitter: AUTHOR,
      reached: true,
      validations: [{ validator: "e5".repeat(32), score, weight: 1 }],
    })),
  }),
};

export const VIEW: TaskView = {
  taskId: TASK,
  taskType: 0,
  t0: 1_790_000_000,
  strand: "000000",
  announced: true,
  announcement: {
    id: TASK,
    author: AUTHOR,
    timestampSeconds: 1_790_000_000,
    number: 0,
    strand: "000000",
    payload: {
      kind: "task",
      taskType: 0,
      deadlineSeconds: 1_790_086_400,
      rewardNano: FOREVER,
      difficulty: 1,
      verification: 1,
      requiredReviewers: 3,
      maxParticipants: 5,
      qualityThreshold: 70,
      body: { hash: "d4".repeat(32), length: 10 },
    },
  },
  status: "InProgress",
  final: false,
  waitsFor: "deadline",
  submissions: [],
  certified: [],
  contested: [],
  excludedAuthors: [],
  recordCount: 2,
};

export const ALERT: AlertView = {
  alertKind: 2,
  equivocator: AUTHOR,
  recordIds: ["07".repeat(32), "08".repeat(32)],
  taskIds: [TASK],
  signer: "09".repeat(32),
  timestampSeconds: 1_790_000_300,
};

export const SUBMITTED: SubmissionDetails = {
  taskId: TASK,
  counted: {
    id: SUBMISSION,
    submitter: AUTHOR,
    timestampSeconds: 1_790_000_100,
    body: { hash: "e5".repeat(32), length: 3 },
    verdict: { n: 2, sum: 160, sumOfSquares: 12_850, weightSum: 2, weightedSum: 160, reached: true },
    validations: ValidationList.empty,
  },
  confidenceBasisPoints: 6200,
  outlier: { validationId: "f7".repeat(32), validator: AUTHOR, score: 0, neededMore: 31 },
  bodyHeld: true,
  body: {
    kind: "submission",
    author: AUTHOR,
    taskId: TASK,
    answer: Uint8Array.of(255, 0, 1),
    stakeNano: 2n ** 60n,
    gasFeeNano: 0n,
  },
  validationBodies: new Map(),
};

/** A validation by an author that the task excludes. */
export const EXCLUDED: ExcludedValidation = {
  id: "a7".repeat(32),
  submissionId: SUBMISSION,
  validator: "b7".repeat(32),
  score: 99,
  timestampSeconds: 1_790_000_250,
};
