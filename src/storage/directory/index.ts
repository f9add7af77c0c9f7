/**
 * One node's directory: its network and version, the process that has it open, and the conditions of a start.
 *
 * In: a path and the network that it serves. Out: a `DataDirectory`, or a `NetworkError` that names the cause and
 * the cure.
 *
 * `DIRECTORY_CONDITIONS` is the list of conditions that a start and `doctor` share. The database holds the lock; the
 * lock file only names the holder.
 *
 * Bounds: one directory has one holder. MAX_FORMAT_BYTES of `format.json` and MAX_LOCK_TEXT characters of the lock
 * file are accepted.
 */
export {
  type DataDirectory,
  type DataDirectoryOptions,
  dataPath,
  inUse,
  openDataDirectory,
  openReadOnlyDirectory,
} from "./data-directory.js";
export { DIRECTORY_CONDITIONS, type Place } from "./directory-conditions.js";
export { directoryUse } from "./directory-lock.js";
export { type DirectoryFormat, readFormat } from "./format-file.js";
