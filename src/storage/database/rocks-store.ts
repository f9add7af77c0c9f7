import type { RocksColumn, RocksColumnOptions, RocksLevel, RocksOperation } from "@nxtedition/rocksdb";
import { NetworkError } from "../../protocol/errors.js";
import type { Found } from "../damage.js";
import type { Family } from "../families.js";
import type { KeyRange, KeyWrite } from "../types.js";
import type { Database, OpenDatabase } from "./database.js";
import type { Rows } from "./range-reader.js";
import { RocksReader } from "./rocks-reader.js";

const MIB = 1024 * 1024;
/** Flush and compaction threads: the program shares its machine with a daemon. */
const PARALLELISM = 2;

/** A write buffer is a quarter of the budget. The library's default would take 270 MB a node. */
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

class RocksDatabase implements Database {
  readonly #level: RocksLevel;
  readonly #columns: Columns;
  readonly #reader: RocksReader;

  constructor(level: RocksLevel) {
    this.#level = level;
    this.#columns = familiesOf(level);
    this.#reader = new RocksReader(level.handle);
  }

  getMany(family: Family, keys: readonly Uint8Array[]): Promise<Found[]> {
    return this.#reader.read(family, keys);
  }

  rows(family: Family, { gte, lt, limit = -1, reverse = false }: KeyRange): Rows {
    return this.#level.iterator({ ...BYTES, column: this.#columns[family], gte, lt, limit, reverse });
  }

  async write(batch: readonly KeyWrite[], sync: boolean): Promise<void> {
    const operations = batch.map((write): RocksOperation => {
      const family = this.#columns[write.family];
      return write.op === "put"
        ? { type: "put", key: write.key, value: write.value, column: family }
        : { type: "del", key: write.key, column: family };
    });
    // A sync needs at least one operation.
    if (sync) operations.push({ type: "put", ...MARK, column: this.#columns.default });
    await this.#level.batch(operations, { sync });
  }

  async close(): Promise<void> {
    await this.#reader.close();
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
  await level.open({ createIfMissing, parallelism: PARALLELISM, walCompression: false, columns: COLUMNS });
  return new RocksDatabase(level);
};

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
