/**
 * The connected peers: their facts, their scores, their clocks, their registries and their rosters.
 *
 * In: `Peers.ready` and `gone` follow the connections. `PeerCredit` takes what a peer delivered (`useful`, `duplicate`,
 * `helpful`, `fault`). `PeerClocks.addReading` takes readings of clocks, `RegistryCompare` the registries of peers,
 * `RosterCompare` their rosters. Out: the best peers for a request (`PeerScoring.best`), the lane of a peer
 * (`Peers.lane`), `reportPeers` for the API, a `ClockJudgement` of this machine, and a fault when registries or rosters
 * differ. `OwnScores` writes the scores to disk and sends them to neighbours.
 *
 * Scores choose among peers. They never ban a peer and never influence the set.
 *
 * Bounds: `BOUNDS.peers`, `BOUNDS.suspects`, `BOUNDS.refused_ids`, `BOUNDS.request_ids`, `BOUNDS.scored_peers`,
 * `CLOCK_SAMPLES_MAX`, `REGISTRIES_MAX`.
 *
 * Under overload: a peer above the cap gets no exchanges and is counted as `dropped`. The oldest suspect, id, score or
 * clock reading is forgotten; peers of one address group share their clock readings and cannot displace those of
 * others.
 */
export { OwnScores } from "./own-scores.js";
export { CLOCK_ERROR_MAX_MS, CLOCK_SAMPLES_MAX, type ClockJudgement, PeerClocks } from "./peer-clocks.js";
export { PeerCredit } from "./peer-credit.js";
export { type PeerReport, reportPeers } from "./peer-report.js";
export { PeerScoring, type ScoreChange, type ScoreReason, START_SCORE } from "./peer-scoring.js";
export { type Peer, Peers, TIMEOUT_MAX_MS } from "./peers.js";
export { RegistryCompare } from "./registry-compare.js";
export { RosterCompare } from "./roster-compare.js";
export { SCORES_META_KEY } from "./score-codec.js";
