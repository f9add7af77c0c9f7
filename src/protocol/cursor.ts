import { readHex32 } from "./bytes.js";
import type { TaskRef } from "./record-payloads.js";

/** Wire types of protobuf in the low 3 bits of a tag. All fields have numbers below 16, so a tag is one byte. */
const VARINT = 0;
const BYTES = 2;

const KEY_BYTES = 32;
/** Bytes of the longest varint that is read: 49 bits, which a double adds exactly. */
const VARINT_BYTES = 7;
/** Most bytes of a message or key in a field. */
const LENGTH_MAX = 127;
/** The greatest timestamp, unix seconds. */
export const MAX_SECONDS = 2 ** 48 - 1;

/** Reads the fields of canonical payloads in order. Refuses the first byte that is not canonical or not in range. */
export class Cursor {
  readonly bytes: Uint8Array;
  /** Index of the next byte. */
  at = 0;
  /** End of the message that is read. */
  end: number;
  /** A byte was refused; all later results are worthless. */
  refused = false;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.end = bytes.length;
  }

  /** Whether all bytes were read and none refused. */
  get complete(): boolean {
    return !this.refused && this.at === this.end;
  }

  /** Whether the next field is this one; its tag is then read. */
  has(field: number, wireType: number): boolean {
    if (this.at >= this.end || this.bytes[this.at] !== ((field << 3) | wireType)) return false;
    this.at++;
    return true;
  }

  /** An integer field of 0 to `max`; 0 where it is absent, as its default is never written. */
  integer(field: number, max: number): number {
    return this.has(field, VARINT) ? this.#varint(max) : 0;
  }

  /** A field of 32 bytes as hex; undefined where it is absent. */
  key(field: number): string | undefined {
    if (!this.has(field, BYTES)) return undefined;
    if (this.#length() !== KEY_BYTES) {
      this.refused = true;
      return undefined;
    }
    this.at += KEY_BYTES;
    return readHex32(this.bytes, this.at - KEY_BYTES);
  }

  /** A field of 1 to `max` bytes, as a view; undefined where it is absent. */
  view(field: number, max: number): Uint8Array | undefined {
    if (!this.has(field, BYTES)) return undefined;
    const length = this.#length(max);
    this.at += length;
    return this.refused ? undefined : this.bytes.subarray(this.at - length, this.at);
  }

  /** Enters the message of a field until {@link leave}. Returns the end of the outer one; -1: it is absent. */
  enter(field: number): number {
    if (!this.has(field, BYTES)) return -1;
    const outer = this.end;
    const length = this.#length();
    this.end = this.at + length;
    return outer;
  }

  leave(outer: number): void {
    if (this.at !== this.end) this.refused = true;
    this.end = outer;
  }

  /** A length, within the message. */
  #length(max = LENGTH_MAX): number {
    const length = this.#varint(max);
    if (length > this.end - this.at) this.refused = true;
    return this.refused ? 0 : length;
  }

  /** The shortest form of a number from 1 to `max`. */
  #varint(max: number): number {
    let value = 0;
    let scale = 1;
    for (let read = 0; read < VARINT_BYTES && this.at < this.end; read++) {
      const byte = this.bytes[this.at++] as number;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (byte === 0 || value > max) this.refused = true;
        return value;
      }
      scale *= 0x80;
    }
    this.refused = true;
    return 0;
  }
}

/** A Ref; undefined where it is absent or has no task. */
export function readRef(cursor: Cursor, field: number): TaskRef | undefined {
  const outer = cursor.enter(field);
  if (outer === -1) return undefined;
  const taskId = cursor.key(1);
  const taskType = cursor.integer(2, 5);
  const t0 = cursor.integer(3, MAX_SECONDS);
  cursor.leave(outer);
  return taskId === undefined ? undefined : { taskId, taskType, t0 };
}
