import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { hasCode } from "../storage-error.js";

/**
 * Makes a directory, for its owner only, and those above it that are missing. Rejects with the system's error. The option
 * `recursive` of Node's own mkdir never ends where a file system answers ENOENT for a new name, as /proc does.
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
  } catch (cause) {
    // A file of that name is what the next use of the directory complains about.
    if (!hasCode(cause, "EEXIST") || !(await stat(path)).isDirectory()) throw cause;
  }
}
