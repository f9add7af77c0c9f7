import { constants } from "node:fs";
import { posix } from "node:path";
import { platform } from "./ambient.js";
import { DiskError, type FailedCall, systemError } from "./disk-error.js";
import { DiskOperations, type Work } from "./disk-operations.js";
import { SimFileHandle } from "./file-handle.js";
import { BLOCK_BYTES, type MemoryDisk, type Names, type OpenMode } from "./memory-disk.js";
import { SimDirent, SimStats } from "./sim-stats.js";

export type { SimFileHandle as FileHandle };
/**
 * `node:fs/promises` over the disks of the running world: the functions that the product uses, with the errors of
 * Node.js. An unsupported function or option ends the run.
 */
export { constants };

const MKDTEMP_CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789";

const READ: OpenMode = {
  reads: true,
  writes: false,
  appends: false,
  creates: false,
  truncates: false,
  exclusive: false,
};
const WRITE: OpenMode = { ...READ, reads: false, writes: true, creates: true, truncates: true };
const APPEND: OpenMode = { ...WRITE, truncates: false, appends: true };

const MODES: Readonly<Record<string, OpenMode>> = {
  r: READ,
  "r+": { ...READ, writes: true },
  w: WRITE,
  wx: { ...WRITE, exclusive: true },
  "w+": { ...WRITE, reads: true },
  "wx+": { ...WRITE, reads: true, exclusive: true },
  a: APPEND,
  ax: { ...APPEND, exclusive: true },
  "a+": { ...APPEND, reads: true },
};

/** Ends the run: the product's code may catch what it is thrown. */
function lacks(what: string): never {
  const error = new Error(`the simulator lacks fs.${what}`);
  platform().schedule.after(0, undefined, () => {
    throw error;
  });
  throw error;
}

function run<T>(
  work: Work,
  syscall: string,
  path: string,
  effect: (disk: MemoryDisk, names: Names) => T,
  call: FailedCall = { syscall, path },
): Promise<T> {
  const { schedule, disks } = platform();
  if (typeof path !== "string") lacks(`${syscall} of a path that is not a string`);
  if (disks.isAboveDisks(path)) return Promise.reject(systemError("EACCES", call));
  const { disk, names } = disks.place(path);
  return new DiskOperations(schedule).run(disk, work, call, () => effect(disk, names));
}

/** Two places of one disk. */
function runBoth(
  syscall: string,
  path: string,
  dest: string,
  effect: (disk: MemoryDisk, from: Names, to: Names) => void,
): Promise<void> {
  const to = platform().disks.place(dest);
  return run(
    "write",
    syscall,
    path,
    (disk, from) => {
      if (disk !== to.disk) throw new DiskError("EXDEV");
      effect(disk, from, to.names);
    },
    { syscall, path, dest },
  );
}

export function open(path: string, flags: string = "r", mode = 0o666): Promise<SimFileHandle> {
  const how = MODES[flags] ?? lacks(`open with the flags ${flags}`);
  return run(how.writes ? "write" : "read", "open", path, (disk, names) => {
    const entry = disk.open(names, how, mode);
    disk.hold(entry);
    return new SimFileHandle(new DiskOperations(platform().schedule), disk.nextFd++, disk, entry, how);
  });
}

export function stat(path: string): Promise<SimStats> {
  return run("read", "stat", path, (disk, names) => new SimStats(disk.lookup(names)));
}

/** There are no symbolic links. */
export function lstat(path: string): Promise<SimStats> {
  return run("read", "lstat", path, (disk, names) => new SimStats(disk.lookup(names)));
}

/** Everything is accessible: the process runs as the owner. */
export function access(path: string): Promise<void> {
  return run("read", "access", path, (disk, names) => void disk.lookup(names));
}

/** Differs between the processes of a node: see `MemoryDisks.place`. */
export function realpath(path: string): Promise<string> {
  const { disks } = platform();
  return run("read", "realpath", path, (disk, names) => {
    disk.lookup(names);
    return disks.realPath(path);
  });
}

