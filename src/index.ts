/**
 * tos-ai-sync: keeps every node of the TOS AI-mining network agreed on tasks, submissions, validations and verdicts.
 * What a program imports. Start with {@link openStandalone} and {@link AINetworkSyncManager}, as the README does.
 */
import "./network/with-resolvers.js";

export * from "./api/index.js";
export type { BlockchainInterface, ChainEvent, ChainHead } from "./chain/index.js";
export { type StoredEvent, TASK_STATUSES, type TaskStatus, type TaskView } from "./engine/index.js";
export { type Kernel, type KernelBackend, type LoadedKernel, loadKernel } from "./kernel/index.js";
export { AINetworkSyncManager, type Log, type ManagerOptions } from "./manager/index.js";
export * from "./plugin/index.js";
export { NetworkError, type NetworkErrorKind, REASONS, type ReasonCode } from "./protocol/errors.js";
export {
  DEFAULT_RULES,
  NETWORKS,
  type NetworkIdentity,
  type NetworkName,
  type NetworkRules,
} from "./protocol/rules.js";
export type { RecordStore } from "./storage/index.js";
