export { callNode, findNode } from "./client.js";
export { type NodeEvent, streamEvents } from "./event-stream.js";
