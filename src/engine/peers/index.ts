export { OwnScores } from "./own-scores.js";
export { CLOCK_ERROR_MAX_MS, CLOCK_SAMPLES_MAX, type ClockJudgement, PeerClocks } from "./peer-clocks.js";
export { PeerCredit } from "./peer-credit.js";
export { type PeerReport, reportPeers, type ScoreTerms } from "./peer-report.js";
export { PeerScoring, type ScoreChange, type ScoreReason, START_SCORE } from "./peer-scoring.js";
export { type Peer, Peers, TIMEOUT_MAX_MS } from "./peers.js";
export { RegistryCompare } from "./registry-compare.js";
export { SCORES_META_KEY } from "./score-codec.js";
