/**
 * tos-ai-sync: keeps every node of the TOS AI-mining network agreed on tasks, submissions, validations and verdicts.
 * What a program imports. Start with {@link openStandalone} and {@link AINetworkSyncManager}, as the README does.
 */
import "./network/with-resolvers.js";

export * from "./api/index.js";
export type { BlockchainInterface, ChainEvent, ChainHead } from "./chain/index.js";
export { TASK_STATUSES, type TaskStatus, type TaskView } from "./engine/views.js";
export type { StoredEvent } from "./engine/writes.js";
export { type Kernel, type KernelBackend, type LoadedKernel, loadKernel } from "./kernel/index.js";
export type { Log, ManagerOptions } from "./manager/options.js";
export { AINetworkSyncManager } from "./manager.js";
export * from "./plugin/index.js";
export { NetworkError, type NetworkErrorKind, REASONS, type ReasonCode } from "./protocol/errors.js";
export {
  DEFAULT_RULES,
  NETWORKS,
  type NetworkIdentity,
  type NetworkName,
  type NetworkRules,
} from "./protocol/rules.js";
export type { RecordStore } from "./storage/types.js";
