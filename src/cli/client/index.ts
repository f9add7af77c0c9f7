/**
 * The client side of the API: finds a running node and calls its methods.
 *
 * In: a location or a directory. Out: answers, or a failure with the exit code of its cause. The client itself is
 * `src/api/node-client`.
 */
export { callNode, commandError, findNode } from "./client.js";
export { readApiLocation } from "./running-node.js";
