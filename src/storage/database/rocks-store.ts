import type { RocksBatch, RocksColumn, RocksColumnOptions, RocksLevel } from "@nxtedition/rocksdb";
import { NetworkError } from "../../protocol/errors.js";
import { DamagedValue, type Found, isDamage } from "../damage.js";
import type { Family } from "../families.js";
import { rootMessage } from "../storage-error.js";
import type { KeyRange, KeyWrite } from "../types.js";
import type { Database, OpenDatabase } from "./database.js";
import type { Rows } from "./range-reader.js";

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

/** A value; null if the read was aborted. */
type Read = Uint8Array | null | undefined;

function answered(read: Read): Uint8Array | undefined {
  if (read === null) throw new Error("the read was aborted");
  return read;
}

/** The binding's synchronous calls do not check it, and a call into a closed database ends the process. */
function assertOpen(level: RocksLevel): void {
  if (level.status !== "open") throw new Error("Database is not open");
}

/** Point reads and writes run on the calling thread: that of the database, or of a command that has no other work. */
class RocksDatabase implements Database {
  readonly #level: RocksLevel;
  readonly #columns: Columns;
  /** Used by each write in turn: the binding keeps every batch that it makes until the database is closed. */
  readonly #operations: RocksBatch;

  constructor(level: RocksLevel) {
    this.#level = level;
    this.#columns = familiesOf(level);
    this.#operations = level._chainedBatch();
  }

  /** The binding's asynchronous read never calls back for a damaged value, and its error ends the process. */
  async getMany(family: Family, keys: readonly Uint8Array[]): Promise<Found[]> {
    const column = this.#columns[family];
    assertOpen(this.#level);
    let found: readonly Read[];
    try {
      found = this.#level._getManySync(keys, { column, ...BYTES });
    } catch (cause) {
      if (!isDamage(cause)) throw cause;
      // One of the values can't be read: read each value separately.
      return keys.map((key) => this.#get(column, key));
    }
    return found.map(answered);
  }

  rows(family: Family, { gte, lt, limit = -1, reverse = false }: KeyRange): Rows {
    return this.#level.iterator({ ...BYTES, column: this.#columns[family], gte, lt, limit, reverse });
  }

  /** `batch` of the binding would copy each operation. */
  async write(batch: readonly KeyWrite[], sync: boolean): Promise<void> {
    assertOpen(this.#level);
    const operations = this.#operations;
    try {
      for (const write of batch) {
        const options = { column: this.#columns[write.family] };
        if (write.op === "put") operations._put(write.key, write.value, options);
        else operations._del(write.key, options);
      }
      // A sync needs at least one operation.
      if (sync) operations._put(MARK.key, MARK.value, { column: this.#columns.default });
      operations._writeSync({ sync });
    } finally {
      operations._clear();
    }
  }

  async close(): Promise<void> {
    await this.#level.close();
  }

  #get(column: RocksColumn, key: Uint8Array): Found {
    try {
      return answered(this.#level._getManySync([key], { column, ...BYTES })[0]);
    } catch (cause) {
      if (isDamage(cause)) return new DamagedValue(rootMessage(cause));
      throw cause;
    }
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
