import { KEY_WORDS, keyHex, readKeyHex, writeKeyBytes } from "../../protocol/key-words.js";
import { HandleIndex } from "./handle-index.js";

/** Rows of a page. A new page is the largest piece of work of an insertion. */
const PAGE_ROWS = 1024;
const PAGE_BITS = 10;

/** Odd, with bits well spread (the multiplier of MurmurHash3). */
const MIX = 0x85ebca6b;

/**
 * Keys of 32 bytes, each with a handle and a row of u32 columns. Handles are dense: a removed key's handle goes to a
 * later key. Keys are hashed with a salt, so that a peer that doesn't know it can't choose keys that collide.
 */
export class KeyTable {
  readonly #rowWords: number;
  readonly #pages: Uint32Array[] = [];
  readonly #free: number[] = [];
  readonly #index: HandleIndex;
  readonly #salt: Uint32Array;
  readonly #sought = new Uint32Array(KEY_WORDS);
  #next = 0;
  #size = 0;
  /**
   * The key of the last search, whose words are in {@link #sought}, its hash and its result: one record is looked up
   * several times in a row.
   */
  #lastHex: string | undefined;
  #lastHash = 0;
  #lastHandle = -1;
  /** The last search was one by words. */
  #isLastInWords = false;

  /** `columns`: u32 columns beside the key. `salt`: {@link KEY_WORDS} words. */
  constructor(columns: number, salt: Uint32Array) {
    this.#rowWords = KEY_WORDS + columns;
    this.#salt = salt;
    this.#index = new HandleIndex((handle) => this.#hash(this.#page(handle), this.#at(handle)));
  }

  /** Number of keys. */
  get size(): number {
    return this.#size;
  }

  /** One more than the highest handle so far. */
  get end(): number {
    return this.#next;
  }

  /** Makes room for so many keys. */
  reserve(keys: number): void {
    this.#index.reserve(keys);
  }

  /** The handle of a key in hex; -1: the key is not in the table, or the text is not 64 lowercase hex digits. */
  find(hex: string): number {
    if (hex === this.#lastHex) return this.#lastHandle;
    this.#lastHex = undefined;
    this.#isLastInWords = false;
    this.#lastHandle = -1;
    if (!readKeyHex(hex, this.#sought)) return -1;
    this.#lastHex = hex;
    this.#lastHash = this.#hash(this.#sought, 0);
    this.#lastHandle = this.#index.find(this.#lastHash, this.#isSought);
    return this.#lastHandle;
  }

  /** The handle of a key in hex, new with zeros in all columns if the key is not in the table. */
  add(hex: string): number {
    const found = this.find(hex);
    if (found !== -1) return found;
    if (hex !== this.#lastHex) throw new RangeError("a key has 64 lowercase hex digits");
    return this.#insert();
  }

  /** The handle of the key with the {@link KEY_WORDS} words at `at`; -1: the key is not in the table. */
  findWords(words: Uint32Array, at: number): number {
    let isLast = this.#isLastInWords;
    for (let word = 0; word < KEY_WORDS; word++) {
      const value = words[at + word] as number;
      isLast &&= this.#sought[word] === value;
      this.#sought[word] = value;
    }
    if (isLast) return this.#lastHandle;
    this.#lastHex = undefined;
    this.#isLastInWords = true;
    this.#lastHash = this.#hash(this.#sought, 0);
    this.#lastHandle = this.#index.find(this.#lastHash, this.#isSought);
    return this.#lastHandle;
  }

  /** The same as {@link add} for a key in words. */
  addWords(words: Uint32Array, at: number): number {
    const found = this.findWords(words, at);
    return found === -1 ? this.#insert() : found;
  }

  /** Adds the key of the last search. */
  #insert(): number {
    const handle = this.#free.pop() ?? this.#next++;
    if (handle >= this.#pages.length * PAGE_ROWS) this.#pages.push(new Uint32Array(PAGE_ROWS * this.#rowWords));
    const [page, at] = [this.#page(handle), this.#at(handle)];
    page.fill(0, at, at + this.#rowWords);
    page.set(this.#sought, at);
    this.#index.add(this.#lastHash, handle);
    this.#size++;
    this.#lastHandle = handle;
    return handle;
  }

  remove(handle: number): void {
    this.#index.remove(this.#hash(this.#page(handle), this.#at(handle)), handle);
    this.#free.push(handle);
    this.#size--;
    this.#lastHex = undefined;
    this.#isLastInWords = false;
    this.#lastHandle = -1;
  }

  /** Whether a key has this handle now. */
  isHeld(handle: number): boolean {
    const [page, at] = [this.#page(handle), this.#at(handle)];
    return this.#index.find(this.#hash(page, at), (held) => held === handle) !== -1;
  }

  hex(handle: number): string {
    return keyHex(this.#page(handle), this.#at(handle));
  }

  /** Writes the key's 32 bytes to `out` at `offset`. */
  writeBytes(handle: number, out: Uint8Array, offset: number): void {
    writeKeyBytes(this.#page(handle), this.#at(handle), out, offset);
  }

  /** Writes the key's words to `out`. */
  readWords(handle: number, out: Uint32Array): void {
    const [page, at] = [this.#page(handle), this.#at(handle)];
    for (let word = 0; word < KEY_WORDS; word++) out[word] = page[at + word] as number;
  }

  /** The first 32 bits of the key. */
  word(handle: number): number {
    return this.#page(handle)[this.#at(handle)] as number;
  }

  get(handle: number, column: number): number {
    return this.#page(handle)[this.#at(handle) + KEY_WORDS + column] as number;
  }

  set(handle: number, column: number, value: number): void {
    this.#page(handle)[this.#at(handle) + KEY_WORDS + column] = value;
  }

  /** Order of the keys of two handles: negative, zero or positive. */
  compare(a: number, b: number): number {
    const [pageA, pageB, atA, atB] = [this.#page(a), this.#page(b), this.#at(a), this.#at(b)];
    for (let word = 0; word < KEY_WORDS; word++) {
      const difference = (pageA[atA + word] as number) - (pageB[atB + word] as number);
      if (difference !== 0) return difference;
    }
    return 0;
  }

  #page(handle: number): Uint32Array {
    return this.#pages[handle >>> PAGE_BITS] as Uint32Array;
  }

  #at(handle: number): number {
    return (handle & (PAGE_ROWS - 1)) * this.#rowWords;
  }

  #isSought = (handle: number): boolean => {
    const [page, at] = [this.#page(handle), this.#at(handle)];
    for (let word = 0; word < KEY_WORDS; word++) if (page[at + word] !== this.#sought[word]) return false;
    return true;
  };

  #hash(words: Uint32Array, at: number): number {
    let hash = 0;
    for (let word = 0; word < KEY_WORDS; word++) {
      hash = Math.imul(hash ^ ((words[at + word] as number) + (this.#salt[word] as number)), MIX);
      hash ^= hash >>> 15;
    }
    return hash >>> 0;
  }
}
