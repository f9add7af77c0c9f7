export { describeHolder, type LockHolder, readHolder, removeHolder, writeHolder } from "./lock-file.js";
export { makeDirectory } from "./make-directory.js";
export { holdDirectory } from "./open-guard.js";
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
