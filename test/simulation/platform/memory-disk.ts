import type { Random } from "../world/random.js";
import { DiskError } from "./disk-error.js";
import { type Counts, type DiskSettings, healthyDisk } from "./disk-settings.js";
import { FileContent } from "./file-content.js";
import { NameChanges, type SimDirectory, type SimEntry, type SimFile } from "./name-changes.js";

/** The mask of the simulated processes. */
const UMASK = 0o022;
export const BLOCK_BYTES = 4096;

/** How a file is opened. */
export interface OpenMode {
  readonly reads: boolean;
  readonly writes: boolean;
  readonly appends: boolean;
  readonly creates: boolean;
  readonly truncates: boolean;
  readonly exclusive: boolean;
}

/** A place below the root of a disk: the names of the path. */
export type Names = readonly string[];

/** Files and directories of one node. All operations are immediate; refusals are {@link DiskError}s. */
export class MemoryDisk {
  readonly settings: DiskSettings = healthyDisk();
  readonly random: Random;
  readonly counts: Counts;
  /** Changes at a crash. Handles of an earlier incarnation are dead. */
  incarnation = 0;
  /** Descriptors of the standard streams and of the event loop come before. */
  nextFd = 20;
  readonly #nowMs: () => number;
  #nextIno = 2;
  #root: SimDirectory;
  #names = new NameChanges();

  constructor(nowMs: () => number, random: Random, counts: Counts) {
    this.#nowMs = nowMs;
    this.random = random;
    this.counts = counts;
    this.#root = this.#newDirectory(0o755);
  }

  lookup(names: Names): SimEntry {
    let entry: SimEntry = this.#root;
    for (const name of names) {
      if (entry.kind === "file") throw new DiskError("ENOTDIR");
      const next: SimEntry | undefined = entry.entries.get(name);
      if (next === undefined) throw new DiskError("ENOENT");
      entry = next;
    }
    return entry;
  }

  /** Opens a file, or a directory for reading. The caller counts handles with {@link hold} and {@link release}. */
  open(names: Names, mode: OpenMode, permissions: number): SimEntry {
    const found = this.#find(names);
    if (found === undefined) {
      if (!mode.creates) throw new DiskError("ENOENT");
      this.#needRoom();
      const file: SimFile = {
        ...this.#about(permissions),
        kind: "file",
        content: new FileContent(),
        links: 1,
        handles: 0,
      };
      this.#put(names, file);
      return file;
    }
    if (mode.creates && mode.exclusive) throw new DiskError("EEXIST");
    if (found.kind === "directory") {
      if (mode.writes || mode.creates) throw new DiskError("EISDIR");
    } else if (mode.truncates && found.content.size > 0) this.truncate(found, 0);
    return found;
  }

  hold(entry: SimEntry): void {
    if (entry.kind === "file") entry.handles++;
  }

  release(entry: SimEntry): void {
    if (entry.kind !== "file") return;
    entry.handles--;
    this.#free(entry);
  }

  /** Writes as much as there is space for and returns it. */
  write(file: SimFile, at: number, bytes: Uint8Array): number {
    const { content } = file;
    const growth = Math.max(0, at + bytes.length - content.size);
    const lacking = Math.max(0, growth - Math.max(0, this.settings.freeBytes));
    const length = bytes.length - lacking;
    if (length <= 0 && bytes.length > 0) throw new DiskError("ENOSPC");
    if (bytes.length === 0) return 0;
    content.write(at, bytes.subarray(0, length));
    this.settings.freeBytes -= growth - lacking;
    file.mtimeMs = this.#nowMs();
    return length;
  }

  truncate(file: SimFile, size: number): void {
    const growth = size - file.content.size;
    if (growth > 0 && growth > this.settings.freeBytes) throw new DiskError("ENOSPC");
    file.content.truncate(size);
    this.settings.freeBytes -= growth;
    file.mtimeMs = this.#nowMs();
  }

  sync(entry: SimEntry): void {
    if (entry.kind === "file") entry.content.sync();
    else this.#names.sync(entry);
  }

  makeDirectory(names: Names, permissions: number): void {
    if (this.#find(names) !== undefined) throw new DiskError("EEXIST");
    this.#needRoom();
    this.#put(names, this.#newDirectory(permissions & ~UMASK));
  }

  link(from: Names, to: Names): void {
    const entry = this.lookup(from);
    if (this.#find(to) !== undefined) throw new DiskError("EEXIST");
    if (entry.kind === "directory") throw new DiskError("EPERM");
    this.#put(to, entry);
    entry.links++;
  }

  rename(from: Names, to: Names): void {
    const source = this.#place(from);
    const target = this.#place(to);
    const entry = this.lookup(from);
    const over = target.directory.entries.get(target.name);
    if (isAbove(from, to)) throw new DiskError("EINVAL");
    if (isAbove(to, from)) throw new DiskError("ENOTEMPTY");
    if (over === entry) return;
    if (over?.kind === "directory") {
      if (entry.kind === "file") throw new DiskError("EISDIR");
      if (over.entries.size > 0) throw new DiskError("ENOTEMPTY");
    } else if (over !== undefined && entry.kind === "directory") throw new DiskError("ENOTDIR");
    this.#names.make([
      { ...source, before: entry, after: undefined },
      { ...target, before: over, after: entry },
    ]);
    this.#touch(source.directory, target.directory);
    if (over?.kind === "file") this.#unlinked(over);
  }

