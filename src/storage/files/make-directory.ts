import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { hasCode } from "../storage-error.js";
import { syncDirectory } from "./private-file.js";

/**
 * Makes a directory for its owner only, and missing directories above it, and syncs their names: a power cut must not
 * lose a directory whose files are synced. Rejects with the system's error. Node's mkdir with `recursive` never ends on
 * a file system that answers ENOENT for a new name, as /proc does.
 */
export async function makeDirectory(path: string): Promise<void> {
  try {
    await makeOne(path);
  } catch (cause) {
    const parent = dirname(path);
    if (!hasCode(cause, "ENOENT") || parent === path) throw cause;
    await makeDirectory(parent);
    await makeOne(path);
  }
}

async function makeOne(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
    await syncDirectory(dirname(path));
  } catch (cause) {
    // Throws for a file with that name.
    if (!hasCode(cause, "EEXIST") || !(await stat(path)).isDirectory()) throw cause;
  }
}
