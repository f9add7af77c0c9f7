/** What the rooms above use of the engine. */
export type { AlertView } from "./alerts/index.js";
export { Backoff, BoundedMap } from "./bounded/index.js";
export { BOUNDS, type Bound, type BoundName, type Limits, type Sizes } from "./bounds.js";
export { type ChainFacts, isRegistered, type Registry, type RosterFrom } from "./chain-facts.js";
export type { Acceptance, EngineEffect, LogLevel } from "./effects.js";
export { Engine, type EngineOptions } from "./engine.js";
export { EVENTS_KEPT } from "./event-log.js";
export type { EngineEvent, PeerFacts, Source } from "./events.js";
export type { GivenUp } from "./exchange/index.js";
export {
  ConsensusTracker,
  type CountedSubmission,
  type CountedValidation,
  confidenceBasisPoints,
  type DisplayedVerdict,
  type ExcludedAuthor,
  type MinerStats,
  type OwnDraft,
  stateDigestAt,
  TASK_STATUSES,
  type TaskPage,
  type TaskQuery,
  type TaskStatus,
  type TaskView,
  type TaskWait,
  type UncountedSubmission,
  type Verdict,
} from "./fold/index.js";
export { LARGE_WINDOW } from "./intake/index.js";
export { COUNTER_LABELS, COUNTERS, type CounterLabel, type CounterName } from "./metrics.js";
export {
  CLOCK_ERROR_MAX_MS,
  CLOCK_SAMPLES_MAX,
  type ClockJudgement,
  PeerClocks,
  type PeerReport,
  SCORES_META_KEY,
  type ScoreChange,
  type ScoreReason,
  type ScoreTerms,
} from "./peers/index.js";
export { RecordSet, type TaskRecord } from "./set/index.js";
export {
  type BodyReport,
  type NodeSyncReport,
  REGISTRY_NEWS,
  type SetState,
  type StrandEquality,
  type StrandSyncReport,
} from "./sync/index.js";
export * from "./writes.js";
