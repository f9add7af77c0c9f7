import { randomBytes } from "node:crypto";
import { access, constants, lstat, mkdtemp, rm, rmdir, stat, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { NetworkError } from "../../protocol/errors.js";
import { hasCode, startRefusal } from "../storage-error.js";
import { createPrivateFile } from "./private-file.js";

const MIB = 1024 * 1024;
/** Free space that a start needs: with less the database could not recover after a failed write. */
export const START_FREE_BYTES = 32 * MIB;
/** One block of any file system. */
const PROBE_BYTES = 4096;

/** Free bytes for this user at a path. */
export async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}

/** "3 MiB", "700 KiB". */
export function showBytes(bytes: number): string {
  return bytes >= MIB ? `${Math.floor(bytes / MIB)} MiB` : `${Math.floor(bytes / 1024)} KiB`;
}

/** Undefined if the path does not exist. Throws for a dangling link and for other errors, with the cure. */
export async function kindOf(path: string): Promise<"directory" | "file" | undefined> {
  try {
    return (await stat(path)).isDirectory() ? "directory" : "file";
  } catch (cause) {
    if (!hasCode(cause, "ENOENT")) throw startRefusal(`${path} can't be examined`, cause);
    // Making or replacing a file there would fail at the link.
    if (await isLink(path)) throw startRefusal(`${path} is a link to a missing path`, cause);
    return undefined;
  }
}

async function isLink(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSymbolicLink();
  } catch {
    return false;
  }
}

/** The path itself or the nearest existing one above it. */
export async function nearestExisting(path: string): Promise<string> {
  const parent = dirname(path);
  return parent === path || (await kindOf(path)) !== undefined ? path : nearestExisting(parent);
}

/**
 * Throws unless the directory is writable. It makes, syncs and removes a file, because nothing else shows permissions,
 * mount flags, attributes, quotas and free space together. A missing directory must be possible to make.
 */
export async function checkWritable(directory: string): Promise<void> {
  const kind = await kindOf(directory);
  if (kind === "file") {
    throw new NetworkError(
      "storage_failed",
      `${directory} is not a directory: move it away, or choose another with the option dirPath`,
    );
  }
  if (kind === undefined) return checkMakeable(directory);
  const probe = join(directory, `.probe-${randomBytes(8).toString("hex")}`);
  try {
    await createPrivateFile(probe, new Uint8Array(PROBE_BYTES));
  } catch (cause) {
    throw startRefusal(`${directory} can't be written to`, cause);
  } finally {
    await rm(probe, { force: true }).catch(() => undefined);
  }
}

async function checkMakeable(directory: string): Promise<void> {
  const above = await nearestExisting(dirname(directory));
  try {
    await rmdir(await mkdtemp(join(above, ".tos-ai-sync-")));
  } catch (cause) {
    throw startRefusal(`${directory} can't be made in ${above}`, cause);
  }
}

/** Throws unless a file can be replaced later: it is absent, or a writable file. */
export async function checkReplaceable(path: string): Promise<void> {
  const kind = await kindOf(path);
  if (kind === undefined) return;
  if (kind === "directory") {
    throw new NetworkError("storage_failed", `${path} is a directory, not a file: move it away`);
  }
  try {
    // The file is not opened: closing a database's LOCK would end this process's lock on it.
    await access(path, constants.W_OK);
  } catch (cause) {
    throw startRefusal(`${path} can't be written to`, cause);
  }
}

/** Throws if there is less free space than a start needs; returns the free bytes. */
export async function checkFreeSpace(directory: string): Promise<number> {
  const existing = await nearestExisting(directory);
  let free: number;
  try {
    free = await freeBytes(existing);
  } catch (cause) {
    throw startRefusal(`the free space of ${existing} can't be read`, cause);
  }
  if (free >= START_FREE_BYTES) return free;
  throw new NetworkError(
    "storage_full",
    `${existing} has ${showBytes(free)} free, a node needs ${showBytes(START_FREE_BYTES)}: ` +
      "make room on its file system",
  );
}
