export type { VerdictsOf } from "./batch-verdicts.js";
export { ConsensusTracker } from "./consensus-tracker.js";
export { meaningOf, subjectOf } from "./equivocators.js";
export { type MinerStats, minerStats } from "./miner-stats.js";
export { checkOwn, type OwnDraft } from "./own-check.js";
export { type DigestInput, type DigestSteps, digestSteps, stateDigestAt } from "./state-digest.js";
export { TaskCounts } from "./task-counts.js";
export { listTasks, type TaskPage, type TaskQuery } from "./task-list.js";
export type { UncountedSubmission } from "./uncounted.js";
export { confidenceBasisPoints } from "./verdict.js";
export {
  type CountedSubmission,
  type CountedValidation,
  type DisplayedVerdict,
  type ExcludedAuthor,
  TASK_STATUSES,
  type TaskStatus,
  type TaskView,
  type TaskWait,
  type Verdict,
} from "./views.js";
