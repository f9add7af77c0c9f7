import { join, resolve } from "node:path";
import type { KeptEntry, StoredEvent, StoreWrite, WindowState } from "../../engine/index.js";
import { NetworkError } from "../../protocol/errors.js";
import { type DataDirectoryOptions, dataPath, inUse } from "../directory/index.js";
import { readHolder } from "../files/index.js";
import { type RecordRef, taskOfCheckpoint } from "../keys.js";
import { Losses } from "../losses.js";
import { decodeRecord, packWrites } from "../records/index.js";
import type { KeyStore, RecordStore, StoredCheckpoint, StoredRecord } from "../types.js";
import {
  type CallName,
  type Calls,
  type ListName,
  type LossNotice,
  type OpenedDirectory,
  type PackedValues,
  type Row,
  unpackValues,
  viewsOf,
} from "./messages.js";
import { ThreadCalls } from "./thread-calls.js";

/** Least time between two starts of the thread, so that a thread that can't run is not started for each call. */
const RESTART_MS = 1000;

/**
 * Data directories that this process has open. The set of `files/open-guard.ts` belongs to one thread, and each
 * database has a thread of its own.
 */
const openHere = new Set<string>();

/** A data directory whose database a thread of its own reads and writes. */
export interface ThreadDirectory extends OpenedDirectory {
  readonly store: ThreadStore;
  /** Closes the database and ends the thread. */
  close(): Promise<void>;
}

/**
 * The records of one data directory. A thread owns its database: it makes keys and values, writes, syncs and reads.
 * The main thread packs each batch into one buffer, which it gives away.
 *
 * If the thread ends unasked, its calls reject with `storage_failed`. The next call after {@link RESTART_MS} starts a
 * new thread, which opens the database again: no acknowledged write is lost.
 */
export class ThreadStore implements RecordStore {
  readonly losses = new Losses();
  readonly #options: DataDirectoryOptions;
  readonly #held: string;
  #engine: KeyStore["engine"] = "rocksdb";
  #calls: ThreadCalls;
  #startedMs = performance.now();
  #opening: Promise<OpenedDirectory>;
  #closing: Promise<void> | undefined;

  private constructor(options: DataDirectoryOptions, held: string) {
    this.#options = options;
    this.#held = held;
    this.#calls = this.#newCalls();
    this.#opening = this.#open();
  }

  /** Errors are those of `openDataDirectory`. */
  static async open(options: DataDirectoryOptions): Promise<ThreadDirectory> {
    const path = dataPath(options.dir, options.network);
    const held = resolve(path);
    if (openHere.has(held)) throw inUse(path, await readHolder(join(path, "lock")));
    openHere.add(held);
    const store = new ThreadStore(options, held);
    try {
      const opened = await store.#opening;
      return { ...opened, store, close: () => store.close() };
    } catch (error) {
      openHere.delete(held);
      throw error;
    }
  }

  get engine(): KeyStore["engine"] {
    return this.#engine;
  }

  get corruptValues(): number {
    return this.losses.count;
  }

  async apply(writes: readonly StoreWrite[], { sync }: { readonly sync: boolean }): Promise<void> {
    const packed = packWrites(writes);
    await this.#call("apply", { packed, sync }, [packed.buffer]);
    this.losses.stored(writes);
  }

  async *members(): AsyncGenerator<StoredRecord> {
    for await (const page of this.#pages("members")) yield* this.#decoded(page);
  }

  async *checkpoints(): AsyncGenerator<StoredCheckpoint> {
    for await (const page of this.#pages("checkpoints")) {
      const rows = viewsOf(page);
      for (let at = 0; at + 1 < rows.length; at += 2) {
        const [key, bytes] = [rows[at], rows[at + 1]];
        const taskId = key === undefined ? undefined : taskOfCheckpoint(key);
        if (taskId === undefined || bytes === undefined) this.losses.undecodable("a checkpoint");
        else yield { taskId, bytes };
      }
    }
  }

  /** Keys and values, page by page. */
  async *#pages(list: "members" | "checkpoints"): AsyncGenerator<PackedValues> {
    const reading = await this.#call(list, undefined);
    let next: Promise<PackedValues> | undefined = this.#page(reading);
    try {
      while (next !== undefined) {
        const page: PackedValues = await next;
        // The thread reads the next page while the caller takes this one.
        next = page.lengths.length === 0 ? undefined : this.#page(reading);
        yield page;
      }
    } finally {
      if (next !== undefined) {
        await next.catch(() => undefined);
        await this.#call("leave", reading).catch(() => undefined);
      }
    }
  }

