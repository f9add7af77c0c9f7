import type { KeptEntry, StoredEvent, StoreWrite, WindowState } from "../../engine/index.js";
import { equalBytes, toHex } from "../../protocol/bytes.js";
import { ENVELOPE_OVERHEAD } from "../../protocol/envelope.js";
import {
  ALL_BODY_REFERENCES,
  ALL_CHECKPOINTS,
  ALL_EVENTS,
  ALL_KEPT,
  ALL_MEMBERS,
  ALL_NAMES,
  ALL_WINDOWS,
  bodyKey,
  bodyReferences,
  eventKey,
  HASH_BYTES,
  keyOf,
  metaKey,
  metaRange,
  NAME,
  namedRecordKey,
  RECORD,
  type RecordRef,
  recordIdOf,
  recordKey,
  taskOfCheckpoint,
  taskRange,
} from "../keys.js";
import { Losses } from "../losses.js";
import { storageError } from "../storage-error.js";
import type { KeyRange, KeyStore, RecordStore, StoredCheckpoint, StoredRecord } from "../types.js";
import { decodeKept, decodeKeyText, decodeRecord, decodeWindow, envelopeOf } from "./entry-codec.js";
import { decodeEvent, sequenceOf } from "./event-codec.js";
import { packWrites } from "./packed-writes.js";
import { translate } from "./write-batch.js";

type KeyAndValue = readonly [Uint8Array, Uint8Array];

/** Cap of the entries of one read of events or meta. */
export const MAX_READ_ENTRIES = 10_000;
/** Upper bound of lost events: more than a node keeps. */
const MAX_EVENTS_LOST = 1_000_000;

/**
 * RecordStore over a KeyStore (layout: keys.ts). Values are decoded strictly. Lists skip and count a damaged entry, so
 * that one bad value does not stop a start; a read of a single value throws `storage_corrupt`.
 */
export class DiskRecordStore implements RecordStore {
  readonly #store: KeyStore;
  readonly #losses: Losses;
  #tail: Promise<void> = Promise.resolve();
  #eventsFrom = 0;

