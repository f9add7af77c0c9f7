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
    const handle = this.#table.add(hex);
    const references = this.#table.get(handle, REFERENCES);
    // A flat copy: `hex` may be part of a larger text.
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