  names(): AsyncGenerator<RecordRef> {
    return this.#list("names");
  }

  windows(): AsyncGenerator<WindowState> {
    return this.#list("windows");
  }

  kept(): AsyncGenerator<{ readonly entry: KeptEntry; readonly envelope: Uint8Array }> {
    return this.#list("kept");
  }

  bodies(): AsyncGenerator<{ readonly hash: string; readonly taskId: string }> {
    return this.#list("bodies");
  }

  async taskRecords(taskId: string): Promise<StoredRecord[]> {
    return this.#decoded(await this.#call("task", taskId));
  }

  async records(refs: readonly RecordRef[]): Promise<(Uint8Array | undefined)[]> {
    const names = refs.map(({ id, taskId }) => ({ id, taskId }));
    return unpackValues(await this.#call("records", names));
  }

  async body(hash: string): Promise<Uint8Array | undefined> {
    return unpackValues(await this.#call("body", hash))[0];
  }

  hasBody(hash: string): Promise<boolean> {
    return this.#call("hasBody", hash);
  }

  events(after: number, limit: number): Promise<StoredEvent[]> {
    return this.#call("events", { after, limit });
  }

  newestEvent(): Promise<number> {
    return this.#call("newestEvent", undefined);
  }

  async meta(key: string): Promise<Uint8Array | undefined> {
    return unpackValues(await this.#call("meta", key))[0];
  }

  async metaEntries(prefix: string, limit: number): Promise<(readonly [string, Uint8Array])[]> {
    const { keys, values } = await this.#call("metaEntries", { prefix, limit });
    const unpacked = unpackValues(values);
    return keys.flatMap((key, at): (readonly [string, Uint8Array])[] => {
      const value = unpacked[at];
      return value === undefined ? [] : [[key, value]];
    });
  }

  async repair(): Promise<void> {
    await this.#call("repair", undefined);
    this.losses.repaired();
  }

  /** Closes the database and ends the thread. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    try {
      // After the end of the thread the database is closed already.
      if (this.#calls.ended) return;
      await this.#opening;
      await this.#calls.call("close", undefined);
    } finally {
      await this.#calls.terminate();
      openHere.delete(this.#held);
    }
  }

  #page(reading: number): Promise<PackedValues> {
    return this.#call("rowPage", reading);
  }

  /** Keys and values in turn. */
  #decoded(packed: PackedValues): StoredRecord[] {
    const rows = unpackValues(packed);
    const records: StoredRecord[] = [];
    for (let at = 0; at + 1 < rows.length; at += 2) {
      const [key, value] = [rows[at], rows[at + 1]];
      const record = key === undefined || value === undefined ? undefined : decodeRecord(key, value);
      if (record === undefined) this.losses.undecodable("a record");
      else records.push(record);
    }
    return records;
  }

  async *#list<N extends ListName>(name: N): AsyncGenerator<Row<N>> {
    const reading = await this.#call("list", name);
    let ended = false;
    try {
      for (;;) {
        const rows = await this.#call("page", reading);
        ended = rows.length === 0;
        if (ended) return;
        // The list of this name has rows of its kind.
        for (const row of rows) yield row as Row<N>;
      }
    } finally {
      if (!ended) await this.#call("leave", reading).catch(() => undefined);
    }
  }

  async #call<N extends CallName>(
    call: N,
    input: Calls[N]["in"],
    transfer: ArrayBuffer[] = [],
  ): Promise<Calls[N]["out"]> {
    if (this.#closing !== undefined) throw new NetworkError("storage_failed", "the database is not open");
    if (this.#calls.ended && performance.now() - this.#startedMs >= RESTART_MS) {
      this.#calls = this.#newCalls();
      this.#opening = this.#open();
    }
    await this.#opening;
    return this.#calls.call(call, input, transfer);
  }

  #newCalls(): ThreadCalls {
    this.#startedMs = performance.now();
    return new ThreadCalls((notice) => this.#lost(notice));
  }

  async #open(): Promise<OpenedDirectory> {
    const calls = this.#calls;
    const opened = await calls.call("open", this.#options).catch(async (error: unknown) => {
      // The next call tries again with a new thread.
      await calls.terminate();
      throw error;
    });
    this.#engine = opened.format.engine;
    for (const reason of opened.damage) this.losses.file(reason);
    return opened;
  }

  #lost(notice: LossNotice): void {
    switch (notice.loss) {
      case "damaged":
        this.losses.damaged(notice.damage);
        return;
      case "missing":
        this.losses.missing(notice.id, notice.reason);
        return;
      case "undecodable":
        this.losses.undecodable(notice.what);
        return;
    }
  }
}
