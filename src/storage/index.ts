export { openDatabaseView } from "./database/index.js";
export {
  type DataDirectory,
  DIRECTORY_CONDITIONS,
  dataPath,
  directoryUse,
  inUse,
  openDataDirectory,
  openReadOnlyDirectory,
  type Place,
  readFormat,
} from "./directory/index.js";
export { errnoClass, errnoOf } from "./errno.js";
export {
  createOnce,
  freeBytes,
  nearestExisting,
  readOrCreateSecret,
  readPrivateFile,
  replacePrivateFile,
} from "./files/index.js";
export { DiskRecordStore } from "./records/index.js";
export {
  createKey,
  importDay,
  inspectSigningLog,
  isNumbered,
  type KeyKind,
  listKeys,
  MAX_WAITING_REQUESTS,
  type OwnRecord,
  readKey,
  type SigningState,
  SigningStore,
  STOP_REASONS,
  type StoppedKey,
  type StopReason,
  type StoredKey,
  stopTexts,
  utcTime,
} from "./signing/index.js";
export { hasCode, startRefusal, storageError } from "./storage-error.js";
export type { RecordStore, StoredRecord } from "./types.js";
