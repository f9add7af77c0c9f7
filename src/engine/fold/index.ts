/**
 * The meaning of the set: the result of each task, its verdicts, status and digest (protocol.md, "Meaning").
 *
 * In: `ConsensusTracker.add` and `remove` take the records that the set admits and drops, `setChain` takes weights and
 * rosters, `load` brings the records of a closed task back. Out: `TaskView`s by `view` and `listTasks`, counts by
 * status (`TaskCounts`), `stateDigestAt` and `digestSteps`, `checkDraft` for a draft before it is signed, `minerStats`,
 * `uncounted` with the reason why a submission does not count.
 *
 * Equal records give equal results on every node: the fold uses integers, and the order of arrival has no influence. A
 * new validation of an ordinary task updates sums; any other change folds the task again when it is next read.
 *
 * The records of the tasks that were used last are objects, with their result. Those of other tasks are packed words;
 * the next use unpacks and folds them (docs/decisions/0014).
 *
 * Bounds: the members bound all tasks. `BOUNDS.open_records` records are objects. `LIVE_TASKS_MAX` tasks that are over
 * keep their records in memory, each for `CLOSE_GRACE_SECONDS`; a closed task keeps only its results.
 * `VERDICTS_AT_ONCE` submissions go into one kernel call.
 *
 * Under overload: above `LIVE_TASKS_MAX` the oldest finished tasks close early. A record for a closed task makes the
 * task stale; its records are loaded from disk, and until then the digest is undefined.
 */
export type { VerdictsOf } from "./batch-verdicts.js";
export { decodeCheckpoint, type TaskCheckpoint } from "./checkpoint-codec.js";
export { areSameCheckpoints } from "./checkpoint-compare.js";
export { memberRows } from "./checkpoint-rows.js";
export { ConsensusTracker } from "./consensus-tracker.js";
export { meaningOf, subjectOf } from "./equivocators.js";
export { type MinerStats, minerStats } from "./miner-stats.js";
export { type Outlier, outlierOf } from "./outlier.js";
export { checkDraft, type OwnDraft, type OwnRefusal } from "./own-check.js";
export type { PackedSummary } from "./packed-tasks.js";
export { type DigestInput, type DigestSteps, digestSteps, digestTasks, stateDigestAt } from "./state-digest.js";
export { TaskCounts } from "./task-counts.js";
export type { FoldedTask } from "./task-fold.js";
export { TASK_LIFE, type TaskTransition, type TransitionCarrier } from "./task-life.js";
export { listTasks, type TaskPage, type TaskQuery } from "./task-list.js";
export { statusAt } from "./task-status.js";
export type { ExcludedValidation, Uncounted, UncountedReason, UncountedSubmission } from "./uncounted.js";
export type { CountedValidation, ValidationList } from "./validation-list.js";
export { confidenceBasisPoints } from "./verdict.js";
export {
  type CertificateFact,
  type CertifiedVerdict,
  type CountedSubmission,
  type ExcludedAuthor,
  TASK_STATUSES,
  type TaskStatus,
  type TaskView,
  type TaskWait,
  type Verdict,
} from "./views.js";
