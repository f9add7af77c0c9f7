import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { hasCode } from "../storage-error.js";
import { syncDirectory } from "./private-file.js";

/**
 * The process may pass the parent without a right to read it, or the file system has no sync, as read-only ones. The
 * process did not make the directory there.
 */
const NOT_SYNCABLE = ["EACCES", "EPERM", "EINVAL"];

/**
 * Makes a directory for its owner only, and missing directories above it. Rejects with the system's error. Each name is
 * synced before the next one is made: a power cut must not lose a directory whose files are synced. The name of an
 * existing directory is synced, too: an earlier process may have made it and ended before the sync.
 *
 * Node's mkdir with `recursive` never ends on a file system that answers ENOENT for a new name, as /proc does.
 */
export async function makeDirectory(path: string): Promise<void> {
  const parent = dirname(path);
  if (await isDirectory(path)) {
    await syncKnown(parent);
    return;
  }
  if (parent !== path) await makeDirectory(parent);
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (cause) {
    // Another process may have made it in the meantime. Rejects for a file with that name.
    if (!hasCode(cause, "EEXIST") || !(await isDirectory(path))) throw cause;
  }
  await syncDirectory(parent);
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (cause) {
    if (hasCode(cause, "ENOENT")) return false;
    throw cause;
  }
}

async function syncKnown(parent: string): Promise<void> {
  try {
    await syncDirectory(parent);
  } catch (cause) {
    if (!NOT_SYNCABLE.some((code) => hasCode(cause, code))) throw cause;
  }
}
