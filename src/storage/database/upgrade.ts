import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { concatBytes } from "../../protocol/bytes.js";
import { FAMILIES, type Family } from "../families.js";
import { replacePrivateFile } from "../files/index.js";
import { HASH_BYTES, NAME, RECORD, STRAND_BYTES } from "../keys.js";
import { storageError } from "../storage-error.js";
import type { KeyWrite } from "../types.js";
import type { Database, OpenDatabase } from "./database.js";
import { checkRoom } from "./database-room.js";
import { openLevelDatabase } from "./level-store.js";
import type { Engine } from "./open-store.js";
import { RangeReader, type Row } from "./range-reader.js";
import { bytesToCopy, exchangeDatabase, newPath, resumeRebuild } from "./rebuild.js";
import { openRocksFamilies, type ReadDatabase } from "./rocks-families.js";
import { openRocksDatabase } from "./rocks-store.js";

/** Bytes of one batch, so that the upgrade needs little memory for a database of any size. */
const BATCH_BYTES = 1024 * 1024;
/** Above every key: keys of all families are shorter, and none begins with 0xff bytes only. */
const ABOVE = new Uint8Array(80).fill(0xff);
/** In the directory of a database: the version of its layout. Version 1 has no such file. */
const LAYOUT_FILE = "layout";
const LAYOUT = "2\n";

/** First bytes of keys of version 1. */
const V1_RECORD = 1;
const V1_MEMBER = 1;
const V1_TASK = 2;
/** type u8, author, strand, window u32, timestamp u48, number u16, task id: the value of an index entry. */
const V1_FIELDS_BYTES = 1 + HASH_BYTES + STRAND_BYTES + 4 + 6 + 2 + HASH_BYTES;
const V1_PLACE_AT = 1 + HASH_BYTES;

/** One upgrade of a database of version 1. */
class Upgrade {
  readonly #from: ReadDatabase;
  readonly #to: Database;
  readonly #lost: (what: string) => void;
  #batch: KeyWrite[] = [];
  #bytes = 0;

  constructor(from: ReadDatabase, to: Database, lost: (what: string) => void) {
    this.#from = from;
    this.#to = to;
    this.#lost = lost;
  }

  async run(): Promise<void> {
    for (const family of FAMILIES) {
      const reader = new RangeReader({ gte: new Uint8Array(0), lt: ABOVE }, this.#lost);
      try {
        for (;;) {
          const rows = await reader.next((range) => this.#from.rows(family, range));
          if (rows.length === 0) break;
          if (family === "derived") await this.#records(rows.filter(([key]) => key[0] === V1_TASK));
          for (const row of rows) if (isKept(family, row)) await this.#put(family, ...row);
        }
      } finally {
        await reader.close();
      }
    }
    await this.#flush();
    await this.#to.write([], true);
  }

  /** Writes the records of entries of the index by task. */
  async #records(entries: readonly Row[]): Promise<void> {
    const keys = entries.map(([key]) => concatBytes([Uint8Array.of(V1_RECORD), key.subarray(1 + HASH_BYTES)]));
    const envelopes = keys.length === 0 ? [] : await this.#from.getMany("records", keys);
    for (const [at, [key, fields]] of entries.entries()) {
      const envelope = envelopes[at];
      const isEntry = key.length === 1 + 2 * HASH_BYTES && fields.length === V1_FIELDS_BYTES;
      if (!isEntry || !(envelope instanceof Uint8Array)) {
        this.#lost(
          envelope instanceof Uint8Array ? "an index entry is damaged" : (envelope?.reason ?? "it is missing"),
        );
        continue;
      }
      const place = fields.subarray(V1_PLACE_AT, V1_PLACE_AT + STRAND_BYTES + 4);
      await this.#put("records", concatBytes([RECORD, key.subarray(1)]), concatBytes([place, envelope]));
      await this.#put("derived", concatBytes([NAME, key.subarray(1)]), new Uint8Array(0));
    }
  }

  async #put(family: Family, key: Uint8Array, value: Uint8Array): Promise<void> {
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
}

/** Whether version 2 has the row as it is: all but records and their two indexes. */
function isKept(family: Family, [key]: Row): boolean {
  if (family === "records") return key[0] !== V1_RECORD;
  return family !== "derived" || (key[0] !== V1_MEMBER && key[0] !== V1_TASK);
}

async function isUpgraded(directory: string): Promise<boolean> {
  return (await readFile(join(directory, LAYOUT_FILE), "utf8").catch(() => "")) === LAYOUT;
}

/**
 * Brings a closed database of version 1 to version 2: it copies the records into a new database, which then replaces
 * the old one. A crash leaves one of the two whole, and the next call continues. Needs space for both. Returns lines
 * about values that can't be read. Errors are of kind `storage`.
 */
export async function upgradeDatabase(engine: Engine, directory: string): Promise<string[]> {
  await resumeRebuild(directory);
  if (await isUpgraded(directory)) return [];
  const lost = new Map<string, number>();
  try {
    await checkRoom(directory, await bytesToCopy(directory));
    await copy(engine, directory, (what) => lost.set(what, (lost.get(what) ?? 0) + 1));
    await exchangeDatabase(directory);
  } catch (cause) {
    throw storageError(`the database in ${directory} could not be upgraded`, cause);
  }
  return [...lost].map(([what, count]) => `${count} ${count === 1 ? "value was" : "values were"} left out: ${what}`);
}

async function copy(engine: Engine, directory: string, lost: (what: string) => void): Promise<void> {
  const fresh = newPath(directory);
  await rm(fresh, { recursive: true, force: true });
  const open: OpenDatabase = engine === "rocksdb" ? openRocksDatabase : openLevelDatabase;
  // The keys of LevelDB had the family in front before, too.
  const from = await (engine === "rocksdb" ? openRocksFamilies(directory) : openLevelDatabase(directory, false));
  try {
    const to = await open(fresh, true);
    try {
      await new Upgrade(from, to, lost).run();
    } finally {
      await to.close();
    }
    await replacePrivateFile(join(fresh, LAYOUT_FILE), new TextEncoder().encode(LAYOUT));
  } catch (cause) {
    await rm(fresh, { recursive: true, force: true });
    throw cause;
  } finally {
    await from.close();
  }
}