export function readFile(path: string, options?: "utf8" | { readonly encoding: "utf8" }): Promise<Buffer | string> {
  const encoding = typeof options === "object" ? options.encoding : options;
  if (encoding !== undefined && encoding !== "utf8") lacks(`readFile with the encoding ${encoding}`);
  return run("read", "open", path, (disk, names) => {
    const entry = disk.lookup(names);
    if (entry.kind === "directory") return systemError("EISDIR", { syscall: "read" });
    const bytes = Buffer.from(entry.content.view());
    return encoding === undefined ? bytes : bytes.toString("utf8");
  }).then((found) => {
    if (found instanceof Error) throw found;
    return found;
  });
}

export function readdir(path: string, options: { readonly withFileTypes: true }): Promise<SimDirent[]>;
export function readdir(path: string): Promise<string[]>;
export function readdir(path: string, options?: { readonly withFileTypes: true }): Promise<(string | SimDirent)[]> {
  return run("read", "scandir", path, (disk, names) => {
    const entry = disk.lookup(names);
    if (entry.kind === "file") throw new DiskError("ENOTDIR");
    const found = [...entry.entries].sort(([a], [b]) => (a < b ? -1 : 1));
    if (options?.withFileTypes !== true) return found.map(([name]) => name);
    return found.map(([name, { kind }]) => new SimDirent(name, path, kind));
  });
}

export function mkdir(
  path: string,
  options: { readonly mode?: number; readonly recursive?: never } = {},
): Promise<void> {
  if (options.recursive) lacks("mkdir with recursive");
  return run("write", "mkdir", path, (disk, names) => disk.makeDirectory(names, options.mode ?? 0o777));
}

export function mkdtemp(prefix: string): Promise<string> {
  const { disks } = platform();
  const { random } = disks.place(prefix).disk;
  const letters = Array.from({ length: 6 }, () => MKDTEMP_CHARACTERS[random.below(MKDTEMP_CHARACTERS.length)]);
  const path = `${prefix}${letters.join("")}`;
  return run(
    "write",
    "mkdtemp",
    path,
    (disk, names) => {
      disk.makeDirectory(names, 0o700);
      return path;
    },
    { syscall: "mkdtemp", path: `${prefix}XXXXXX` },
  );
}

export function link(path: string, dest: string): Promise<void> {
  return runBoth("link", path, dest, (disk, from, to) => disk.link(from, to));
}

export function rename(path: string, dest: string): Promise<void> {
  return runBoth("rename", path, dest, (disk, from, to) => disk.rename(from, to));
}

export function rmdir(path: string): Promise<void> {
  return run("write", "rmdir", path, (disk, names) => disk.removeDirectory(names));
}

/** A call for each file, as in Node.js: a crash may leave a part of a directory. */
export async function rm(
  path: string,
  options: { readonly force?: boolean; readonly recursive?: boolean } = {},
): Promise<void> {
  const { force = false, recursive = false } = options;
  try {
    const found = await lstat(path);
    if (!found.isDirectory()) return await run("write", "unlink", path, (disk, names) => disk.unlink(names));
    if (!recursive) throw rmOfDirectory(path);
    for (const name of await readdir(path)) await rm(posix.join(path, name), { force: true, recursive });
    await rmdir(path);
  } catch (cause) {
    if (!force || !(cause instanceof Error) || !("code" in cause) || cause.code !== "ENOENT") throw cause;
  }
}

function rmOfDirectory(path: string): Error {
  return Object.assign(new Error(`Path is a directory: rm returned EISDIR (is a directory) ${path}`), {
    code: "ERR_FS_EISDIR",
    errno: 21,
    syscall: "rm",
    path,
  });
}

export function statfs(path: string): Promise<{
  readonly bsize: number;
  readonly bavail: number;
  readonly bfree: number;
}> {
  return run("read", "statfs", path, (disk, names) => {
    disk.lookup(names);
    const free = Math.max(0, Math.floor(disk.settings.freeBytes / BLOCK_BYTES));
    return { bsize: BLOCK_BYTES, bavail: free, bfree: free };
  });
}

export const copyFile = (): never => lacks("copyFile");
export const symlink = (): never => lacks("symlink");
export const readlink = (): never => lacks("readlink");
