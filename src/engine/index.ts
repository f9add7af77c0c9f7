/** What the rooms above use of the engine. */
export { BOUNDS, type Bound, type BoundName, type Limits, type Sizes } from "./bounds.js";
export type { ChainFacts, Registry, RosterFrom } from "./chain-facts.js";
export type { Acceptance, EngineEffect, LogLevel } from "./effects.js";
export { Engine, type EngineOptions } from "./engine.js";
export { EVENTS_KEPT } from "./event-log.js";
export type { EngineEvent, PeerFacts, Source } from "./events.js";
export { isRegistered } from "./intake.js";
export { COUNTER_LABELS, COUNTERS, type CounterLabel, type CounterName } from "./metrics.js";
export type { OwnDraft } from "./own-check.js";
export type { PeerReport } from "./peer-report.js";
export type { StoredMember } from "./restore.js";
export type { NodeSyncReport, StrandEquality, StrandSyncReport } from "./sync-report.js";
export type { GivenUp } from "./sync-state.js";
export type { TaskPage, TaskQuery } from "./task-list.js";
export { confidenceBasisPoints } from "./verdict.js";
export * from "./views.js";
export * from "./writes.js";
