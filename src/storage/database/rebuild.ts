import { readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Damage } from "../damage.js";
import { FAMILIES, type Family } from "../families.js";
import { syncDirectory } from "../files/index.js";
import { bodyKeyOfReference, namedRecordKey } from "../keys.js";
import type { KeyWrite } from "../types.js";
import type { Database, OpenDatabase } from "./database.js";
import { RangeReader, type Row } from "./range-reader.js";

/** Bytes of one batch of the copy, so that the copy needs little memory for a database of any size. */
const BATCH_BYTES = 1024 * 1024;
/** Above every key: keys of all families are shorter, and none begins with 0xff bytes only. */
const ABOVE = new Uint8Array(64).fill(0xff);

/** Where a copy of a database is made. */
export const newPath = (directory: string): string => `${directory}.new`;
const oldPath = (directory: string): string => `${directory}.old`;

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

/** One copy of a database. */
class Copy {
  readonly #from: Database;
  readonly #to: Database;
  readonly #onDamage: (damage: Damage) => void;
  /** Hashes of the copied bodies as latin1 text. At most as many as a node may hold bodies. */
  readonly #bodies = new Set<string>();
  #batch: KeyWrite[] = [];
  #bytes = 0;

  constructor(from: Database, to: Database, onDamage: (damage: Damage) => void) {
    this.#from = from;
    this.#to = to;
    this.#onDamage = onDamage;
  }

  /** Copies families in the order of {@link FAMILIES}: referenced values before references. */
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

  /** Drops names of unreadable records and references to unreadable bodies. */
  async #referring(rows: readonly Row[]): Promise<readonly Row[]> {
    const kept: Row[] = [];
    const records = rows.map(([key]) => namedRecordKey(key));
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

  /** Reads a value by its key: a damaged range of another table may have hidden it from the ordered reading. */
  async #one(family: "records" | "bodies", key: Uint8Array): Promise<boolean> {
    const [value] = await this.#from.getMany(family, [key]);
    if (value instanceof Uint8Array) await this.#put(family, key, value);
    else this.#onDamage({ family, key, reason: value?.reason ?? "it is missing" });
    return value instanceof Uint8Array;
  }
}

function textOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString("latin1");
}

/**
 * Copies all readable rows of an open database into a new one beside it, and closes the new one. Neither database can
 * compact a table with a damaged block: without the copy the next compaction would refuse all writes.
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
 * Replaces the old database by the copy; both are closed. A crash leaves the old or the new database whole
 * ({@link resumeRebuild}).
 */
export async function exchangeDatabase(directory: string): Promise<void> {
  await rename(directory, oldPath(directory));
  await rename(newPath(directory), directory);
  await syncDirectory(dirname(directory));
  await rm(oldPath(directory), { recursive: true, force: true });
}

/** The approximate size of a copy: the bytes of the database's files. */
export async function bytesToCopy(directory: string): Promise<number> {
  const names = (await readdir(directory)).filter((name) => /\.(sst|ldb|blob|log)$/.test(name));
  const sizes = names.map(async (name) => (await stat(join(directory, name)).catch(() => undefined))?.size ?? 0);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

/** The path of a directory's database: a crash during the exchange leaves it under the name of the new one. */
export async function placeOfDatabase(directory: string): Promise<string> {
  // The old database is renamed only after the new one is complete.
  const isBetween = !(await exists(directory)) && (await exists(oldPath(directory)));
  return isBetween ? newPath(directory) : directory;
}

/** Completes an interrupted exchange. Its only user calls it, before the directory is opened. */
export async function resumeRebuild(directory: string): Promise<void> {
  const place = await placeOfDatabase(directory);
  if (place !== directory) await rename(place, directory);
}

/** Removes the leftovers of an interrupted rebuild. The directory must be open: else another process may use them. */
export async function sweepRebuild(directory: string): Promise<void> {
  await rm(newPath(directory), { recursive: true, force: true });
  await rm(oldPath(directory), { recursive: true, force: true });
}
