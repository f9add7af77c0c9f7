import { PREFIX_MIN_DIGITS } from "../../protocol/id-prefix.js";
import type { KeyTable } from "./key-table.js";

/**
 * The most keys of a chain that one search reads: a few milliseconds. At a million keys a chain has about 15 keys; only
 * an author that makes records for the purpose gets a longer one.
 */
export const SEARCH_MAX = 50_000;

/** What a search found. */
export interface PrefixMatches {
  readonly handles: readonly number[];
  /** False if there may be more: the limit was reached, or {@link SEARCH_MAX}. */
  readonly complete: boolean;
}

/**
 * Finds the keys of a table by the first digits of their hex. Keys with the same first four digits are linked in a
 * chain through two columns of the table (one more than the next and the previous handle, 0 for none).
 */
export class IdPrefixes {
  readonly #rows: KeyTable;
  readonly #next: number;
  readonly #previous: number;
  /** One more than the first handle of each chain; 0: the chain is empty. */
  readonly #first = new Uint32Array(16 ** PREFIX_MIN_DIGITS);

  /** `next`, `previous`: the columns that this object owns. */
  constructor(rows: KeyTable, next: number, previous: number) {
    this.#rows = rows;
    this.#next = next;
    this.#previous = previous;
  }

  add(handle: number): void {
    const chain = this.#chain(handle);
    const next = this.#first[chain] ?? 0;
    this.#rows.set(handle, this.#next, next);
    this.#rows.set(handle, this.#previous, 0);
    if (next !== 0) this.#rows.set(next - 1, this.#previous, handle + 1);
    this.#first[chain] = handle + 1;
  }

  remove(handle: number): void {
    const [next, previous] = [this.#rows.get(handle, this.#next), this.#rows.get(handle, this.#previous)];
    if (next !== 0) this.#rows.set(next - 1, this.#previous, previous);
    if (previous === 0) this.#first[this.#chain(handle)] = next;
    else this.#rows.set(previous - 1, this.#next, next);
  }

  /**
   * At most `limit` handles for which `isSought` holds and whose hex begins with `prefix`, in no order. `prefix`: at
   * least {@link PREFIX_MIN_DIGITS} lowercase hex digits.
   */
  find(prefix: string, limit: number, isSought: (handle: number) => boolean): PrefixMatches {
    const handles: number[] = [];
    let left = SEARCH_MAX;
    const chain = Number.parseInt(prefix.slice(0, PREFIX_MIN_DIGITS), 16);
    for (let at = this.#first[chain] ?? 0; at !== 0; at = this.#rows.get(at - 1, this.#next)) {
      if (left-- === 0) return { handles, complete: false };
      if (!isSought(at - 1) || !this.#rows.hex(at - 1).startsWith(prefix)) continue;
      if (handles.length === limit) return { handles, complete: false };
      handles.push(at - 1);
    }
    return { handles, complete: true };
  }

  #chain(handle: number): number {
    return this.#rows.word(handle) >>> (32 - 4 * PREFIX_MIN_DIGITS);
  }
}
