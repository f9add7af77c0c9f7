export { ClockWatch, PROGRAM_MADE_SECONDS } from "./clock-watch.js";
export { DiskHealth, writtenPaths } from "./disk-health.js";
export { FailureLog } from "./failure-log.js";
export { FaultBoard } from "./fault-board.js";
export { KernelWatch, SILENT_CALLS_MAX } from "./kernel-watch.js";
