/**
 * The client of a node's API: typed calls over HTTP, and events over a WebSocket that survive restarts of the node.
 *
 * `MethodClient` works over any `NodeWire`; the page of a node has one for a browser. `NodeClient` uses Node's sockets.
 *
 * In: the address and the token of a node, or its data directory. Out: typed answers, a stream of typed events,
 * `NodeRefusal` or `NodeUnreachable`. Requests go to the node directly, whatever proxy the environment names.
 *
 * The types of parameters and answers are those of `params` and `shapes`. Answers are not checked against them, because
 * a newer node may add members.
 *
 * Bounds: ANSWER_MAX_BYTES of one answer, CALL_TIMEOUT_MS of one call, QUEUE_MAX unread events of one stream. A stream
 * whose reader is slow stops reading its socket; if the node then drops it, it connects again after the last event that
 * it has.
 */
export type { EventBodies, EventName, RecordEvent, TaskStatus } from "../../engine/index.js";
export type { DifficultyName, TaskTypeName, ValidationKindName } from "../../protocol/enumerations.js";
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
} from "../params/index.js";
export { type NodeAccess, nodeAccess } from "./access.js";
export { NodeClient, type NodeClientOptions } from "./client.js";
export { NodeRefusal, NodeUnreachable, type UnreachableReason } from "./errors.js";
export { type DashboardLink, dashboardLink } from "./login-link.js";
export { type EventsOptions, MethodClient } from "./method-client.js";
export type { MethodParams, MethodResult, NodeMethods, ReceivedEvent } from "./methods.js";
export type { EventStream, NodeWire, SubscriptionParams } from "./wire.js";
