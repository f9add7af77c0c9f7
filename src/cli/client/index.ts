/**
 * The client side of the API: finds a running node, calls its methods, follows its events.
 *
 * In: a location or a directory. Out: answers, or a failure with the exit code of its cause. Calls go to the node
 * directly, whatever proxy the environment names.
 */
export { callNode, findNode } from "./client.js";
export { type NodeEvent, streamEvents } from "./event-stream.js";
export { readApiLocation } from "./running-node.js";
