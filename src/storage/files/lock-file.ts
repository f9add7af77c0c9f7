import { readFile, rm } from "node:fs/promises";
import { z } from "zod";
import { replacePrivateFile } from "./private-file.js";

/** Longest text of a lock file: a process id and a time need less than a hundred bytes. */
const MAX_LOCK_TEXT = 1024;

const shape = z.strictObject({ pid: z.int().positive(), started: z.iso.datetime() });

/** The holder of a data directory. The lock is in the database and ends with the process; the file may remain. */
export type LockHolder = z.infer<typeof shape>;

export async function writeHolder(path: string, holder: LockHolder): Promise<void> {
  await replacePrivateFile(path, new TextEncoder().encode(`${JSON.stringify(holder)}\n`));
}

export async function removeHolder(path: string): Promise<void> {
  await rm(path, { force: true });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process can't be signalled, but it runs.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** The running process that wrote the lock file, if it is known. */
export async function readHolder(path: string): Promise<LockHolder | undefined> {
  try {
    const text = await readFile(path, "utf8");
    if (text.length > MAX_LOCK_TEXT) return undefined;
    const parsed = shape.safeParse(JSON.parse(text));
    return parsed.success && isAlive(parsed.data.pid) ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** For the message of a second start. */
export function describeHolder(holder: LockHolder | undefined): string {
  return holder === undefined ? "another process" : `process ${holder.pid}, started ${holder.started}`;
}
