/**
 * Parameters of the methods: strict schemas, and the drafts that they become.
 *
 * In: JSON that was parsed exactly. Out: drafts for `NodeControl`, or `bad_parameters` that names the wrong fields, at
 * most MAX_ISSUES of them.
 */
export { submissionDraft, taskDraft, validationDraft } from "./drafts.js";
export { ALL_EVENTS, EVENT_NAMES, subscribedTask, takes } from "./event-names.js";
export { parseWith, shownSchema } from "./fields.js";
export type * from "./inputs.js";
export { noParams } from "./no-params.js";
export {
  cancelTaskParams,
  publishTaskParams,
  submitSolutionParams,
  validateSubmissionParams,
} from "./publish-params.js";
export {
  alertParams,
  digestParams,
  listParams,
  minerParams,
  resolveParams,
  submissionParams,
  taskParams,
} from "./query-params.js";
export {
  isSubscribingMethod,
  newTasksParams,
  SUBSCRIBING_METHODS,
  type Subscribe,
  subscribeParams,
  taskUpdatesParams,
  unsubscribeParams,
} from "./subscriptions.js";
export { taskTypeJson } from "./task-type-json.js";
