import type { KeptEntry, MemberEntry, StoredEvent, StoreWrite, WindowState } from "../engine/index.js";
import type { Damage } from "./damage.js";
import type { Family } from "./families.js";
import type { Losses } from "./losses.js";

/** One change of one key. */
export type KeyWrite =
  | { readonly op: "put"; readonly family: Family; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly op: "del"; readonly family: Family; readonly key: Uint8Array };

/** A range over one family, ascending unless `reverse`; `limit` entries at most. */
export interface KeyRange {
  readonly gte: Uint8Array;
  readonly lt: Uint8Array;
  readonly limit?: number;
  readonly reverse?: boolean;
}

/**
 * An ordered key-value database with column families. Two implementations: RocksDB, and LevelDB where no RocksDB
 * binary exists. Failures are NetworkErrors of kind `storage`.
 */
export interface KeyStore {
  readonly engine: "rocksdb" | "leveldb";
  /** Hears of each value that is damaged and passed over, whenever it is read. One listener. */
  onDamage(listener: (damage: Damage) => void): void;
  get(family: Family, key: Uint8Array): Promise<Uint8Array | undefined>;
  /** Undefined for what is not there, and for what is damaged. */
  getMany(family: Family, keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]>;
  /** Without the rows that are damaged. */
  entries(family: Family, range: KeyRange): AsyncIterable<readonly [Uint8Array, Uint8Array]>;
  /** Atomic. `sync` waits for the disk; without it the write-ahead log has the batch, synced within a second. */
  write(batch: readonly KeyWrite[], options: { readonly sync: boolean }): Promise<void>;
  /** Copies what can be read into a new database, in the place of this one. Calls wait meanwhile. Needs room for both. */
  repair(): Promise<void>;
  close(): Promise<void>;
}

/** A record as it is stored. */
export interface StoredRecord {
  readonly entry: MemberEntry;
  readonly envelope: Uint8Array;
}

/** The specification's AIStorageProvider, cut to what a fold over records needs. Ids and hashes are lowercase hex. */
export interface RecordStore {
  readonly engine: KeyStore["engine"];
  /** Damaged values met since the start: left out of lists, not there where they are asked for. */
  readonly corruptValues: number;
  /** What they are, and who hears of records and bodies that have to be fetched again. */
  readonly losses: Losses;
  /**
   * One atomic batch, after those before it; the caller bounds how many wait. Errors are of kind `storage` where the disk
   * refuses, `value_out_of_range` where no disk could take it.
   */
  apply(writes: readonly StoreWrite[], options: { readonly sync: boolean }): Promise<void>;
  /** Every member's index entry, by strand and window ascending. For start-up. */
  members(): AsyncIterable<MemberEntry>;
  windows(): AsyncIterable<WindowState>;
  kept(): AsyncIterable<{ readonly entry: KeptEntry; readonly envelope: Uint8Array }>;
  /** All records of one task. */
  taskRecords(taskId: string): Promise<StoredRecord[]>;
  /** Envelopes in the order asked; undefined where there is none. */
  records(ids: readonly string[]): Promise<(Uint8Array | undefined)[]>;
  body(hash: string): Promise<Uint8Array | undefined>;
  hasBody(hash: string): Promise<boolean>;
  /** Every body held, with each task that refers to it. For start-up. */
  bodies(): AsyncIterable<{ readonly hash: string; readonly taskId: string }>;
  /** Events with sequence > `after`, ascending, at most `limit`. */
  events(after: number, limit: number): Promise<StoredEvent[]>;
  /** Sequence of the newest event, damaged or not; 0 for none. */
  newestEvent(): Promise<number>;
  meta(key: string): Promise<Uint8Array | undefined>;
  /** Meta entries whose key begins so; `limit` at most. */
  metaEntries(prefix: string, limit: number): Promise<(readonly [string, Uint8Array])[]>;
  /** Rebuilds the database from what can be read of it. Needs room for both; errors of kind `storage`. */
  repair(): Promise<void>;
  close(): Promise<void>;
}
