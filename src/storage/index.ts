/**
 * The data of a node on disk: records, bodies, derived values, keys and signing logs.
 *
 * In: writes of the engine (`StoreWrite`) through `RecordStore`, and requests for a signature through
 * `SigningStore`. Out: stored values, lost values (`Losses`), conditions of a start (`DIRECTORY_CONDITIONS`), signed
 * intents.
 *
 * Folders: `directory` opens one node's directory, `database` keeps the key-value store, `records` maps records to
 * keys, `thread` gives the database of a running node a thread, `signing` keeps the logs that prevent a second record
 * in one slot, `files` writes small files safely.
 *
 * Bounds: one batch drops at most MAX_EVENTS_DROPPED events; a meta value has at most MAX_META_BYTES; one read of
 * events or meta returns at most MAX_READ_ENTRIES entries; a signing store holds at most MAX_WAITING_REQUESTS requests
 * and MAX_LOG_BYTES of log.
 *
 * Under overload: a request beyond a bound is refused with a typed error. A write that the disk refuses rejects; the
 * caller repeats it. A damaged value is passed over, counted and fetched again from peers
 * (docs/decisions/0002-storage.md).
 */

export type { Damage } from "./damage.js";
export { openDatabaseView, placeOfDatabase } from "./database/index.js";
export {
  type DataDirectory,
  type DataDirectoryOptions,
  DIRECTORY_CONDITIONS,
  type DirectoryFormat,
  dataPath,
  directoryUse,
  inUse,
  openReadOnlyDirectory,
  type Place,
  readFormat,
} from "./directory/index.js";
export { errnoOf } from "./errno.js";
export type { Family } from "./families.js";
export {
  createOnce,
  freeBytes,
  nearestExisting,
  readOrCreateSecret,
  readPrivateFile,
  replacePrivateFile,
} from "./files/index.js";
export type { RecordRef } from "./keys.js";
export type { Loss, Losses, Lost } from "./losses.js";
export { DiskRecordStore } from "./records/index.js";
export {
  createKey,
  decodeHistory,
  encodeHistory,
  exportSigning,
  importDay,
  importKey,
  importSigning,
  inspectSigningLog,
  isNumbered,
  type KeyKind,
  keyCopy,
  listKeys,
  MAX_HISTORY_BYTES,
  MAX_WAITING_REQUESTS,
  MAX_WAITING_VOTES,
  type OwnBallot,
  type OwnRecord,
  type ReserveRequest,
  readKey,
  type SigningState,
  SigningStore,
  STOP_REASONS,
  type StoppedKey,
  type StopReason,
  type StoredKey,
  stopTexts,
  utcTime,
  VoteLog,
} from "./signing/index.js";
export { hasCode, startRefusal, storageError } from "./storage-error.js";
export { ThreadStore } from "./thread/index.js";
export type { KeyRange, KeyStore, KeyWrite, RecordStore, StoredCheckpoint, StoredRecord } from "./types.js";
