/**
 * Shapes of the reports of a node: author, chain, clock, faults, health, peers, reach, stats, sync.
 *
 * The manager fills these shapes; `answers` and `/metrics` write them. `FAULTS` is the closed list of faults that last:
 * a new fault gets its row there first. `HEALTH_COMPONENTS` is the closed list of health components.
 */
export { type AuthorInfo, authorAnswer, type RecordsLeft } from "./author-info.js";
export type { ChainInfo, MinerOnChain, TaskOnChain } from "./chain-info.js";
export { type ClockReport, clockAnswer } from "./clock-info.js";
export {
  type ActiveFault,
  FAULT_ROWS,
  FAULTS,
  type FaultCode,
  type FaultDetail,
  type FaultLabel,
  type FaultName,
  type FaultReport,
  type FaultRow,
  type FaultSink,
  type FaultStatus,
  type FaultWatch,
  faultLabel,
} from "./fault-codes.js";
export {
  type FraudAnalysis,
  type FraudIndicator,
  type FraudIndicatorType,
  type FraudSeverity,
  fraudAnalysisAnswer,
  overallRisk,
} from "./fraud-analysis.js";
export { type ComponentHealth, healthAnswer, type NodeHealth } from "./health.js";
export { HEALTH_COMPONENTS, type HealthComponent, type HealthStatus } from "./health-components.js";
export { LINE_LOSSES, type LineLoss, type LogLosses, type LostLines } from "./line-losses.js";
export {
  type BoundRow,
  type LatencyRow,
  type NodeStats,
  type NotableRow,
  type Observed,
  type ProcessLoad,
  SCORE_CLASSES,
  scoreClasses,
  statsAnswer,
} from "./node-stats.js";
export { type PeerInfo, type PeerTerms, peerAnswer } from "./peer-info.js";
export { type DialInfo, dialsAnswer, type ReachInfo, reachAnswer } from "./reach-info.js";
export { type CatchingUp, type SetState, type StrandSync, type SyncReport, syncAnswer } from "./sync-info.js";