  /** Removes a file's name. */
  unlink(names: Names): void {
    const entry = this.lookup(names);
    if (entry.kind === "directory") throw new DiskError("EISDIR");
    this.#remove(names, entry);
    this.#unlinked(entry);
  }

  /** Removes an empty directory. */
  removeDirectory(names: Names): void {
    const entry = this.lookup(names);
    if (entry.kind === "file") throw new DiskError("ENOTDIR");
    if (entry.entries.size > 0) throw new DiskError("ENOTEMPTY");
    this.#remove(names, entry);
  }

  /** Loses what is not synced, by random. All handles are dead. */
  crash(random: Random): void {
    const before = this.#usedBytes();
    // Also files that lose their last name: one of them may get it back.
    const files = new Set<SimFile>(this.files().map(([, file]) => file));
    this.#names.crash(random, this.settings, this.counts);
    for (const [, file] of this.files()) files.add(file);
    for (const file of files) {
      file.content.crash(random, this.settings, this.counts);
      file.handles = 0;
      file.links = 0;
    }
    for (const [, file] of this.files()) file.links++;
    this.settings.freeBytes += before - this.#usedBytes();
    this.incarnation++;
  }

  /** The end of a process without a loss of power: what is written stays, and all handles are dead. */
  closeHandles(): void {
    for (const [, file] of this.files()) file.handles = 0;
    this.incarnation++;
  }

  /** All files by path below the root, in the order of their creation in each directory. */
  files(): (readonly [string, SimFile])[] {
    const out: (readonly [string, SimFile])[] = [];
    const walk = (directory: SimDirectory, above: string): void => {
      for (const [name, entry] of directory.entries) {
        const path = above === "" ? name : `${above}/${name}`;
        if (entry.kind === "file") out.push([path, entry]);
        else walk(entry, path);
      }
    };
    walk(this.#root, "");
    return out;
  }

  /** A synced copy of all files and directories. */
  snapshot(): SimDirectory {
    return copyDirectory(this.#root, new Map());
  }

  /** Replaces all files and directories by a copy of `snapshot`. All handles are dead. */
  restore(snapshot: SimDirectory): void {
    const before = this.#usedBytes();
    this.#root = copyDirectory(snapshot, new Map());
    this.#names = new NameChanges();
    this.#nextIno = Math.max(this.#nextIno, highestIno(this.#root) + 1);
    this.settings.freeBytes += before - this.#usedBytes();
    this.incarnation++;
  }

  #about(permissions: number): { ino: number; mode: number; mtimeMs: number } {
    return { ino: this.#nextIno++, mode: permissions & ~UMASK, mtimeMs: this.#nowMs() };
  }

  #newDirectory(mode: number): SimDirectory {
    return { ...this.#about(mode), kind: "directory", entries: new Map() };
  }

  #find(names: Names): SimEntry | undefined {
    if (names.length === 0) return this.#root;
    const { directory, name } = this.#place(names);
    return directory.entries.get(name);
  }

  #place(names: Names): { readonly directory: SimDirectory; readonly name: string } {
    const name = names.at(-1);
    if (name === undefined) throw new DiskError("EBUSY");
    const directory = this.lookup(names.slice(0, -1));
    if (directory.kind === "file") throw new DiskError("ENOTDIR");
    return { directory, name };
  }

  #put(names: Names, entry: SimEntry): void {
    const place = this.#place(names);
    this.#names.make([{ ...place, before: undefined, after: entry }]);
    this.#touch(place.directory);
  }

  #remove(names: Names, entry: SimEntry): void {
    const place = this.#place(names);
    this.#names.make([{ ...place, before: entry, after: undefined }]);
    this.#touch(place.directory);
  }

  #touch(...directories: readonly SimDirectory[]): void {
    for (const directory of directories) directory.mtimeMs = this.#nowMs();
  }

  #unlinked(file: SimFile): void {
    file.links--;
    this.#free(file);
  }

  #free(file: SimFile): void {
    if (file.links === 0 && file.handles === 0) this.settings.freeBytes += file.content.size;
  }

  #needRoom(): void {
    if (this.settings.freeBytes <= 0) throw new DiskError("ENOSPC");
  }

  #usedBytes(): number {
    const files = new Set(this.files().map(([, file]) => file));
    let used = 0;
    for (const { content } of files) used += content.size;
    return used;
  }
}

function isAbove(above: Names, below: Names): boolean {
  return above.length < below.length && above.every((name, at) => name === below[at]);
}

function copyDirectory(from: SimDirectory, copied: Map<SimFile, SimFile>): SimDirectory {
  const entries = new Map<string, SimEntry>();
  for (const [name, entry] of from.entries) {
    if (entry.kind === "directory") {
      entries.set(name, copyDirectory(entry, copied));
      continue;
    }
    const file = copied.get(entry) ?? { ...entry, content: entry.content.clone(), links: 0, handles: 0 };
    file.links++;
    copied.set(entry, file);
    entries.set(name, file);
  }
  return { ...from, entries };
}

function highestIno({ ino, entries }: SimDirectory): number {
  let highest = ino;
  for (const entry of entries.values())
    highest = Math.max(highest, entry.kind === "file" ? entry.ino : highestIno(entry));
  return highest;
}
