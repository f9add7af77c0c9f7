import { rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { NetworkError } from "../protocol/errors.js";
import { DelayedSync } from "./delayed-sync.js";
import { holdDirectory } from "./open-guard.js";
import { replacePrivateFile } from "./private-file.js";
import { storageError } from "./storage-error.js";
import type { Family, KeyRange, KeyStore, KeyWrite } from "./types.js";

/** Rows that an iterator fetches at once, off the main thread. */
const FETCH_ROWS = 256;
/** What the write buffers of either database hold at most, and a log beside it. */
const ROOM_BYTES = 32 * 1024 * 1024;

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

/** `storage_locked` where another has it open, `storage_corrupt` where it is damaged or, without `createIfMissing`, lost. */
export type OpenDatabase = (createIfMissing: boolean) => Promise<Database>;

/** The bytes of a Buffer as a plain Uint8Array over the same memory. */
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
  /** Calls into the database under way. It is closed without any: RocksDB takes the whole process down otherwise. */
  #calls = 0;
  #idle: (() => void) | undefined;
  /** New calls wait for it while the database is being closed. */
  #gate: Promise<void> | undefined;
  /** Open iterators: as many as there are readers under way. */
  readonly #rows = new Set<Rows>();

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

  async getMany(family: Family, keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    if (keys.length === 0) return [];
    try {
      const values = await this.#call((database) => database.getMany(family, keys));
      return values.map((value) => value && plainView(value));
    } catch (cause) {
      throw readError(cause);
    }
  }

  async *entries(family: Family, range: KeyRange): AsyncGenerator<readonly [Uint8Array, Uint8Array]> {
    let iterator: Rows | undefined;
    const next = (database: Database): ReturnType<Rows["nextv"]> => {
      if (iterator === undefined) {
        iterator = database.rows(family, range);
        this.#rows.add(iterator);
      }
      return iterator.nextv(FETCH_ROWS);
    };
    try {
      for (;;) {
        const rows = await this.#call(next);
        if (rows.length === 0) return;
        const { prefixBytes } = this.#database;
        for (const [key, value] of rows) yield [plainView(key).subarray(prefixBytes), plainView(value)];
      }
    } catch (cause) {
      throw readError(cause);
    } finally {
      const opened = iterator;
      if (opened !== undefined) {
        await this.#call(() => opened.close());
        this.#rows.delete(opened);
      }
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

  /** What waits for the disk since a failure is brought there by the opening anew. */
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
   * Neither database goes on after a write that failed: the end of its log can't be told. Opening it reads the log back,
   * writes what was acknowledged into tables and begins a new log. Until there is room for that it stays readable.
   */
  async #openAnew(): Promise<void> {
    try {
      await checkRoom(this.#directory);
      await this.#alone(async () => {
        if (this.#closed) return;
        // What failed to write may fail to close; it lets go of its files all the same.
        await this.#database.close().catch(() => undefined);
        this.#database = await this.#open(false);
      });
    } catch (cause) {
      throw storageError("the database could not be opened anew", cause);
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

  /** Does something while no call is under way and no iterator open. */
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

/** Is there room for the log that is read back, and does the disk take a file? */
async function checkRoom(directory: string): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  if (bavail * bsize < ROOM_BYTES) {
    throw new NetworkError("storage_full", `${directory} needs ${ROOM_BYTES} free bytes`);
  }
  const probe = join(directory, "room");
  await replacePrivateFile(probe, new Uint8Array(1));
  await rm(probe);
}

/** Opens a database as a store that is the only one of its directory in this process. */
export async function openDatabaseStore(
  engine: KeyStore["engine"],
  directory: string,
  { createIfMissing }: { readonly createIfMissing: boolean },
  open: OpenDatabase,
): Promise<KeyStore> {
  const release = await holdDirectory(directory);
  try {
    return new DatabaseStore(engine, directory, open, await open(createIfMissing), release);
  } catch (cause) {
    release();
    throw storageError(`the database in ${directory} could not be opened`, cause);
  }
}