  /** `losses` counts what can't be read. */
  constructor(store: KeyStore, losses = new Losses()) {
    this.#store = store;
    this.#losses = losses;
    store.onDamage((damage) => this.#losses.damaged(damage));
  }

  get engine(): KeyStore["engine"] {
    return this.#store.engine;
  }

  get corruptValues(): number {
    return this.#losses.count;
  }

  get losses(): Losses {
    return this.#losses;
  }

  async apply(writes: readonly StoreWrite[], options: { readonly sync: boolean }): Promise<void> {
    await this.applyPacked(packWrites(writes), options);
    this.#losses.stored(writes);
  }

  /** The same for the result of {@link packWrites}. Its buffer must not change before the write is settled. */
  async applyPacked(packed: Uint8Array, options: { readonly sync: boolean }): Promise<void> {
    const done = this.#tail.then(() => this.#apply(packed, options));
    this.#tail = done.catch(() => undefined);
    try {
      await done;
    } catch (cause) {
      throw storageError("a step could not be stored", cause);
    }
  }

  async *members(): AsyncGenerator<StoredRecord> {
    for await (const [key, value] of this.rows(ALL_MEMBERS)) yield* this.#decoded(key, value);
  }

  /** Keys and values of a range of records, not decoded. */
  async *rows(range: KeyRange): AsyncGenerator<KeyAndValue> {
    let { ranges } = this.#losses;
    let from = range.gte;
    for await (const row of this.#store.entries("records", range)) {
      if (this.#losses.ranges !== ranges) yield* this.#hidden({ gte: from, lt: row[0] });
      ranges = this.#losses.ranges;
      yield row;
      from = row[0];
    }
    if (this.#losses.ranges !== ranges) yield* this.#hidden({ gte: from, lt: range.lt });
  }

  /**
   * The records of a range that was passed over. It hides sound rows, too, which a read by the key returns; such a read
   * also names each damaged value.
   */
  async *#hidden({ gte, lt }: KeyRange): AsyncGenerator<KeyAndValue> {
    for await (const [name] of this.#store.entries("derived", { gte: nameOf(gte), lt: nameOf(lt) })) {
      const key = namedRecordKey(name);
      if (key === undefined || equalBytes(key, gte)) continue;
      const value = await this.#store.get("records", key);
      const id = recordIdOf(key) ?? "";
      if (value !== undefined) yield [key, value];
      else if (!this.#losses.isUnreadable(`record ${id}`)) this.#losses.missing(id, "its name is left");
    }
  }

  async *checkpoints(): AsyncGenerator<StoredCheckpoint> {
    for await (const [key, bytes] of this.checkpointRows()) {
      const taskId = taskOfCheckpoint(key);
      if (taskId === undefined) this.#losses.undecodable("a checkpoint");
      else yield { taskId, bytes };
    }
  }

  /** Keys and values of all checkpoints. */
  checkpointRows(): AsyncIterable<KeyAndValue> {
    return this.#store.entries("derived", ALL_CHECKPOINTS);
  }

  async *windows(): AsyncGenerator<WindowState> {
    for await (const [key, value] of this.#store.entries("derived", ALL_WINDOWS)) {
      const window = decodeWindow(key, value);
      if (window === undefined) this.#losses.undecodable("the state of a window");
      else yield window;
    }
  }

  async *kept(): AsyncGenerator<{ readonly entry: KeptEntry; readonly envelope: Uint8Array }> {
    for await (const [key, envelope] of this.#store.entries("records", ALL_KEPT)) {
      const entry = decodeKept(key);
      if (entry === undefined || envelope.length < ENVELOPE_OVERHEAD) this.#losses.undecodable("a kept message");
      else yield { entry, envelope };
    }
  }

  async taskRecords(taskId: string): Promise<StoredRecord[]> {
    const found: StoredRecord[] = [];
    for await (const [key, value] of this.rows(taskRange(taskId))) found.push(...this.#decoded(key, value));
    return found;
  }

  /** The records that the names show, readable or not. */
  async *names(): AsyncGenerator<RecordRef> {
    for await (const [key] of this.#store.entries("derived", ALL_NAMES)) {
      if (namedRecordKey(key) === undefined) this.#losses.undecodable("the name of a record");
      else yield { taskId: toHex(key.subarray(1, 1 + HASH_BYTES)), id: toHex(key.subarray(1 + HASH_BYTES)) };
    }
  }

  async records(refs: readonly RecordRef[]): Promise<(Uint8Array | undefined)[]> {
    const values = await this.#store.getMany("records", refs.map(recordKey));
    return values.map((value, at) => {
      const envelope = value === undefined ? undefined : envelopeOf(value);
      if (value !== undefined && envelope === undefined) this.#losses.missing(refs[at]?.id ?? "", "it is too short");
      return envelope;
    });
  }

  async body(hash: string): Promise<Uint8Array | undefined> {
    return this.#store.get("bodies", bodyKey(hash));
  }

  async *bodies(): AsyncGenerator<{ readonly hash: string; readonly taskId: string }> {
    for await (const [key] of this.#store.entries("derived", ALL_BODY_REFERENCES)) {
      if (key.length !== 1 + 2 * HASH_BYTES) this.#losses.undecodable("a reference to a body");
      else yield { hash: toHex(key.subarray(1, 1 + HASH_BYTES)), taskId: toHex(key.subarray(1 + HASH_BYTES)) };
    }
  }

  async hasBody(hash: string): Promise<boolean> {
    for await (const _ of this.#store.entries("derived", { ...bodyReferences(hash), limit: 1 })) return true;
    return false;
  }

  async events(after: number, limit: number): Promise<StoredEvent[]> {
    const from = Math.max(after + 1, this.#eventsFrom);
    if (!Number.isSafeInteger(from)) return [];
    const range = { gte: eventKey(from), lt: eventKey(Number.MAX_SAFE_INTEGER), limit: bounded(limit) };
    const events: StoredEvent[] = [];
    for await (const [key, value] of this.#store.entries("derived", range)) {
      const event = decodeEvent(key, value);
      if (event === undefined) this.#losses.undecodable("an event");
      else events.push(event);
    }
    return events;
  }

  async newestEvent(): Promise<number> {
    const before = this.#losses.ranges;
    for await (const [key] of this.#store.entries("derived", { ...ALL_EVENTS, reverse: true })) {
      const sequence = sequenceOf(key);
      // Newer events may be unreadable, and no number may be used twice.
      if (sequence !== undefined) return this.#losses.ranges === before ? sequence : sequence + MAX_EVENTS_LOST;
      this.#losses.undecodable("an event");
    }
    return 0;
  }

  async meta(key: string): Promise<Uint8Array | undefined> {
    return this.#store.get("meta", metaKey(key));
  }

  async metaEntries(prefix: string, limit: number): Promise<(readonly [string, Uint8Array])[]> {
    const entries: (readonly [string, Uint8Array])[] = [];
    for await (const [key, value] of this.#store.entries("meta", { ...metaRange(prefix), limit: bounded(limit) })) {
      const text = decodeKeyText(key.subarray(1));
      if (text === undefined) this.#losses.undecodable("a meta entry");
      else entries.push([text, value]);
    }
    return entries;
  }

  async repair(): Promise<void> {
    await this.#tail;
    await this.#store.repair();
    this.#losses.repaired();
  }

  /** Resolves when the running steps are written or refused. */
  async settled(): Promise<void> {
    await this.#tail;
  }

  /** Waits for the running steps, then closes the database. */
  async close(): Promise<void> {
    await this.#tail;
    await this.#store.close();
  }

  #decoded(key: Uint8Array, value: Uint8Array): StoredRecord[] {
    const record = decodeRecord(key, value);
    if (record !== undefined) return [record];
    this.#losses.undecodable("a record");
    return [];
  }

  async #apply(packed: Uint8Array, options: { readonly sync: boolean }): Promise<void> {
    const { batch, eventsFrom } = await translate(this.#store, packed, this.#eventsFrom);
    await this.#store.write(batch, options);
    this.#eventsFrom = eventsFrom;
  }
}

/** The key of the name of a record, from the key of the record or a prefix of it. */
function nameOf(key: Uint8Array): Uint8Array {
  return key[0] === RECORD[0] ? keyOf(NAME, key.subarray(1)) : ALL_NAMES.lt;
}

function bounded(limit: number): number {
  return Math.max(0, Math.min(limit, MAX_READ_ENTRIES));
}
