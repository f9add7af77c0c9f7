import type { NetworkError } from "../protocol/errors.js";
import { DelayedSync } from "./delayed-sync.js";
import { holdDirectory } from "./open-guard.js";
import { storageError } from "./storage-error.js";
import type { Family, KeyRange, KeyStore, KeyWrite } from "./types.js";

/** Rows that an iterator fetches at once, off the main thread. */
const FETCH_ROWS = 256;

/** Rows of a range. */
export interface Rows {
  nextv(size: number): Promise<readonly (readonly [Uint8Array, Uint8Array])[]>;
  close(): Promise<void>;
}

/** What the two databases do differently. Failures are theirs, as they throw them. */
export interface Database {
  /** Bytes of a stored key in front of the caller's. */
  readonly prefixBytes: number;
  getMany(family: Family, keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]>;
  rows(family: Family, range: KeyRange): Rows;
  /** Atomic. With `sync` an empty batch waits for the disk, too. */
  write(batch: readonly KeyWrite[], sync: boolean): Promise<void>;
  close(): Promise<void>;
}

/** The bytes of a Buffer as a plain Uint8Array over the same memory. */
function plainView(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function readError(cause: unknown): NetworkError {
  return storageError("the database could not be read", cause);
}

class DatabaseStore implements KeyStore {
  readonly engine: KeyStore["engine"];
  readonly #database: Database;
  readonly #release: () => void;
  readonly #delayed: DelayedSync;

  constructor(engine: KeyStore["engine"], database: Database, release: () => void) {
    this.engine = engine;
    this.#database = database;
    this.#release = release;
    this.#delayed = new DelayedSync(() => database.write([], true));
  }

  async get(family: Family, key: Uint8Array): Promise<Uint8Array | undefined> {
    const [value] = await this.getMany(family, [key]);
    return value;
  }

  async getMany(family: Family, keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    if (keys.length === 0) return [];
    try {
      const values = await this.#database.getMany(family, keys);
      return values.map((value) => value && plainView(value));
    } catch (cause) {
      throw readError(cause);
    }
  }

  async *entries(family: Family, range: KeyRange): AsyncGenerator<readonly [Uint8Array, Uint8Array]> {
    const { prefixBytes } = this.#database;
    let iterator: Rows | undefined;
    try {
      iterator = this.#database.rows(family, range);
      for (;;) {
        const rows = await iterator.nextv(FETCH_ROWS);
        if (rows.length === 0) return;
        for (const [key, value] of rows) yield [plainView(key).subarray(prefixBytes), plainView(value)];
      }
    } catch (cause) {
      throw readError(cause);
    } finally {
      await iterator?.close();
    }
  }

  async write(batch: readonly KeyWrite[], options: { readonly sync: boolean }): Promise<void> {
    this.#delayed.check();
    if (batch.length === 0 && !options.sync) return;
    try {
      await this.#database.write(batch, options.sync);
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
}

/** Opens a database as a store that is the only one of its directory in this process. */
export async function openDatabaseStore(
  engine: KeyStore["engine"],
  directory: string,
  open: () => Promise<Database>,
): Promise<KeyStore> {
  const release = await holdDirectory(directory);
  try {
    return new DatabaseStore(engine, await open(), release);
  } catch (cause) {
    release();
    throw storageError(`the database in ${directory} could not be opened`, cause);
  }
}
