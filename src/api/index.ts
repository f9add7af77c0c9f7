export * from "./control.js";
export { submissionDraft, taskDraft, validationDraft } from "./drafts.js";
export { EVENT_NAMES } from "./event-names.js";
export { jsonText, parseJson } from "./json-text.js";
export { METHOD_NAMES, type MethodName } from "./methods.js";
export { ApiMetrics } from "./metrics.js";
export { KIND_NUMBERS, type RpcErrorObject } from "./rpc-error.js";
export { type ApiLog, type ApiServer, type ApiServerOptions, createApiServer } from "./server.js";
export { readToken } from "./token-file.js";
