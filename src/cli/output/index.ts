export { endWithoutTerminal } from "./hung-terminal.js";
export { nodeLog } from "./node-log.js";
export { OutputStream } from "./output-stream.js";
export { type CliIo, Output, plain, plainJson, plainLine } from "./terminal.js";
