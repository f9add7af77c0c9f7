/**
 * Answers of a node for people: shapes of the answers that are read, and lines of `status` for sync and reach.
 */
export {
  digestShape,
  infoShape,
  type ListedTask,
  peersShape,
  publishedShape,
  readAnswer,
  type ShownSubmission,
  submissionDetailsShape,
  taskDetailsShape,
  taskPageShape,
} from "./answers.js";
export { describe, type Reach, showDial, showState } from "./show-reach.js";
export { showBodies, showInSync, showPartial, showProgress } from "./show-sync.js";
