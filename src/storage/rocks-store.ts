import type { RocksColumn, RocksColumnOptions, RocksLevel, RocksOperation } from "@nxtedition/rocksdb";
import { NetworkError } from "../protocol/errors.js";
import { DelayedSync } from "./delayed-sync.js";
import { holdDirectory } from "./open-guard.js";
import { plainView } from "./plain-view.js";
import { storageError } from "./storage-error.js";
import type { Family, KeyRange, KeyStore, KeyWrite } from "./types.js";

const MIB = 1024 * 1024;
/** Rows that an iterator fetches at once, off the main thread. */
const FETCH_ROWS = 256;
/** Flush and compaction threads: the program shares its machine with a daemon. */
const PARALLELISM = 2;

/** A write buffer is a quarter of the budget; the library's own default would take 270 MB a node. */
function column(budgetMib: number, cacheMib: number): RocksColumnOptions {
  return { compaction: "level", memtableMemoryBudget: budgetMib * MIB, cacheSize: cacheMib * MIB };
}

const COLUMNS: Readonly<Record<Family | "default", RocksColumnOptions>> = {
  records: column(16, 8),
  bodies: column(32, 2),
  derived: column(16, 8),
  meta: column(4, 1),
  default: column(4, 1),
};

type Columns = Readonly<Record<Family | "default", RocksColumn>>;

/** The only key of the default family. */
const MARK = { key: Uint8Array.of(0), value: new Uint8Array(0) };

const BYTES = { keyEncoding: "buffer", valueEncoding: "buffer" } as const;

class RocksStore implements KeyStore {
  readonly engine = "rocksdb";
  readonly #database: RocksLevel;
  readonly #release: () => void;
  readonly #columns: Columns;
  readonly #delayed: DelayedSync;

  constructor(database: RocksLevel, columns: Columns, release: () => void) {
    this.#database = database;
    this.#release = release;
    this.#columns = columns;
    this.#delayed = new DelayedSync(() => this.#batch([], true));
  }

  async get(family: Family, key: Uint8Array): Promise<Uint8Array | undefined> {
    const [value] = await this.getMany(family, [key]);
    return value;
  }

  async getMany(family: Family, keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    if (keys.length === 0) return [];
    try {
      const values = await this.#database.getMany([...keys], { ...BYTES, column: this.#columns[family] });
      return values.map((value) => value && plainView(value));
    } catch (cause) {
      throw storageError("the database could not be read", cause);
    }
  }

  async *entries(family: Family, range: KeyRange): AsyncGenerator<readonly [Uint8Array, Uint8Array]> {
    const { gte, lt, limit = -1 } = range;
    const iterator = this.#database.iterator({ ...BYTES, column: this.#columns[family], gte, lt, limit });
    try {
      for (;;) {
        const rows = await iterator.nextv(FETCH_ROWS).catch((cause: unknown) => {
          throw storageError("the database could not be read", cause);
        });
        if (rows.length === 0) return;
        for (const [key, value] of rows) yield [plainView(key), plainView(value)];
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
    const operations = batch.map((write): RocksOperation => {
      const family = this.#columns[write.family];
      return write.op === "put"
        ? { type: "put", key: write.key, value: write.value, column: family }
        : { type: "del", key: write.key, column: family };
    });
    // A sync needs something to carry it.
    if (sync) operations.push({ type: "put", ...MARK, column: this.#columns.default });
    await this.#database.batch(operations, { sync });
  }
}

/** Loads the binding: rejects where no binary exists for this platform. */
export async function loadRocks(): Promise<void> {
  await import("@nxtedition/rocksdb");
}

/**
 * Opens the RocksDB database in `directory`. `storage_locked` if another has it open, `storage_corrupt` if it is damaged
 * or, without `createIfMissing`, not there.
 */
export async function openRocksStore(
  directory: string,
  options: { readonly createIfMissing: boolean },
): Promise<KeyStore> {
  const { RocksLevel } = await import("@nxtedition/rocksdb");
  const release = await holdDirectory(directory);
  try {
    const database = new RocksLevel(directory, BYTES);
    const { createIfMissing } = options;
    await database.open({ createIfMissing, parallelism: PARALLELISM, walCompression: false, columns: COLUMNS });
    return new RocksStore(database, familiesOf(database), release);
  } catch (cause) {
    release();
    throw storageError(`the database in ${directory} could not be opened`, cause);
  }
}

function familiesOf(database: RocksLevel): Columns {
  const handle = (family: keyof Columns): RocksColumn => {
    const found = database.columns[family];
    if (found === undefined) throw new NetworkError("storage_corrupt", `column family ${family} is missing`);
    return found;
  };
  return {
    records: handle("records"),
    bodies: handle("bodies"),
    derived: handle("derived"),
    meta: handle("meta"),
    default: handle("default"),
  };
}
