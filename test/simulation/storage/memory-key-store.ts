import { NetworkError } from "../../../src/protocol/errors.js";
import { type Damage, DamagedValue, isDamage } from "../../../src/storage/damage.js";
import { SYNC_DELAY_MS } from "../../../src/storage/database/delayed-sync.js";
import type { Family } from "../../../src/storage/families.js";
import { showBytes } from "../../../src/storage/files/index.js";
import { storageError } from "../../../src/storage/storage-error.js";
import type { KeyRange, KeyStore, KeyWrite } from "../../../src/storage/types.js";
import {
  type Counts,
  count,
  type DiskSettings,
  type DiskWork,
  isBroken,
  latencyMs,
} from "../platform/disk-settings.js";
import type { Random } from "../world/random.js";
import type { Life, Schedule, Ticket } from "../world/schedule.js";
import { type KeyContents, keyBytes, keyText } from "./key-contents.js";
import { rebuildContents } from "./rebuild-contents.js";

/** Rows of one page of a range, as in src/storage. */
const PAGE_ROWS = 256;
/** Free bytes without which the real databases do not open again. */
const ROOM_BYTES = 32 * 1024 * 1024;

export interface MemoryKeyStoreOptions {
  readonly contents: KeyContents;
  readonly schedule: Schedule;
  /** The process that uses the store. Calls after its end do nothing. */
  readonly life: Life | undefined;
  readonly random: Random;
  /** Those of the node's disk. */
  readonly settings: DiskSettings;
  readonly counts?: Counts;
}

/**
 * A `KeyStore` in memory that fails as the real ones do: a crash keeps a prefix of the batches, a failed write refuses
 * all writes until the database opens again, unreadable values are skipped and reported. Values are not copied. Unlike
 * the real ones, each page of {@link entries} shows the newest batches.
 */
export class MemoryKeyStore implements KeyStore {
  readonly engine = "rocksdb";
  readonly #contents: KeyContents;
  readonly #schedule: Schedule;
  readonly #life: Life | undefined;
  readonly #random: Random;
  readonly #settings: DiskSettings;
  readonly #counts: Counts;
  #onDamage: (damage: Damage) => void = () => undefined;
  /** Why the last write or sync failed. */
  #failure: NetworkError | undefined;
  #delayed: Ticket | undefined;
  #syncing: Promise<void> = Promise.resolve();
  #opening: Promise<void> | undefined;
  #closed = false;

  constructor({ contents, schedule, life, random, settings, counts = new Map() }: MemoryKeyStoreOptions) {
    this.#contents = contents;
    this.#schedule = schedule;
    this.#life = life;
    this.#random = random;
    this.#settings = settings;
    this.#counts = counts;
  }

  onDamage(listener: (damage: Damage) => void): void {
    this.#onDamage = listener;
  }

  async get(family: Family, key: Uint8Array): Promise<Uint8Array | undefined> {
    const [value] = await this.getMany(family, [key]);
    return value;
  }

  async getMany(family: Family, keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    if (keys.length === 0) return [];
    this.#assertOpen("the database could not be read");
    await this.#wait("read");
    const sorted = this.#contents.families[family];
    const broken = this.#isBroken("read") ? this.#random.below(keys.length) : -1;
    return keys.map((key, at) => {
      const found = sorted.get(keyText(key));
      // The real databases report a sector that can't be read as damage, too.
      const value = at === broken && found !== undefined ? UNREADABLE : found;
      if (!(value instanceof DamagedValue)) return value;
      this.#damaged({ family, key, reason: value.reason });
      return undefined;
    });
  }

  async *entries(family: Family, range: KeyRange): AsyncGenerator<readonly [Uint8Array, Uint8Array]> {
    const { reverse = false } = range;
    let gte = keyText(range.gte);
    let lt = keyText(range.lt);
    let left = range.limit ?? Number.POSITIVE_INFINITY;
    let block: string | undefined;
    while (left > 0) {
      this.#assertOpen("the database could not be read");
      await this.#wait("read");
      const size = Math.min(PAGE_ROWS, left);
      const rows = this.#contents.families[family].rows(gte, lt, size, reverse);
      for (const [key, value] of rows) {
        if (reverse) lt = key;
        else gte = `${key}\0`;
        const reason = value instanceof DamagedValue ? value.reason : undefined;
        // A damaged block is one range of an unknown number of rows.
        if (reason !== undefined && reason !== block) this.#damaged({ family, key: undefined, reason });
        block = reason;
        if (value instanceof DamagedValue) continue;
        left--;
        yield [keyBytes(key), value];
      }
      if (rows.length < size) return;
    }
  }

