/**
 * Small files and directories that survive a crash at any moment.
 *
 * In: paths and bytes. Out: the bytes on disk with mode 0600 and a synchronized directory, or the error of the
 * system.
 *
 * Bounds: MAX_PRIVATE_FILE_BYTES for one file; START_FREE_BYTES of free space for a start.
 *
 * A refused write leaves the old file as it was.
 */
export { describeHolder, type LockHolder, readHolder, removeHolder, writeHolder } from "./lock-file.js";
export { makeDirectory } from "./make-directory.js";
export { holdDirectory, isHeld } from "./open-guard.js";
export {
  checkFreeSpace,
  checkReplaceable,
  checkWritable,
  freeBytes,
  kindOf,
  nearestExisting,
  showBytes,
} from "./place-check.js";
export {
  createOnce,
  createPrivateFile,
  readOrCreateSecret,
  readPrivateFile,
  replacePrivateFile,
  syncDirectory,
} from "./private-file.js";
