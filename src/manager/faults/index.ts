/**
 * The faults of the node, for people. {@link FaultBoard} holds the faults that last, computes health from them and
 * writes a log line when one begins, changes or ends. {@link FailureLog} takes single failures: it counts each, writes
 * a line at most once in `LOG_AGAIN_MS` for each kind, and raises faults for those that show the state of a part.
 * {@link DiskHealth}, {@link ClockWatch} and {@link KernelWatch} watch the disk, the machine's clock and the kernel.
 *
 * In: `FaultBoard.raise`, `clear` and `watch`; `FailureLog.failed`. Out: `NodeHealth`, log lines, the metrics
 * `standing_faults` and `failures`.
 *
 * Bounds: one entry for each row of the table of fault codes, `KINDS_MAX` kinds of failures, {@link SILENT_CALLS_MAX}
 * kernel calls without an answer, `TEXT_MAX` characters for each text.
 *
 * Overload: a fault that comes and goes writes `LINES_AT_ONCE` lines, then one in `LINE_EVERY_MS`; the metrics count
 * every time. A kernel call without an answer for `SILENT_TURNS` seconds fails with `kernel_failed`; beyond
 * `SILENT_CALLS_MAX` of them new calls fail at once.
 */
export { ClockWatch, PROGRAM_MADE_SECONDS } from "./clock-watch.js";
export { DiskHealth, writtenPaths } from "./disk-health.js";
export { FailureLog } from "./failure-log.js";
export { FaultBoard } from "./fault-board.js";
export { KernelWatch, SILENT_CALLS_MAX } from "./kernel-watch.js";
