import type { SimEntry } from "./name-changes.js";

const REGULAR = 0o100000;
const DIRECTORY = 0o040000;

/** The part of `fs.Stats` that the product reads. */
export class SimStats {
  readonly dev = 1;
  readonly ino: number;
  readonly mode: number;
  readonly nlink: number;
  readonly size: number;
  readonly mtimeMs: number;
  readonly #entry: SimEntry["kind"];

  constructor(entry: SimEntry) {
    const isFile = entry.kind === "file";
    this.#entry = entry.kind;
    this.ino = entry.ino;
    this.mode = (isFile ? REGULAR : DIRECTORY) | entry.mode;
    this.nlink = isFile ? entry.links : 1;
    this.size = isFile ? entry.content.size : 0;
    this.mtimeMs = entry.mtimeMs;
  }

  isFile(): boolean {
    return this.#entry === "file";
  }

  isDirectory(): boolean {
    return this.#entry === "directory";
  }

  isSymbolicLink(): boolean {
    return false;
  }
}

/** The part of `fs.Dirent` that the product reads. */
export class SimDirent {
  readonly name: string;
  readonly parentPath: string;
  readonly #kind: SimEntry["kind"];

  constructor(name: string, parentPath: string, kind: SimEntry["kind"]) {
    this.name = name;
    this.parentPath = parentPath;
    this.#kind = kind;
  }

  isFile(): boolean {
    return this.#kind === "file";
  }

  isDirectory(): boolean {
    return this.#kind === "directory";
  }

  isSymbolicLink(): boolean {
    return false;
  }
}
