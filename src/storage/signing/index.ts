/**
 * Keys and signing logs: no author key signs two records in one slot, across crashes and restarts.
 *
 * In: signing requests (`signing-request.ts`). Out: an intent that is on the disk before the signature is made.
 *
 * `exportSigning` and `importSigning` move what a key has signed to another machine (docs/signing-history.md).
 *
 * `SigningStore` gives each record its number of the day and keeps its intent. `KeyStop` stops a key: for good after a
 * proof of equivocation, until a person resumes it after a signature from elsewhere.
 *
 * Bounds: MAX_KEYS keys, MAX_WAITING_REQUESTS requests for each store, MAX_UNFINISHED intents of the last
 * UNFINISHED_DAYS days, MAX_LOG_BYTES of log, MAX_HISTORY_BYTES of history.
 *
 * Under overload: a request beyond MAX_WAITING_REQUESTS is refused. On a disk that refuses writes nothing is signed.
 */
export {
  createKey,
  importDay,
  importKey,
  type KeyKind,
  keyCopy,
  listKeys,
  readKey,
  type StoredKey,
  sweepUnfinishedKeys,
} from "./key-file.js";
export { decodeHistory, encodeHistory, MAX_HISTORY_BYTES, type SigningHistory } from "./signing-history.js";
export { isNumbered, utcTime } from "./signing-index.js";
export { inspectSigningLog } from "./signing-inspect.js";
export { type SigningState, STOP_REASONS, type StoppedKey, type StopReason, stopTexts } from "./signing-state.js";
export { MAX_WAITING_REQUESTS, type OwnRecord, type ReserveRequest, SigningStore } from "./signing-store.js";
export { exportSigning, importSigning } from "./signing-transfer.js";
export { MAX_WAITING_VOTES, VoteLog } from "./vote-log.js";
export type { OwnBallot } from "./vote-rules.js";
