import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { type LockHolder, readHolder } from "../files/index.js";

/** Cap of the lines of the kernel's table that are read; a machine has some thousand locks at most. */
const MAX_LOCK_LINES = 100_000;

/** The process that has a data directory open, as far as it is known. */
export type DirectoryUse =
  | { readonly kind: "free" }
  /** `holder` is undefined if the lock is visible but its holder is unknown. */
  | { readonly kind: "held"; readonly holder: LockHolder | undefined };

/** A device number in the form of the kernel's table. */
function deviceText(dev: number): string {
  const major = Math.floor(dev / 256) % 4096;
  const minor = (dev % 256) + Math.floor(dev / 0x10_0000) * 256;
  const hex = (value: number): string => value.toString(16).padStart(2, "0");
  return `${hex(major)}:${hex(minor)}`;
}

/** Pids that hold an fcntl lock of the file, from `/proc/locks`; undefined without that table. */
async function lockingPids(path: string, holder: LockHolder | undefined): Promise<readonly number[] | undefined> {
  let table: string;
  try {
    table = await readFile("/proc/locks", "utf8");
  } catch {
    return undefined;
  }
  const file = await stat(path).catch(() => undefined);
  if (file === undefined) return [];
  return table.split("\n", MAX_LOCK_LINES).flatMap((line) => {
    const [, kind, , , pid = "", place = ""] = line.trim().split(/\s+/);
    const at = place.lastIndexOf(":");
    if (kind !== "POSIX" || place.slice(at + 1) !== String(file.ino)) return [];
    // On a layered file system the device of a file differs from that of its inode.
    return place.slice(0, at) === deviceText(file.dev) || Number(pid) === holder?.pid ? [Number(pid)] : [];
  });
}

/**
 * Whether a process has the database of a data directory open. It takes no lock and opens no lock file: opening needs
 * write permission, and closing the file would end the lock of this process.
 */
export async function directoryUse(path: string): Promise<DirectoryUse> {
  const holder = await readHolder(join(path, "lock"));
  const pids = await lockingPids(join(path, "db", "LOCK"), holder);
  // The pid in the file may belong to another process by now. The kernel's table of locks, if it can be read, is exact.
  if (pids === undefined) return holder === undefined ? { kind: "free" } : { kind: "held", holder };
  if (pids.length === 0) return { kind: "free" };
  return { kind: "held", holder: holder !== undefined && pids.includes(holder.pid) ? holder : undefined };
}