  async write(batch: readonly KeyWrite[], { sync }: { readonly sync: boolean }): Promise<void> {
    if (batch.length === 0 && !sync) return;
    this.#assertOpen("the database could not be written");
    if (this.#failure !== undefined) {
      this.#opening ??= this.#openAnew().finally(() => {
        this.#opening = undefined;
      });
      await this.#opening;
    }
    await this.#write(batch, sync, "the database could not be written");
    if (!sync) this.#delayed ??= this.#schedule.after(SYNC_DELAY_MS, this.#life, () => this.#syncLater());
  }

  async repair(): Promise<void> {
    this.#assertOpen("the database could not be rebuilt");
    this.#assertRoom(this.#contents.bytes);
    await this.#rebuild();
  }

  /** Syncs what is not synced. Rejects with the failure of the last write. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#delayed !== undefined) {
      this.#schedule.cancel(this.#delayed);
      this.#syncLater();
    }
    await this.#syncing;
    await this.#wait("write");
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #write(batch: readonly KeyWrite[], sync: boolean, action: string): Promise<void> {
    if (this.#life?.alive === false) return new Promise(() => undefined);
    const work = sync ? "sync" : "write";
    const refusal = this.#refusal(batch, work);
    if (refusal !== undefined) {
      await this.#wait(work);
      this.#failure = storageError(action, refusal);
      throw this.#failure;
    }
    const before = this.#contents.bytes;
    const number = this.#contents.write(batch);
    this.#settings.freeBytes -= this.#contents.bytes - before;
    await this.#wait(work);
    if (sync) this.#contents.sync(number);
    else this.#contents.acknowledge(number);
  }

  /** The database's error, if it does not take a batch. */
  #refusal(batch: readonly KeyWrite[], work: DiskWork): Error | undefined {
    const { freeBytes, compaction } = this.#settings;
    let needed = 1;
    for (const write of batch) if (write.op === "put") needed += write.key.length + write.value.length;
    if (freeBytes < needed) {
      count(this.#counts, "database full");
      return new Error("IO error: No space left on device: While appending to file: db/5.log");
    }
    if (this.#isBroken(work)) {
      this.#contents.doubt(batch);
      return new Error("IO error: Input/output error: While fdatasync: db/5.log");
    }
    if (!this.#contents.hasDamage || !this.#random.chance(compaction)) return undefined;
    count(this.#counts, "compaction of damage");
    const message = "Corruption: block checksum mismatch in db/9.sst";
    return Object.assign(new Error(message), { code: "LEVEL_CORRUPTION" });
  }

  #syncLater(): void {
    this.#delayed = undefined;
    this.#syncing = this.#syncing.then(() => this.#sync());
  }

  async #sync(): Promise<void> {
    if (this.#failure !== undefined) return;
    // The next write meets the failure.
    await this.#write([], true, "the write-ahead log could not be synced").catch(() => undefined);
  }

  /** Opens the database again after a failed write. That syncs the batches of the log. */
  async #openAnew(): Promise<void> {
    const isDamaged = this.#failure !== undefined && isDamage(this.#failure);
    this.#assertRoom(isDamaged ? this.#contents.bytes : 0);
    await this.#wait("sync");
    if (this.#isBroken("sync")) {
      throw storageError("the database could not be reopened", new Error("IO error: Input/output error: While open"));
    }
    count(this.#counts, "database reopened");
    this.#contents.reopen(this.#random);
    if (isDamaged) await this.#rebuild();
    this.#failure = undefined;
  }

  async #rebuild(): Promise<void> {
    await this.#wait("sync");
    count(this.#counts, "database rebuilt");
    const before = this.#contents.bytes;
    rebuildContents(this.#contents, (damage) => this.#damaged(damage));
    this.#settings.freeBytes -= this.#contents.bytes - before;
    this.#failure = undefined;
  }

  #assertRoom(copyBytes: number): void {
    const { freeBytes } = this.#settings;
    const needed = ROOM_BYTES + copyBytes;
    if (freeBytes >= needed) return;
    throw new NetworkError(
      "storage_full",
      `the database needs ${showBytes(needed)} free on its file system, which has ${showBytes(Math.max(0, freeBytes))}`,
    );
  }

  #assertOpen(action: string): void {
    if (this.#closed) throw storageError(action, new Error("Database is not open"));
  }

  #damaged(damage: Damage): void {
    count(this.#counts, "damage found");
    this.#onDamage(damage);
  }

  #isBroken(work: DiskWork): boolean {
    return isBroken(this.#settings, work, this.#random, this.#counts);
  }

  /** Does not resolve after the end of the life. */
  #wait(work: DiskWork): Promise<void> {
    const delayMs = latencyMs(this.#settings, work, this.#random, this.#counts);
    return new Promise((resolve) => this.#schedule.after(delayMs, this.#life, resolve));
  }
}

const UNREADABLE = new DamagedValue("IO error: Input/output error: While pread: db/9.sst");
