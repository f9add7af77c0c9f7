/**
 * What the program writes: text and JSON on standard output, log lines, losses of lines.
 *
 * `Output` writes answers with control characters escaped. `OutputStream` never waits for a reader: it drops lines that
 * a full disk or a slow reader does not take, and counts them by reason (`LINE_LOSSES`).
 *
 * Bounds: OUTPUT_QUEUE_BYTES of unread output.
 */
export { withFlags } from "./flag-names.js";
export { endWithoutTerminal } from "./hung-terminal.js";
export { nodeLog } from "./node-log.js";
export { OutputStream } from "./output-stream.js";
export { type CliIo, Output, plain, plainJson, plainLine, type TextSink } from "./terminal.js";
