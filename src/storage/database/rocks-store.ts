import type { RocksBatch, RocksColumn, RocksColumnOptions, RocksLevel } from "@nxtedition/rocksdb";
import type { Found } from "../damage.js";
import type { Family } from "../families.js";
import type { KeyRange, KeyWrite } from "../types.js";
import type { Database, OpenDatabase } from "./database.js";
import { MARK, prefixed, withoutPrefix } from "./one-family.js";
import type { Rows } from "./range-reader.js";
import { assertOpen, BYTES, columnOf, readMany } from "./rocks-calls.js";

const MIB = 1024 * 1024;
/** Flush and compaction threads: the program shares its machine with a daemon. */
const PARALLELISM = 2;

/**
 * One family: RocksDB keeps a log while any family has unwritten values in it, so families of little traffic made the
 * log grow to its limit, four times all write buffers (some 430 MB), which the binding fixes. With one family a log
 * ends when its write buffer is in a table. A write buffer is a quarter of the budget; writers wait when six are full,
 * so the logs have at most 48 MiB.
 */
const COLUMN: RocksColumnOptions = { compaction: "level", memtableMemoryBudget: 32 * MIB, cacheSize: 20 * MIB };

/** Point reads and writes run on the calling thread: that of the database, or of a command that has no other work. */
class RocksDatabase implements Database {
  readonly #level: RocksLevel;
  readonly #column: RocksColumn;
  /** Used by each write in turn: the binding keeps every batch that it makes until the database is closed. */
  readonly #operations: RocksBatch;

  constructor(level: RocksLevel) {
    this.#level = level;
    this.#column = columnOf(level, "default");
    this.#operations = level._chainedBatch();
  }

  async getMany(family: Family, keys: readonly Uint8Array[]): Promise<Found[]> {
    return readMany(
      this.#level,
      this.#column,
      keys.map((key) => prefixed(family, key)),
    );
  }

  rows(family: Family, { gte, lt, limit = -1, reverse = false }: KeyRange): Rows {
    const bounds = { gte: prefixed(family, gte), lt: prefixed(family, lt) };
    return withoutPrefix(this.#level.iterator({ ...BYTES, column: this.#column, ...bounds, limit, reverse }));
  }

  /** `batch` of the binding would copy each operation. */
  async write(batch: readonly KeyWrite[], sync: boolean): Promise<void> {
    assertOpen(this.#level);
    const operations = this.#operations;
    try {
      const options = { column: this.#column };
      for (const write of batch) {
        const key = prefixed(write.family, write.key);
        if (write.op === "put") operations._put(key, write.value, options);
        else operations._del(key, options);
      }
      // A sync needs at least one operation.
      if (sync) operations._put(MARK.key, MARK.value, options);
      operations._writeSync({ sync });
    } finally {
      operations._clear();
    }
  }

  async close(): Promise<void> {
    await this.#level.close();
  }
}

/** Loads the binding. Rejects if there is no binary for this platform. */
export async function loadRocks(): Promise<void> {
  await import("@nxtedition/rocksdb");
}

export const openRocksDatabase: OpenDatabase = async (directory, createIfMissing) => {
  const { RocksLevel } = await import("@nxtedition/rocksdb");
  const level = new RocksLevel(directory, BYTES);
  await level.open({ createIfMissing, parallelism: PARALLELISM, walCompression: false, columns: { default: COLUMN } });
  return new RocksDatabase(level);
};
