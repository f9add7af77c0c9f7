/**
 * The API of a node: JSON-RPC over HTTP and WebSocket, `/health` and `/metrics`.
 *
 * In: requests of programs on this machine. Out: calls of `NodeControl`, which the manager implements, and their
 * answers.
 *
 * Folders: `facts` are the shapes of what a node reports, `params` parses parameters, `answers` writes answers,
 * `http` is the server, `page` the page in a browser, `metrics` the Prometheus exposition, `client` what a client of
 * the API needs too, `node-client` the client, `shapes` the answers as schemas, `openrpc` describes the methods.
 *
 * Bounds: CONNECTIONS_MAX connections, MAX_REQUEST_BYTES of one request, MAX_BATCH calls of one batch,
 * MAX_SUBSCRIPTIONS and MAX_EVENT_QUEUE_BYTES of one socket.
 *
 * Under overload: a refused request or connection is counted by its reason (`refusals.ts`). The socket of a slow
 * subscriber is closed; it subscribes again with `after`. It gets `events_missed` for events that the store dropped.
 */
export { jsonText, parseJson, parseRequest, readToken } from "./client/index.js";
export * from "./control.js";
export {
  type ActiveFault,
  type CatchingUp,
  FAULTS,
  type FaultCode,
  type FaultDetail,
  type FaultLabel,
  type FaultName,
  type FaultReport,
  type FaultRow,
  type FaultSink,
  type FaultStatus,
  type FaultWatch,
  type FraudAnalysis,
  type FraudIndicator,
  faultLabel,
  HEALTH_COMPONENTS,
  type LatencyRow,
  LINE_LOSSES,
  type LineLoss,
  type LogLosses,
  type LostLines,
  type NodeStats,
  type NotableRow,
  type Observed,
  type ProcessLoad,
  type RecordsLeft,
  scoreClasses,
} from "./facts/index.js";
export {
  type ApiLog,
  type ApiServer,
  type ApiServerOptions,
  createApiServer,
  type LoginLink,
  outcomeLabel,
} from "./http/index.js";
export { isMethodName, METHOD_NAMES, METHODS, type MethodName } from "./methods.js";
export {
  ApiMetrics,
  type GossipDropLabel,
  type LatencyName,
  type MetricsOptions,
  NODE_COUNTER_LABELS,
  type NodeCount,
  type NodeCounter,
  type NodeObserve,
  type RefusedReason,
} from "./metrics/index.js";
export type {
  AnswerInput,
  ComputationProofInput,
  DataInput,
  DeadlineInput,
  LanguageInput,
  PublishInput,
  RejectReason,
  ResultInput,
  StandardInput,
  SubmissionInput,
  TaskInput,
  TaskTypeFields,
  TaskTypeInput,
  U64Input,
  ValidationInput,
  VerificationInput,
} from "./params/index.js";
export { ALL_EVENTS, EVENT_NAMES, submissionDraft, taskDraft, validationDraft } from "./params/index.js";
export { errorObject, KIND_NUMBERS, type RpcErrorObject } from "./rpc-error.js";
