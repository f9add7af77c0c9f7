import { KEY_WORDS, readKeyHex } from "../../protocol/key-words.js";
import { SIP_HASH_WORDS, SIP_KEY_WORDS, sipHash } from "./sip-hash.js";

const FIRST_CAPACITY = 64;

/** The key of an exchange from 16 bytes, k0 and k1 as SipHash reads them: little-endian, each as high and low word. */
export function shortKey(bytes: Uint8Array): Uint32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Uint32Array.from({ length: SIP_KEY_WORDS }, (_, word) => view.getUint32(4 * (word ^ 1), true));
}

/** Short ids in the order in which they were added, each with the handle of its record. 12 bytes each. */
export class ShortIds {
  readonly #key: Uint32Array;
  readonly #words = new Uint32Array(KEY_WORDS);
  #hashes = new Uint32Array(SIP_HASH_WORDS * FIRST_CAPACITY);
  #handles = new Uint32Array(FIRST_CAPACITY);
  #count = 0;

  /** `key`: of {@link shortKey}. */
  constructor(key: Uint32Array) {
    this.#key = key;
  }

  /** The short ids of some ids in hex; what is no id is left out. */
  static ofHex(key: Uint32Array, ids: Iterable<string>): ShortIds {
    const shorts = new ShortIds(key);
    for (const id of ids) shorts.addHex(id);
    return shorts;
  }

  get count(): number {
    return this.#count;
  }

  /** Adds the record of a handle; `readWords` writes the 8 words of its id. */
  add(handle: number, readWords: (handle: number, out: Uint32Array) => void): void {
    readWords(handle, this.#words);
    this.#addWords(handle);
  }

  /** Adds an id in hex, without a handle. What is no id is left out. */
  addHex(id: string): void {
    if (!readKeyHex(id, this.#words)) return;
    this.#addWords(0);
  }

  high(at: number): number {
    return this.#hashes[SIP_HASH_WORDS * at] as number;
  }

  low(at: number): number {
    return this.#hashes[SIP_HASH_WORDS * at + 1] as number;
  }

  handle(at: number): number {
    return this.#handles[at] as number;
  }

  #addWords(handle: number): void {
    this.#reserve();
    sipHash(this.#key, this.#words, 0, this.#hashes, SIP_HASH_WORDS * this.#count);
    this.#handles[this.#count++] = handle;
  }

  #reserve(): void {
    if (this.#count < this.#handles.length) return;
    const hashes = new Uint32Array(2 * this.#hashes.length);
    hashes.set(this.#hashes);
    this.#hashes = hashes;
    const handles = new Uint32Array(2 * this.#handles.length);
    handles.set(this.#handles);
    this.#handles = handles;
  }
}
