import { KeyTable } from "./key-table.js";

/** The column that counts the records that name a key. */
const REFERENCES = 0;
/** The column of {@link SharedKeys.first}. */
const FIRST = 1;
const COLUMNS = 2;

/** Keys that many records name: each is held once, with its text, while a record names it. */
export class SharedKeys {
  readonly #table: KeyTable;
  readonly #texts: string[] = [];

  /** `salt`: KEY_WORDS words. */
  constructor(salt: Uint32Array) {
    this.#table = new KeyTable(COLUMNS, salt);
  }

  /** The handle of a key in hex; -1: no record names it. */
  find(hex: string): number {
    return this.#table.find(hex);
  }

  text(handle: number): string {
    return this.#texts[handle] as string;
  }

  /** Adds one reference. */
  refer(hex: string): number {
    return this.#refer(this.#table.add(hex));
  }

  /** Adds one reference to the key with the KEY_WORDS words at `at`. */
  referWords(words: Uint32Array, at: number): number {
    return this.#refer(this.#table.addWords(words, at));
  }

  /** Writes the words of a key to `out`. */
  readWords(handle: number, out: Uint32Array): void {
    this.#table.readWords(handle, out);
  }

  #refer(handle: number): number {
    const references = this.#table.get(handle, REFERENCES);
    // A flat copy: the given text may be part of a larger one.
    if (references === 0) this.#texts[handle] = this.#table.hex(handle);
    this.#table.set(handle, REFERENCES, references + 1);
    return handle;
  }

  /** A number that the caller keeps with a key; 0 at first. */
  first(handle: number): number {
    return this.#table.get(handle, FIRST);
  }

  setFirst(handle: number, first: number): void {
    this.#table.set(handle, FIRST, first);
  }

  release(handle: number): void {
    const references = this.#table.get(handle, REFERENCES) - 1;
    this.#table.set(handle, REFERENCES, references);
    if (references > 0) return;
    this.#texts[handle] = "";
    this.#table.remove(handle);
  }
}
