export {
  createKey,
  importDay,
  type KeyKind,
  listKeys,
  readKey,
  type StoredKey,
  sweepUnfinishedKeys,
} from "./key-file.js";
export { isNumbered, utcTime } from "./signing-index.js";
export { inspectSigningLog } from "./signing-inspect.js";
export { type SigningState, STOP_REASONS, type StoppedKey, type StopReason, stopTexts } from "./signing-state.js";
export { MAX_WAITING_REQUESTS, type OwnRecord, SigningStore } from "./signing-store.js";
