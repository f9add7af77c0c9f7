import type { RocksColumnOptions, RocksLevel } from "@nxtedition/rocksdb";
import type { Found } from "../damage.js";
import { FAMILIES, type Family } from "../families.js";
import type { KeyRange } from "../types.js";
import type { Rows } from "./range-reader.js";
import { BYTES, columnOf, readMany } from "./rocks-calls.js";

/** Small: the database is read once. */
const COLUMN: RocksColumnOptions = {
  compaction: "level",
  memtableMemoryBudget: 4 * 1024 * 1024,
  cacheSize: 1024 * 1024,
};

/** A database that is read only. */
export interface ReadDatabase {
  getMany(family: Family, keys: readonly Uint8Array[]): Promise<readonly Found[]>;
  rows(family: Family, range: KeyRange): Rows;
  close(): Promise<void>;
}

class RocksFamilies implements ReadDatabase {
  readonly #level: RocksLevel;

  constructor(level: RocksLevel) {
    this.#level = level;
  }

  async getMany(family: Family, keys: readonly Uint8Array[]): Promise<Found[]> {
    return readMany(this.#level, columnOf(this.#level, family), keys);
  }

  rows(family: Family, { gte, lt, limit = -1, reverse = false }: KeyRange): Rows {
    return this.#level.iterator({ ...BYTES, column: columnOf(this.#level, family), gte, lt, limit, reverse });
  }

  close(): Promise<void> {
    return this.#level.close();
  }
}

/** Opens a RocksDB database of version 1, which has a column family for each family. */
export async function openRocksFamilies(directory: string): Promise<ReadDatabase> {
  const { RocksLevel } = await import("@nxtedition/rocksdb");
  const level = new RocksLevel(directory, BYTES);
  const columns = Object.fromEntries([...FAMILIES, "default"].map((name) => [name, COLUMN]));
  await level.open({ createIfMissing: false, parallelism: 1, walCompression: false, columns });
  return new RocksFamilies(level);
}
