/**
 * The answers of the methods as zod schemas: the types of a client, and the results in the OpenRPC document.
 *
 * In: parsed JSON. Out: its typed form. A reader ignores members that it does not know, because a newer node may add
 * some. The names of reasons are texts, because a newer node may have more of them.
 *
 * Bounds: none of its own; the limits of an answer are those of `answers`. This folder imports no server.
 */
export { EVENT_SHAPES, missedShape } from "./event-shapes.js";
export { fraudAnalysisShape } from "./fraud-shape.js";
export { infoShape } from "./info-shape.js";
export { dialShape, peersShape } from "./peer-shapes.js";
export { rewardsShape } from "./rewards-shape.js";
export { statsShape } from "./stats-shape.js";
export {
  alertsShape,
  certificatesShape,
  digestShape,
  minerShape,
  publishedShape,
  resolvedShape,
  submissionShape,
  syncRequestedShape,
  taskDetailsShape,
  taskPageShape,
  votesShape,
} from "./task-shapes.js";
