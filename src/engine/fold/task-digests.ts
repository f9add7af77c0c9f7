import { dayDigest } from "../../protocol/digests.js";
import type { Blake3 } from "../../protocol/hash.js";
import { KEY_WORDS, readKeyBytes, writeKeyBytes } from "../../protocol/key-words.js";
import { KeyTable, WindowIndex } from "../set/index.js";

const DIGEST_BYTES = 32;
/** Columns of a task behind the words of its digest. */
const DAY = KEY_WORDS;
const STRAND = KEY_WORDS + 1;

/** The digest of one announced task, and the day and strand of its announcement. */
export interface TaskDigest {
  readonly strand: string;
  readonly day: number;
  /** 32 bytes. */
  readonly digest: Uint8Array;
}

/**
 * Digests of the announced tasks by strand and day of their announcement, each computed once after a change of its
 * task. A task takes about 90 bytes, outside of the JavaScript heap.
 */
export class TaskDigests {
  readonly #table: KeyTable;
  readonly #days: WindowIndex;
  readonly #strands: string[] = [];
  /** Tasks that changed since their digest was computed. Bounded by the tasks of the set. */
  readonly #changed = new Set<string>();
  /** Digests of days by strand and day, with the state of the day that they contain. */
  readonly #ofDays = new Map<string, { readonly state: Uint8Array; readonly digest: Uint8Array }>();
  readonly #words = new Uint32Array(KEY_WORDS);

  /** `salt`: {@link KEY_WORDS} words. */
  constructor(salt: Uint32Array) {
    this.#table = new KeyTable(KEY_WORDS + 2, salt);
    this.#days = new WindowIndex((a, b) => this.#table.compare(a, b));
  }

  /** Tasks whose digest is to be computed. */
  get changed(): number {
    return this.#changed.size;
  }

  touch(taskId: string): void {
    this.#changed.add(taskId);
  }

  /** Removes and returns some of the changed tasks; the caller sets each. */
  takeChanged(max: number): string[] {
    const taken: string[] = [];
    for (const taskId of this.#changed) {
      if (taken.length >= max) break;
      taken.push(taskId);
    }
    for (const taskId of taken) this.#changed.delete(taskId);
    return taken;
  }

  /** Undefined: the task has no announcement, or is gone. */
  set(taskId: string, next: TaskDigest | undefined): void {
    let handle = this.#table.find(taskId);
    if (handle !== -1) {
      const [strand, day] = [this.#strandOf(handle), this.#table.get(handle, DAY)];
      this.#ofDays.delete(dayKey(strand, day));
      if (strand !== next?.strand || day !== next.day) {
        this.#days.remove(strand, day, handle);
        this.#table.remove(handle);
        handle = -1;
      }
    }
    if (next === undefined) return;
    if (handle === -1) {
      handle = this.#table.add(taskId);
      this.#table.set(handle, DAY, next.day);
      this.#table.set(handle, STRAND, this.#strandNumber(next.strand));
      this.#days.add(next.strand, next.day, handle);
      this.#ofDays.delete(dayKey(next.strand, next.day));
    }
    readKeyBytes(next.digest, this.#words);
    for (let word = 0; word < KEY_WORDS; word++) this.#table.set(handle, word, this.#words[word] as number);
  }

  /** Whether {@link ofDay} has to compute the digest. */
  isStale(strand: string, day: number, state: Uint8Array): boolean {
    return this.#ofDays.get(dayKey(strand, day))?.state !== state;
  }

  /** The digest of a day whose set has the `state`. */
  ofDay(blake3: Blake3, strand: string, day: number, state: Uint8Array): Uint8Array {
    const key = dayKey(strand, day);
    const held = this.#ofDays.get(key);
    if (held?.state === state) return held.digest;
    const digest = dayDigest(blake3, state, this.#digestsOf(strand, day));
    this.#ofDays.set(key, { state, digest });
    return digest;
  }

  /** Forgets the digests of earlier days. */
  forgetBefore(firstDay: number): void {
    for (const key of this.#ofDays.keys())
      if (Number(key.slice(key.indexOf(":") + 1)) < firstDay) this.#ofDays.delete(key);
  }

  #digestsOf(strand: string, day: number): Uint8Array {
    const tasks = this.#days.window(strand, day);
    if (tasks === undefined) return new Uint8Array(0);
    const bytes = new Uint8Array(DIGEST_BYTES * tasks.count);
    for (let at = 0; at < tasks.count; at++) {
      const handle = tasks.handles[at] as number;
      for (let word = 0; word < KEY_WORDS; word++) this.#words[word] = this.#table.get(handle, word);
      writeKeyBytes(this.#words, 0, bytes, DIGEST_BYTES * at);
    }
    return bytes;
  }

  #strandOf(handle: number): string {
    return this.#strands[this.#table.get(handle, STRAND)] as string;
  }

  /** Strands are few, so their numbers are not given back. */
  #strandNumber(strand: string): number {
    const held = this.#strands.indexOf(strand);
    return held === -1 ? this.#strands.push(strand) - 1 : held;
  }
}

function dayKey(strand: string, day: number): string {
  return `${strand}:${day}`;
}
