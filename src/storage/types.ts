import type { KeptEntry, MemberEntry, StoredEvent, StoreWrite, WindowState } from "../engine/index.js";
import type { Damage } from "./damage.js";
import type { Family } from "./families.js";
import type { RecordRef } from "./keys.js";
import type { Losses } from "./losses.js";

/** One change of one key. */
export type KeyWrite =
  | { readonly op: "put"; readonly family: Family; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly op: "del"; readonly family: Family; readonly key: Uint8Array };

/** A range of one family, ascending unless `reverse`, with at most `limit` entries. */
export interface KeyRange {
  readonly gte: Uint8Array;
  readonly lt: Uint8Array;
  readonly limit?: number;
  readonly reverse?: boolean;
}

/**
 * An ordered key-value database with column families. Two implementations: RocksDB, and LevelDB if RocksDB does not
 * load. Failures are NetworkErrors of kind `storage`.
 */
export interface KeyStore {
  readonly engine: "rocksdb" | "leveldb";
  /** Sets the one listener. It gets each damaged value that a read skips. */
  onDamage(listener: (damage: Damage) => void): void;
  get(family: Family, key: Uint8Array): Promise<Uint8Array | undefined>;
  /** Undefined for missing and for damaged values. */
  getMany(family: Family, keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]>;
  /** Skips damaged rows. */
  entries(family: Family, range: KeyRange): AsyncIterable<readonly [Uint8Array, Uint8Array]>;
  /** Atomic. `sync` waits for the disk; without it the write-ahead log has the batch and is synced within a second. */
  write(batch: readonly KeyWrite[], options: { readonly sync: boolean }): Promise<void>;
  /** Copies all readable values into a new database that replaces this one. Calls wait. Needs space for both. */
  repair(): Promise<void>;
  close(): Promise<void>;
}

/** A stored record. */
export interface StoredRecord {
  readonly entry: MemberEntry;
  readonly envelope: Uint8Array;
}

/** A stored checkpoint. Empty bytes: the records of the task have to be read. */
export interface StoredCheckpoint {
  readonly taskId: string;
  readonly bytes: Uint8Array;
}

/** The part of the specification's AIStorageProvider that a fold needs. Ids and hashes are lowercase hex. */
export interface RecordStore {
  readonly engine: KeyStore["engine"];
  /** Damaged values found since the start. Lists skip them; single reads do not find them. */
  readonly corruptValues: number;
  /** The losses, with a listener for records and bodies that must be fetched again. */
  readonly losses: Losses;
  /**
   * Writes one atomic batch, after the earlier ones. The caller bounds how many wait. An error of kind `storage` if the
   * disk refuses it, `value_out_of_range` for an invalid value.
   */
  apply(writes: readonly StoreWrite[], options: { readonly sync: boolean }): Promise<void>;
  /** Every record, ascending by task. For the start. */
  members(): AsyncIterable<StoredRecord>;
  /** The checkpoints of all tasks, ascending. For the start and the check. */
  checkpoints(): AsyncIterable<StoredCheckpoint>;
  /** The name of every record, readable or not, ascending by task. For the check. */
  names(): AsyncIterable<RecordRef>;
  windows(): AsyncIterable<WindowState>;
  kept(): AsyncIterable<{ readonly entry: KeptEntry; readonly envelope: Uint8Array }>;
  /** All records of one task. */
  taskRecords(taskId: string): Promise<StoredRecord[]>;
  /** Envelopes in the order of `refs`; undefined for a missing one. */
  records(refs: readonly RecordRef[]): Promise<(Uint8Array | undefined)[]>;
  body(hash: string): Promise<Uint8Array | undefined>;
  hasBody(hash: string): Promise<boolean>;
  /** Every held body with each task that refers to it. For the start. */
  bodies(): AsyncIterable<{ readonly hash: string; readonly taskId: string }>;
  /** Events with sequence > `after`, ascending, at most `limit`. */
  events(after: number, limit: number): Promise<StoredEvent[]>;
  /** Sequence of the newest event, damaged or not; 0 for none. */
  newestEvent(): Promise<number>;
  meta(key: string): Promise<Uint8Array | undefined>;
  /** Meta entries whose key has this prefix; at most `limit`. */
  metaEntries(prefix: string, limit: number): Promise<(readonly [string, Uint8Array])[]>;
  /** Rebuilds the database from its readable values. Needs space for both; errors are of kind `storage`. */
  repair(): Promise<void>;
  close(): Promise<void>;
}
