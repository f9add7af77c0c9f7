/** The entry of the bundle: what the command and the tests call. */

export { BEHAVIOURS } from "../byzantine/kinds.js";
export { CHECKS } from "../checks/check-board.js";
export { codePoints } from "../coverage/code-points.js";
export { reachedPoints } from "../coverage/code-reach.js";
export { coverageOf } from "../coverage/coverage.js";
export { REACHING_RUNS } from "../coverage/reaching-runs.js";
export { runCodes } from "../coverage/run-codes.js";
export { coverageTable } from "../coverage/table.js";
export { tally } from "../coverage/tally.js";
export { FAULT_KINDS } from "../faults/kinds.js";
export { REGRESSION_SEEDS } from "../regression-seeds.js";
export { SCENARIOS } from "../scenarios/index.js";
export { minimise } from "./minimise.js";
export { replayCommand } from "./result.js";
export { pictureSeed, runSeed } from "./run-seed.js";
