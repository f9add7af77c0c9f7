import { NetworkError } from "../../protocol/errors.js";
import { type Damage, DamagedValue, type Found, isDamage } from "../damage.js";
import type { Family } from "../families.js";
import { holdDirectory } from "../files/index.js";
import { storageError } from "../storage-error.js";
import type { KeyRange, KeyStore, KeyWrite } from "../types.js";
import type { Database, OpenDatabase } from "./database.js";
import { checkRoom } from "./database-room.js";
import { DelayedSync } from "./delayed-sync.js";
import { RangeReader } from "./range-reader.js";
import { bytesToCopy, copyDatabase, exchangeDatabase, resumeRebuild } from "./rebuild.js";

/** A Buffer as a plain Uint8Array over the same memory. */
function plainView(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function readError(cause: unknown): NetworkError {
  return storageError("the database could not be read", cause);
}

class DatabaseStore implements KeyStore {
  readonly engine: KeyStore["engine"];
  readonly #directory: string;
  readonly #open: OpenDatabase;
  readonly #release: () => void;
  readonly #delayed = new DelayedSync(() => this.#sync());
  #database: Database;
  /** Why the last write or sync failed. */
  #failure: NetworkError | undefined;
  #closed = false;
  /** Running calls into the database. RocksDB ends the process if it is closed during a call. */
  #calls = 0;
  #idle: (() => void) | undefined;
  /** New calls wait for this while the database is being closed. */
  #gate: Promise<void> | undefined;
  /** Open iterators, one for each running reader. */
  readonly #rows = new Set<RangeReader>();
  #onDamage: (damage: Damage) => void = () => undefined;

  constructor(
    engine: KeyStore["engine"],
    directory: string,
    open: OpenDatabase,
    database: Database,
    release: () => void,
  ) {
    this.engine = engine;
    this.#directory = directory;
    this.#open = open;
    this.#database = database;
    this.#release = release;
  }

  async get(family: Family, key: Uint8Array): Promise<Uint8Array | undefined> {
    const [value] = await this.getMany(family, [key]);
    return value;
  }

  onDamage(listener: (damage: Damage) => void): void {
    this.#onDamage = listener;
  }

  async getMany(family: Family, keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    if (keys.length === 0) return [];
    let found: readonly Found[];
    try {
      found = await this.#call((database) => database.getMany(family, keys));
    } catch (cause) {
      throw readError(cause);
    }
    return found.map((value, at) => {
      if (!(value instanceof DamagedValue)) return value && plainView(value);
      this.#onDamage({ family, key: keys[at], reason: value.reason });
      return undefined;
    });
  }

  async *entries(family: Family, range: KeyRange): AsyncGenerator<readonly [Uint8Array, Uint8Array]> {
    const reader = new RangeReader(range, (reason) => this.#onDamage({ family, key: undefined, reason }));
    this.#rows.add(reader);
    try {
      for (;;) {
        const rows = await this.#call((database) => reader.next((part) => database.rows(family, part)));
        if (rows.length === 0) return;
        for (const [key, value] of rows) yield [plainView(key), plainView(value)];
      }
    } catch (cause) {
      throw readError(cause);
    } finally {
      await this.#call(() => reader.close());
      this.#rows.delete(reader);
    }
  }

  async write(batch: readonly KeyWrite[], { sync }: { readonly sync: boolean }): Promise<void> {
    if (batch.length === 0 && !sync) return;
    if (this.#failure !== undefined) await this.#openAnew();
    try {
      await this.#call((database) => database.write(batch, sync));
    } catch (cause) {
      throw this.#failed("the database could not be written", cause);
    }
    if (!sync) this.#delayed.wrote();
  }

  /** Rebuilds the database. Errors are those of {@link write}; after an error the damage remains. */
  async repair(): Promise<void> {
    try {
      await checkRoom(this.#directory, await bytesToCopy(this.#directory));
      await this.#alone(() => this.#rebuild());
    } catch (cause) {
      throw storageError("the database could not be rebuilt", cause);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#delayed.stop();
    try {
      await this.#alone(() => this.#database.close());
    } catch (cause) {
      throw this.#failure ?? storageError("the database could not be closed", cause);
    } finally {
      this.#release();
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** After a failed write, the reopening brings the unsynced writes to the disk. */
  async #sync(): Promise<void> {
    if (this.#failure !== undefined) return;
    try {
      await this.#call((database) => database.write([], true));
    } catch (cause) {
      this.#failed("the write-ahead log could not be synced", cause);
    }
  }

  #failed(action: string, cause: unknown): NetworkError {
    this.#failure = storageError(action, cause);
    return this.#failure;
  }

  /**
   * Neither database accepts writes after a failed one, since the end of its log is unknown. Reopening replays the log,
   * writes the acknowledged batches into tables and begins a new log. Until there is space for that, the database stays
   * readable.
   */
  async #openAnew(): Promise<void> {
    try {
      await this.#alone(async () => {
        if (this.#closed) return;
        const damaged = this.#failure !== undefined && isDamage(this.#failure);
        await resumeRebuild(this.#directory);
        // A copy that does not fit would fill the disk at each attempt.
        await checkRoom(this.#directory, damaged ? await bytesToCopy(this.#directory) : 0);
        // The close may fail after a failed write. It releases the files anyway.
        await this.#database.close().catch(() => undefined);
        this.#database = await this.#open(this.#directory, false);
        // A compaction has met a damaged table. Without a rebuild the next compaction meets it too and all writes are
        // refused again.
        if (damaged) await this.#rebuild();
      });
    } catch (cause) {
      throw storageError("the database could not be reopened", cause);
    }
    this.#failure = undefined;
  }

  /** Rebuilds the database while no other call runs. */
  async #rebuild(): Promise<void> {
    if (this.#closed) return;
    await copyDatabase(this.#directory, this.#open, this.#database, this.#onDamage);
    // The close of a damaged database may fail. It releases the files anyway.
    await this.#database.close().catch(() => undefined);
    try {
      await exchangeDatabase(this.#directory);
      this.#database = await this.#open(this.#directory, false);
    } catch (cause) {
      // The next write opens the database again.
      throw this.#failed("the rebuilt database could not be opened", cause);
    }
    this.#failure = undefined;
  }

  async #call<T>(work: (database: Database) => Promise<T>): Promise<T> {
    while (this.#gate !== undefined) await this.#gate;
    this.#calls++;
    try {
      return await work(this.#database);
    } finally {
      this.#calls--;
      if (this.#calls === 0) this.#idle?.();
    }
  }

  /** Runs `work` without other calls and without open iterators. */
  async #alone(work: () => Promise<void>): Promise<void> {
    while (this.#gate !== undefined) await this.#gate;
    let done = (): void => undefined;
    this.#gate = new Promise((resolve) => {
      done = resolve;
    });
    try {
      if (this.#calls > 0) {
        await new Promise<void>((resolve) => {
          this.#idle = resolve;
        });
      }
      for (const rows of this.#rows) await rows.close();
      await work();
    } finally {
      this.#idle = undefined;
      this.#gate = undefined;
      done();
    }
  }
}

/** Opens a database as the only store of its directory in this process. */
export async function openDatabaseStore(
  engine: KeyStore["engine"],
  directory: string,
  { createIfMissing }: { readonly createIfMissing: boolean },
  open: OpenDatabase,
): Promise<KeyStore> {
  const release = await holdDirectory(directory).catch((cause: unknown) => {
    throw storageError(`the database in ${directory} could not be opened`, cause);
  });
  try {
    return new DatabaseStore(engine, directory, open, await open(directory, createIfMissing), release);
  } catch (cause) {
    release();
    const error = storageError(`the database in ${directory} could not be opened`, cause);
    // A missing file that the database names is damage, whatever the database reports.
    if (error.code !== "storage_failed" || !/no such file/i.test(error.message)) throw error;
    throw new NetworkError("storage_corrupt", error.message, { cause });
  }
}
