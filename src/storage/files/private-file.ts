/** Small files that only their owner may read. A crash at any moment leaves a file whole. */
import { randomBytes } from "node:crypto";
import { type FileHandle, link, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { NetworkError } from "../../protocol/errors.js";
import { hasCode, startRefusal } from "../storage-error.js";

/** Keys and tokens take a few hundred bytes. */
export const MAX_PRIVATE_FILE_BYTES = 64 * 1024;

/** Syncs the entries of a directory. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes and syncs a new file, 0600. The directory's entry is not synced. EEXIST if the file exists. */
export async function createPrivateFile(path: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(path, "wx", 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Replaces a file atomically: the new file is whole, or the old one stays. One writer at a time. */
export async function replacePrivateFile(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.tmp`;
  await rm(temporary, { force: true });
  await createPrivateFile(temporary, bytes);
  await rename(temporary, path);
  await syncDirectory(dirname(path));
}

/** Makes a file unless it exists; true if it was made. Of two concurrent calls one makes the whole file. */
export async function createOnce(path: string, bytes: Uint8Array): Promise<boolean> {
  const temporary = `${path}.${randomBytes(8).toString("hex")}.tmp`;
  try {
    await createPrivateFile(temporary, bytes);
    await link(temporary, path);
  } catch (cause) {
    if (hasCode(cause, "EEXIST")) return false;
    throw cause;
  } finally {
    await rm(temporary, { force: true });
  }
  await syncDirectory(dirname(path));
  return true;
}

function unreadable(path: string, cause: unknown): NetworkError {
  return new NetworkError("key_unreadable", startRefusal(`${path} can't be read`, cause).message, { cause });
}

async function readBounded(handle: FileHandle, path: string): Promise<Uint8Array> {
  const { size } = await handle.stat();
  if (size > MAX_PRIVATE_FILE_BYTES)
    throw new NetworkError("key_unreadable", `${path} is too large to be a key: restore it from a backup`);
  return new Uint8Array(await handle.readFile());
}

/**
 * Reads a secret. `not_found`; `key_exposed` if group or others may read, write or run it (not checked on Windows);
 * `key_unreadable` for every other fault.
 */
export async function readPrivateFile(path: string): Promise<Uint8Array> {
  let handle: FileHandle;
  try {
    handle = await open(path, "r");
  } catch (cause) {
    if (hasCode(cause, "ENOENT")) throw new NetworkError("not_found", `${path} does not exist`, { cause });
    throw unreadable(path, cause);
  }
  try {
    const { mode } = await handle.stat();
    if (process.platform !== "win32" && (mode & 0o077) !== 0) {
      throw new NetworkError("key_exposed", `${path} is open to other users of this machine: chmod 600 ${path}`);
    }
    return await readBounded(handle, path);
  } catch (cause) {
    if (cause instanceof NetworkError) throw cause;
    throw unreadable(path, cause);
  } finally {
    await handle.close();
  }
}

/** A secret of this node (its libp2p key, its API token), 0600. It is made at the first start and stays the same. */
export async function readOrCreateSecret(
  path: string,
  make: () => Uint8Array | Promise<Uint8Array>,
): Promise<Uint8Array> {
  try {
    return await readPrivateFile(path);
  } catch (error) {
    if (!(error instanceof NetworkError) || error.code !== "not_found") throw error;
  }
  try {
    await createOnce(path, await make());
  } catch (cause) {
    throw startRefusal(`${path} could not be written`, cause);
  }
  return readPrivateFile(path);
}
