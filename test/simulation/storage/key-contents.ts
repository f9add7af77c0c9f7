import { DamagedValue } from "../../../src/storage/damage.js";
import { FAMILIES, type Family } from "../../../src/storage/families.js";
import type { KeyWrite } from "../../../src/storage/types.js";
import { type Counts, count } from "../platform/disk-settings.js";
import type { Random } from "../world/random.js";
import { SharedValues } from "./shared-values.js";
import { SortedKeys } from "./sorted-keys.js";

/** A stored value, or the reason why it can't be read. */
export type Stored = Uint8Array | DamagedValue;

export type Families = Readonly<Record<Family, SortedKeys<Stored>>>;

/** First byte of the keys of windows and events in `derived`: their values differ between nodes. */
const OWN_ROWS = new Set(["\x03", "\x04"]);

interface Undo {
  readonly family: Family;
  readonly key: string;
  readonly before: Stored | undefined;
}

interface Batch {
  readonly undo: readonly Undo[];
  /** The caller knows that it is written. */
  acknowledged: boolean;
}

/** Contents of a database at one moment. */
export interface KeySnapshot {
  readonly families: Families;
  readonly bytes: number;
}

export function keyText(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString("latin1");
}

export function keyBytes(text: string): Uint8Array {
  const bytes = Buffer.from(text, "latin1");
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** What the database of one node holds. It outlives the processes of the node. */
export class KeyContents {
  readonly #shared: SharedValues;
  #families: Families = {
    records: new SortedKeys(),
    bodies: new SortedKeys(),
    derived: new SortedKeys(),
    meta: new SortedKeys(),
  };
  #bytes = 0;
  /** Written batches that are not synced, in order. */
  #unsynced: Batch[] = [];
  /** Number of the newest batch. */
  #written = 0;
  /** The batch of a failed write. The log may have it. */
  #doubtful: readonly KeyWrite[] | undefined;
  #hasDamage = false;
  #damages = 0;

  /** `shared`: the same object for all nodes of a run saves memory. */
  constructor(shared = new SharedValues()) {
    this.#shared = shared;
  }

  get families(): Families {
    return this.#families;
  }

  /** Bytes of all keys and values. */
  get bytes(): number {
    return this.#bytes;
  }

  /** A value may be unreadable. */
  get hasDamage(): boolean {
    return this.#hasDamage;
  }

  /** Writes a batch and returns its number. */
  write(batch: readonly KeyWrite[]): number {
    const undo = batch.map((write): Undo => {
      const { family } = write;
      const key = keyText(write.key);
      return { family, key, before: this.#put(family, key, write.op === "put" ? write.value : undefined) };
    });
    this.#unsynced.push({ undo, acknowledged: false });
    return ++this.#written;
  }

  /** The caller gets the answer to its write of this batch. */
  acknowledge(number: number): void {
    const batch = this.#unsynced[number - 1 - this.#synced];
    if (batch !== undefined) batch.acknowledged = true;
  }

  /** All batches up to this number are on the disk. */
  sync(number = this.#written): void {
    const synced = number - this.#synced;
    if (synced > 0) this.#unsynced.splice(0, synced);
  }

  /** A write of this batch failed. The log may have it. */
  doubt(batch: readonly KeyWrite[]): void {
    this.#doubtful = batch;
  }

  /** The database reads its log and syncs what it found. A doubtful batch shows up or not. */
  reopen(random: Random): void {
    const batch = this.#doubtful;
    this.#doubtful = undefined;
    if (batch !== undefined && random.chance(0.5)) this.write(batch);
    this.sync();
  }

  /** The loss of power: a prefix of the batches is kept that has all synced ones. The process is dead. */
  crash(random: Random, counts: Counts = new Map()): void {
    this.#keep(random.below(this.#unsynced.length + 1), random, counts);
  }

  /** The end of the process alone: only batches without an answer may be lost. */
  kill(random: Random, counts: Counts = new Map()): void {
    const answered = this.#unsynced.findLastIndex(({ acknowledged }) => acknowledged) + 1;
    this.#keep(answered + random.below(this.#unsynced.length - answered + 1), random, counts);
  }

  /**
   * Makes up to `rows` neighbouring values of one of the families unreadable, as a damaged block of a table. Returns
   * how many; 0 without values.
   */
  corrupt(random: Random, rows = 1, families: readonly Family[] = FAMILIES): number {
    const filled = families.filter((family) => this.#families[family].size > 0);
    if (filled.length === 0) return 0;
    const family = random.pick(filled);
    const sorted = this.#families[family];
    const first = random.below(sorted.size);
    const damage = new DamagedValue(
      `Corruption: block checksum mismatch in db/9.sst offset ${4096 * this.#damages++} size 4096`,
    );
    const last = Math.min(first + rows, sorted.size);
    const keys = Array.from({ length: last - first }, (_, at) => sorted.at(first + at)?.[0] ?? "");
    for (const key of keys) this.#put(family, key, damage);
    this.#hasDamage = true;
    return keys.length;
  }

  /** Removes a row that a rebuild does not copy. */
  drop(family: Family, key: string): void {
    this.#put(family, key, undefined);
  }

  /** A rebuild has dropped all unreadable values. The new database is synced. */
  rebuilt(): void {
    this.#hasDamage = false;
    this.sync();
  }

  snapshot(): KeySnapshot {
    return { families: clone(this.#families), bytes: this.#bytes };
  }

  /** Replaces everything by a copy of `snapshot`. No process uses the contents. */
  restore({ families, bytes }: KeySnapshot): void {
    this.#families = clone(families);
    this.#bytes = bytes;
    this.#unsynced = [];
    this.#doubtful = undefined;
    this.#hasDamage = FAMILIES.some((family) =>
      [...families[family]].some(([, value]) => value instanceof DamagedValue),
    );
  }

  /** Number of the newest synced batch. */
  get #synced(): number {
    return this.#written - this.#unsynced.length;
  }

  #keep(batches: number, random: Random, counts: Counts): void {
    const lost = this.#unsynced.splice(batches);
    for (const { undo } of lost.reverse()) {
      for (let i = undo.length - 1; i >= 0; i--) {
        const { family, key, before } = undo[i] as Undo;
        this.#put(family, key, before);
      }
    }
    this.#written -= lost.length;
    if (lost.length > 0) {
      count(counts, "batches lost");
      this.#doubtful = undefined;
    } else if (batches > 0) count(counts, "batches kept");
    this.reopen(random);
  }

  /** Sets or removes a value and returns the one before. */
  #put(family: Family, key: string, value: Stored | undefined): Stored | undefined {
    const sorted = this.#families[family];
    let before: Stored | undefined;
    if (value === undefined) before = sorted.delete(key);
    else if (value instanceof DamagedValue) before = sorted.set(key, value);
    // A copy: a value is a part of the writes of its step.
    else if (!isShared(family, key)) before = sorted.set(key, new Uint8Array(value));
    else {
      const shared = this.#shared.share(key, value);
      before = sorted.set(shared.key, shared.value);
    }
    this.#bytes += sizeOf(key, value) - sizeOf(key, before);
    return before;
  }
}

/** Whether all nodes with this key have the same value. */
function isShared(family: Family, key: string): boolean {
  return family !== "meta" && !(family === "derived" && OWN_ROWS.has(key[0] ?? ""));
}

function sizeOf(key: string, value: Stored | undefined): number {
  return value === undefined ? 0 : key.length + (value instanceof DamagedValue ? 0 : value.length);
}

function clone({ records, bodies, derived, meta }: Families): Families {
  return { records: records.clone(), bodies: bodies.clone(), derived: derived.clone(), meta: meta.clone() };
}
