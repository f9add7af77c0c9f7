import type { Random } from "../world/random.js";
import { type Counts, count, type DiskSettings } from "./disk-settings.js";
import type { FileContent } from "./file-content.js";

export interface SimFile {
  readonly kind: "file";
  readonly ino: number;
  readonly content: FileContent;
  mode: number;
  mtimeMs: number;
  /** Names that it has in directories. */
  links: number;
  /** Open handles. */
  handles: number;
}

export interface SimDirectory {
  readonly kind: "directory";
  readonly ino: number;
  readonly entries: Map<string, SimEntry>;
  mode: number;
  mtimeMs: number;
}

export type SimEntry = SimFile | SimDirectory;

/** One name of a directory, before and after. */
export interface NameEdit {
  readonly directory: SimDirectory;
  readonly name: string;
  readonly before: SimEntry | undefined;
  readonly after: SimEntry | undefined;
}

function set(directory: SimDirectory, name: string, entry: SimEntry | undefined): void {
  if (entry === undefined) directory.entries.delete(name);
  else directory.entries.set(name, entry);
}

/** The names of a disk that are not synced. Each change is atomic and has one edit, or two for a rename. */
export class NameChanges {
  #changes: (readonly NameEdit[])[] = [];

  /** Makes a change. */
  make(edits: readonly NameEdit[]): void {
    this.#changes.push(edits);
    for (const { directory, name, after } of edits) set(directory, name, after);
  }

  /** Makes the changes of a directory durable, and those of other directories that they depend on. */
  sync(directory: SimDirectory): void {
    const synced = new Set([directory]);
    const left: (readonly NameEdit[])[] = [];
    for (const edits of this.#changes.reverse()) {
      if (edits.some((edit) => synced.has(edit.directory))) for (const edit of edits) synced.add(edit.directory);
      else left.push(edits);
    }
    this.#changes = left.reverse();
  }

  /** Keeps or loses each change. One that follows a lost change of the same name or file is lost, too. */
  crash(random: Random, settings: DiskSettings, counts: Counts): void {
    const changes = this.#changes;
    this.#changes = [];
    for (const edits of [...changes].reverse()) {
      for (const { directory, name, before } of edits) set(directory, name, before);
    }
    const isOrdered = random.chance(settings.journal);
    const lost = new Set<SimEntry>();
    const lostNames = new Map<SimDirectory, Set<string>>();
    let someLost = false;
    for (const edits of changes) {
      const follows = edits.some(
        ({ directory, name, before, after }) =>
          lostNames.get(directory)?.has(name) ||
          (before !== undefined && lost.has(before)) ||
          (after !== undefined && lost.has(after)),
      );
      const keeps = !follows && !(isOrdered && someLost) && random.chance(settings.keepName);
      count(counts, keeps ? "name kept" : "name lost");
      for (const { directory, name, before, after } of edits) {
        if (keeps) {
          set(directory, name, after);
          continue;
        }
        someLost = true;
        const names = lostNames.get(directory) ?? new Set();
        lostNames.set(directory, names.add(name));
        if (before !== undefined) lost.add(before);
        if (after !== undefined) lost.add(after);
      }
    }
  }
}
