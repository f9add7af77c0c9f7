/**
 * Statistics about submissions and validators that may point to fraud (docs/suspicion.md). They prove nothing: no
 * record and no message carries them, and no verdict, score of a peer or membership depends on them.
 *
 * In: `FraudAnalyst.analyse` reads one task of the engine, bodies of the disk and the newest stored events when a
 * program asks. Out: a `FraudAnalysis`.
 *
 * Bounds: `ANALYSES_MAX` calls wait, one runs. A call reads at most `EVENTS_PER_CALL` events and `BODIES_PER_CALL`
 * bodies, of which it reads the first `READ_BYTES`. `SKETCHES_MAX` sketches and the maps of `ValidatorHabits` drop what
 * was used longest ago.
 *
 * Under overload: a call beyond the bound gets `peer_busy`. Answers that are not compared yet are counted in the
 * analysis; the next call compares more.
 */
export { FraudAnalyst } from "./fraud-analyst.js";
