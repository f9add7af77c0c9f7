import { NetworkError } from "../../protocol/errors.js";
import { HASH_BYTES } from "../keys.js";
import { PLACE_BYTES } from "./entry-codec.js";

/** Reads the parts of packed writes in their order. The parts are views into the buffer. */
export class PackedReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(packed: Uint8Array) {
    this.#bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  kind(): number {
    return this.#bytes.readUInt8(this.#advance(1));
  }

  hash(): Uint8Array {
    return this.#part(HASH_BYTES);
  }

  /** Task id and id. */
  record(): Uint8Array {
    return this.#part(2 * HASH_BYTES);
  }

  /** strand, window. */
  place(): Uint8Array {
    return this.#part(PLACE_BYTES);
  }

  /** count, state. */
  windowState(): Uint8Array {
    return this.#part(4 + HASH_BYTES);
  }

  u8(): number {
    return this.#bytes.readUInt8(this.#advance(1));
  }

  /** At most 2^53 - 1. */
  u64(): number {
    return Number(this.#bytes.readBigUInt64BE(this.#advance(8)));
  }

  text(): Uint8Array {
    return this.#part(this.#bytes.readUInt16BE(this.#advance(2)));
  }

  long(): Uint8Array {
    return this.#part(this.#bytes.readUInt32BE(this.#advance(4)));
  }

  #part(length: number): Uint8Array {
    const at = this.#advance(length);
    return this.#bytes.subarray(at, at + length);
  }

  #advance(length: number): number {
    const at = this.#at;
    if (at + length > this.#bytes.length) throw new NetworkError("value_out_of_range", "packed writes are too short");
    this.#at += length;
    return at;
  }
}
