/**
 * Answers of a node for people: the API's shapes of the answers that are read, and lines of `status` for sync and
 * reach; `Progress` of a long command.
 */
export {
  certificatesShape,
  digestShape,
  infoShape,
  peersShape,
  publishedShape,
  resolvedShape,
  submissionShape,
  taskDetailsShape,
  taskPageShape,
} from "../../api/shapes/index.js";
export { type ListedTask, readAnswer, type ShownSubmission, type ShownTask } from "./answers.js";
export { Progress } from "./progress.js";
export { describe, type Reach, showDial, showState } from "./show-reach.js";
export { showBodies, showInSync, showPartial, showProgress } from "./show-sync.js";
