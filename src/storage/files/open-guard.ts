import { realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { NetworkError } from "../../protocol/errors.js";
import { makeDirectory } from "./make-directory.js";

/**
 * Directories that are open in this process, one for each open store. The databases lock with fcntl: it does not see a
 * second opening by the same process, and the lock ends when the process closes any handle of the lock file.
 */
const held = new Set<string>();

/** Makes the directory (0700) and marks it as open; the returned function unmarks it. `storage_locked` if open. */
export async function holdDirectory(directory: string): Promise<() => void> {
  await makeDirectory(directory);
  const path = await realpath(directory);
  if (held.has(path)) {
    throw new NetworkError("storage_locked", `${path} is already open in this process (${process.pid})`);
  }
  held.add(path);
  return () => held.delete(path);
}

/** Whether this process has the directory open, also while the directory itself is under another name. */
export async function isHeld(directory: string): Promise<boolean> {
  return held.has(join(await realpath(dirname(directory)), basename(directory)));
}
