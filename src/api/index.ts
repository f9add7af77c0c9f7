export { jsonText, parseJson, parseRequest, readToken } from "./client/index.js";
export * from "./control.js";
export {
  type ActiveFault,
  FAULTS,
  type FaultCode,
  type FaultDetail,
  type FaultName,
  type FaultReport,
  type FaultRow,
  type FaultSink,
  type FaultWatch,
  faultLabel,
  HEALTH_COMPONENTS,
  type LineLoss,
  type LogLosses,
  type LostLines,
} from "./facts/index.js";
export {
  type ApiLog,
  type ApiServer,
  type ApiServerOptions,
  createApiServer,
  outcomeLabel,
} from "./http/index.js";
export { isMethodName, METHOD_NAMES, METHODS, type MethodName } from "./methods.js";
export { ApiMetrics, type GossipDropLabel, type NodeCount } from "./metrics/index.js";
export { ALL_EVENTS, EVENT_NAMES, submissionDraft, taskDraft, validationDraft } from "./params/index.js";
export { errorObject, KIND_NUMBERS, type RpcErrorObject } from "./rpc-error.js";
