import { readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Damage } from "../damage.js";
import { FAMILIES, type Family } from "../families.js";
import { syncDirectory } from "../files/index.js";
import { bodyKeyOfReference, recordKeyOfEntry } from "../keys.js";
import type { KeyWrite } from "../types.js";
import type { Database, OpenDatabase } from "./database.js";
import { RangeReader, type Row } from "./range-reader.js";

/** Bytes of one batch of the copy. */
const BATCH_BYTES = 1024 * 1024;
/** Above every key: keys of all families are shorter, and none begins with 0xff bytes only. */
const ABOVE = new Uint8Array(64).fill(0xff);

const newPath = (directory: string): string => `${directory}.new`;
const oldPath = (directory: string): string => `${directory}.old`;

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

/** One copy of a database. */
class Copy {
  readonly #from: Database;
  readonly #to: Database;
  readonly #onDamage: (damage: Damage) => void;
  /** Hashes of the bodies copied, as text of one byte a character. As many as a node may hold bodies. */
  readonly #bodies = new Set<string>();
  #batch: KeyWrite[] = [];
  #bytes = 0;

  constructor(from: Database, to: Database, onDamage: (damage: Damage) => void) {
    this.#from = from;
    this.#to = to;
    this.#onDamage = onDamage;
  }

  /** Families in the order of {@link FAMILIES}: what is referred to comes before what refers to it. */
  async run(): Promise<void> {
    for (const family of FAMILIES) await this.#family(family);
    await this.#to.write([], true);
  }

  async #family(family: Family): Promise<void> {
    const passedOver = (reason: string): void => this.#onDamage({ family, key: undefined, reason });
    const reader = new RangeReader({ gte: new Uint8Array(0), lt: ABOVE }, passedOver);
    try {
      for (;;) {
        const rows = await reader.next((range) => this.#from.rows(family, range));
        if (rows.length === 0) break;
        const kept = family === "derived" ? await this.#referring(rows) : rows;
        for (const [key, value] of kept) await this.#put(family, key, value);
      }
    } finally {
      await reader.close();
    }
    await this.#flush();
  }

  async #put(family: Family, key: Uint8Array, value: Uint8Array): Promise<void> {
    if (family === "bodies") this.#bodies.add(textOf(key));
    this.#batch.push({ op: "put", family, key, value });
    this.#bytes += key.length + value.length;
    if (this.#bytes >= BATCH_BYTES) await this.#flush();
  }

  async #flush(): Promise<void> {
    const batch = this.#batch;
    this.#batch = [];
    this.#bytes = 0;
    if (batch.length > 0) await this.#to.write(batch, false);
  }

  /** Without the index entries of records and the references to bodies that can't be read. */
  async #referring(rows: readonly Row[]): Promise<readonly Row[]> {
    const kept: Row[] = [];
    const records = rows.map(([key]) => recordKeyOfEntry(key));
    const copied = await this.#to.getMany(
      "records",
      records.filter((key) => key !== undefined),
    );
    let at = 0;
    for (const [index, row] of rows.entries()) {
      const record = records[index];
      if (record !== undefined) {
        if (copied[at++] instanceof Uint8Array || (await this.#one("records", record))) kept.push(row);
        continue;
      }
      const body = bodyKeyOfReference(row[0]);
      if (body === undefined || this.#bodies.has(textOf(body)) || (await this.#one("bodies", body))) kept.push(row);
    }
    return kept;
  }

  /** What a damaged stretch of another table hid from the reading in order can be read by its key. */
  async #one(family: "records" | "bodies", key: Uint8Array): Promise<boolean> {
    const [value] = await this.#from.getMany(family, [key]);
    if (value instanceof Uint8Array) await this.#put(family, key, value);
    else this.#onDamage({ family, key, reason: value?.reason ?? "it is not there" });
    return value instanceof Uint8Array;
  }
}

function textOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString("latin1");
}

/**
 * Makes a new database beside an open one, with all rows of it that can be read, and closes the new one. Neither database
 * ever merges a table with a damaged block: without this the next merge would refuse all writes.
 */
export async function copyDatabase(
  directory: string,
  open: OpenDatabase,
  from: Database,
  onDamage: (damage: Damage) => void,
): Promise<void> {
  const fresh = newPath(directory);
  await rm(fresh, { recursive: true, force: true });
  const to = await open(fresh, true);
  try {
    await new Copy(from, to, onDamage).run();
    await to.close();
  } catch (cause) {
    await to.close().catch(() => undefined);
    await rm(fresh, { recursive: true, force: true });
    throw cause;
  }
}

/**
 * Puts the copy in the place of the old database; both are closed. A crash leaves the old database or the new one, whole
 * ({@link resumeRebuild}).
 */
export async function exchangeDatabase(directory: string): Promise<void> {
  await rename(directory, oldPath(directory));
  await rename(newPath(directory), directory);
  await syncDirectory(dirname(directory));
  await rm(oldPath(directory), { recursive: true, force: true });
}

/** Bytes of the files that a copy of the database is about as large as. */
export async function bytesToCopy(directory: string): Promise<number> {
  const names = (await readdir(directory)).filter((name) => /\.(sst|ldb|blob|log)$/.test(name));
  const sizes = names.map(async (name) => (await stat(join(directory, name)).catch(() => undefined))?.size ?? 0);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

/** Where the database of a directory lies: a crash in the middle of the exchange leaves it under the name of the new one. */
export async function placeOfDatabase(directory: string): Promise<string> {
  // The old one is moved away only when the new one is complete.
  const isBetween = !(await exists(directory)) && (await exists(oldPath(directory)));
  return isBetween ? newPath(directory) : directory;
}

/** Ends the exchange of the databases that was interrupted. Before the directory is opened, by its only user. */
export async function resumeRebuild(directory: string): Promise<void> {
  const place = await placeOfDatabase(directory);
  if (place !== directory) await rename(place, directory);
}

/** Removes what a crash left of a rebuild. With the directory open: another process may be at it otherwise. */
export async function sweepRebuild(directory: string): Promise<void> {
  await rm(newPath(directory), { recursive: true, force: true });
  await rm(oldPath(directory), { recursive: true, force: true });
}
