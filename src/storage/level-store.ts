import { ClassicLevel } from "classic-level";
import { concatBytes } from "../protocol/bytes.js";
import { DelayedSync } from "./delayed-sync.js";
import { holdDirectory } from "./open-guard.js";
import { plainView } from "./plain-view.js";
import { storageError } from "./storage-error.js";
import { FAMILIES, type Family, type KeyRange, type KeyStore, type KeyWrite } from "./types.js";

const MIB = 1024 * 1024;
/** Rows that an iterator fetches at once, off the main thread. */
const FETCH_ROWS = 256;
const WRITE_BUFFER_BYTES = 8 * MIB;
const CACHE_BYTES = 16 * MIB;

/** Beside all families, whose first bytes begin with 1. */
const MARK = { key: Uint8Array.of(0), value: new Uint8Array(0) };

const BYTES = { keyEncoding: "view", valueEncoding: "view" } as const;

type Database = ClassicLevel<Uint8Array, Uint8Array>;
type Operation =
  | { readonly type: "put"; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: "del"; readonly key: Uint8Array };

/** LevelDB has no column families: the first byte of a key names its family. */
function prefixed(family: Family, key: Uint8Array): Uint8Array {
  return concatBytes([Uint8Array.of(FAMILIES.indexOf(family) + 1), key]);
}

class LevelStore implements KeyStore {
  readonly engine = "leveldb";
  readonly #database: Database;
  readonly #release: () => void;
  readonly #delayed: DelayedSync;

  constructor(database: Database, release: () => void) {
    this.#database = database;
    this.#release = release;
    this.#delayed = new DelayedSync(() => this.#batch([], true));
  }

  async get(family: Family, key: Uint8Array): Promise<Uint8Array | undefined> {
    const [value] = await this.getMany(family, [key]);
    return value;
  }

  async getMany(family: Family, keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    try {
      const values = await this.#database.getMany(keys.map((key) => prefixed(family, key)));
      return values.map((value) => value && plainView(value));
    } catch (cause) {
      throw storageError("the database could not be read", cause);
    }
  }

  async *entries(family: Family, range: KeyRange): AsyncGenerator<readonly [Uint8Array, Uint8Array]> {
    const { limit = -1 } = range;
    const gte = prefixed(family, range.gte);
    const iterator = this.#database.iterator({ gte, lt: prefixed(family, range.lt), limit });
    try {
      for (;;) {
        const rows = await iterator.nextv(FETCH_ROWS).catch((cause: unknown) => {
          throw storageError("the database could not be read", cause);
        });
        if (rows.length === 0) return;
        for (const [key, value] of rows) yield [plainView(key).subarray(1), plainView(value)];
      }
    } finally {
      await iterator.close();
    }
  }

  async write(batch: readonly KeyWrite[], options: { readonly sync: boolean }): Promise<void> {
    this.#delayed.check();
    if (batch.length === 0 && !options.sync) return;
    try {
      await this.#batch(batch, options.sync);
    } catch (cause) {
      throw storageError("the database could not be written", cause);
    }
    if (!options.sync) this.#delayed.wrote();
  }

  async close(): Promise<void> {
    await this.#delayed.stop();
    try {
      await this.#database.close();
    } catch (cause) {
      throw storageError("the database could not be closed", cause);
    } finally {
      this.#release();
    }
    this.#delayed.check();
  }

  async #batch(batch: readonly KeyWrite[], sync: boolean): Promise<void> {
    const operations = batch.map((write): Operation => {
      const key = prefixed(write.family, write.key);
      return write.op === "put" ? { type: "put", key, value: write.value } : { type: "del", key };
    });
    // A sync needs something to carry it.
    if (sync) operations.push({ type: "put", ...MARK });
    await this.#database.batch(operations, { sync });
  }
}

/**
 * Opens the LevelDB database in `directory`. `storage_locked` if another has it open, `storage_corrupt` if it is damaged
 * or, without `createIfMissing`, not there.
 */
export async function openLevelStore(
  directory: string,
  options: { readonly createIfMissing: boolean },
): Promise<KeyStore> {
  const release = await holdDirectory(directory);
  try {
    const database = new ClassicLevel<Uint8Array, Uint8Array>(directory, BYTES);
    const { createIfMissing } = options;
    await database.open({ createIfMissing, writeBufferSize: WRITE_BUFFER_BYTES, cacheSize: CACHE_BYTES });
    return new LevelStore(database, release);
  } catch (cause) {
    release();
    throw storageError(`the database in ${directory} could not be opened`, cause);
  }
}
