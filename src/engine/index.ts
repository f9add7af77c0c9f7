/**
 * The decisions of a node, as a pure state machine: no clock, no randomness, no I/O, no promise.
 *
 * In: `Engine.step(event, nowMs)` takes one `EngineEvent`: a scanned bundle, verdicts on signatures, a frame, a peer
 * that came or left, a chain update, a tick. `restoreMember`, `restoreTasks` and `restoreBody` take what the disk
 * holds. Out: `EngineEffect`s in order (writes first), and answers to queries such as `task`, `digest` and
 * `syncReport`.
 *
 * Each folder imports only folders named before it: `bounded` has containers with a cap, `set` holds the members,
 * `fold` computes tasks and verdicts from them, `rewards` splits the pool of a final task, `voting` is the vote of a
 * roster on a verdict, `peers` scores peers, `alerts` keeps proofs, `ballots` keeps votes and makes certificates,
 * `intake` admits verified records, `exchange` fetches tasks and serves requests, `bodies` fetches bodies, `sync`
 * compares sets with peers. `core.ts` wires the parts; `engine.ts` is the public API.
 *
 * Bounds: `BOUNDS` lists each structure that peers can fill, with its cap, the reason and what is dropped;
 * `Engine.sizes` reports the sizes by the same names.
 *
 * Under overload: a full structure drops or refuses an entry by its `Bound.drop` and counts it as `dropped` under its
 * name. A full set or disk refuses records as `storage_full` and shows in `Engine.health`. Input never makes `step`
 * throw.
 */
export type { AlertView } from "./alerts/index.js";
export type { BallotView, BallotVote } from "./ballots/index.js";
export { decodePoll } from "./ballots/index.js";
export { BODY_BUNDLES, type BodyCounts } from "./bodies/index.js";
export { Backoff, BoundedMap } from "./bounded/index.js";
export { BOUNDS, type BoundName, type Limits, type Sizes } from "./bounds.js";
export { type ChainFacts, isRegistered, type Registry, type RosterFrom } from "./chain-facts.js";
export type { Acceptance, BodyToServe, EngineEffect, LogLevel } from "./effects.js";
export { Engine, type EngineOptions } from "./engine.js";
export type { EventBodies, EventName, NewEvent, RecordEvent, StoredEvent } from "./event-bodies.js";
export type { EngineEvent, PeerFacts, Source } from "./events.js";
export {
  areSameCheckpoints,
  type CertificateFact,
  type CertifiedVerdict,
  ConsensusTracker,
  type CountedSubmission,
  type CountedValidation,
  confidenceBasisPoints,
  digestTasks,
  type ExcludedAuthor,
  type ExcludedValidation,
  type MinerStats,
  type Outlier,
  type OwnDraft,
  type OwnRefusal,
  outlierOf,
  stateDigestAt,
  TASK_LIFE,
  TASK_STATUSES,
  type TaskPage,
  type TaskQuery,
  type TaskStatus,
  type TaskTransition,
  type TaskView,
  type TaskWait,
  type TransitionCarrier,
  type Uncounted,
  type UncountedReason,
  type UncountedSubmission,
  type ValidationList,
  type Verdict,
} from "./fold/index.js";
export { LARGE_WINDOW, readCertificate } from "./intake/index.js";
export { COUNTER_LABELS } from "./metrics.js";
export {
  CLOCK_ERROR_MAX_MS,
  CLOCK_SAMPLES_MAX,
  type ClockJudgement,
  PeerClocks,
  SCORES_META_KEY,
  type ScoreChange,
  type ScoreReason,
} from "./peers/index.js";
export type {
  CertifiedSubmission,
  RewardDistribution,
  RewardEntry,
  RewardShares,
  RewardsOf,
  RewardsPending,
} from "./rewards/index.js";
export { RecordSet, type TaskRecord } from "./set/index.js";
export { type BodyReport, REGISTRY_NEWS, type SetState, WINDOWS_FULL } from "./sync/index.js";
export * from "./writes.js";
