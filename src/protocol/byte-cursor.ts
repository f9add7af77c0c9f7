import { fromHex, readU16, readU32, toHex, writeU16, writeU32 } from "./bytes.js";

/** Reads fields one after the other. A caller checks {@link left} before it reads. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Bytes that are not read yet. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  u8(): number {
    return this.#bytes[this.#skip(1)] as number;
  }

  u16(): number {
    return readU16(this.#bytes, this.#skip(2));
  }

  u32(): number {
    return readU32(this.#bytes, this.#skip(4));
  }

  hex(length: number): string {
    const at = this.#skip(length);
    return toHex(this.#bytes.subarray(at, at + length));
  }

  #skip(length: number): number {
    const at = this.#at;
    this.#at += length;
    return at;
  }
}

/** Writes fields one after the other into bytes of a known length. */
export class ByteWriter {
  readonly bytes: Uint8Array;
  #at = 0;

  constructor(length: number) {
    this.bytes = new Uint8Array(length);
  }

  u8(value: number): this {
    this.bytes[this.#skip(1)] = value;
    return this;
  }

  u16(value: number): this {
    writeU16(this.bytes, this.#skip(2), value);
    return this;
  }

  u32(value: number): this {
    writeU32(this.bytes, this.#skip(4), value);
    return this;
  }

  hex(text: string): this {
    const bytes = fromHex(text);
    if (bytes === undefined) throw new RangeError("expected hex");
    this.bytes.set(bytes, this.#skip(bytes.length));
    return this;
  }

  #skip(length: number): number {
    const at = this.#at;
    this.#at += length;
    return at;
  }
}
