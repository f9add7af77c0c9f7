export { Conversation } from "./conversation.js";
export { REGISTRY_NEWS } from "./registry-news.js";
export {
  type BodyReport,
  lackingRecords,
  type NodeSyncReport,
  type SetState,
  type StrandEquality,
  type StrandSyncReport,
  SyncBook,
} from "./sync-report.js";
