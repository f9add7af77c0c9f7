/** One step's writes as one flat buffer: what the main thread makes and the thread of the database reads. */

import type { MemberEntry, StoreWrite } from "../../engine/index.js";
import { readU16, readU48 } from "../../protocol/bytes.js";
import { ENVELOPE_OVERHEAD, MessageType } from "../../protocol/envelope.js";
import { NetworkError } from "../../protocol/errors.js";
import { HASH_BYTES, inRange, KEPT_KINDS, keyText, STRAND_BYTES } from "../keys.js";
import { PLACE_BYTES } from "./entry-codec.js";
import { encodeEvent, MAX_EVENT_BYTES } from "./event-codec.js";

/** The first byte of each packed write. Integers are big-endian. */
export const PACKED = {
  /** task id, id, length u32, value (strand, window u32, envelope). */
  putRecord: 1,
  /** task id, id. */
  dropRecord: 2,
  /** strand, window u32, count u32, state. */
  putWindow: 3,
  /** strand, window u32. */
  dropWindow: 4,
  /** hash, task id, length u32, bytes. */
  putBody: 5,
  /** hash, task id. */
  referBody: 6,
  dropBody: 7,
  /** sequence u64, length u32, event. */
  putEvent: 8,
  /** below u64. */
  dropEvents: 9,
  /** kind u8, length u16, key, length u32, envelope. */
  putKept: 10,
  /** kind u8, length u16, key. */
  dropKept: 11,
  /** length u16, key, length u32, value. */
  putMeta: 12,
  /** length u16, key. */
  dropMeta: 13,
  /** task id, length u32, bytes. */
  putCheckpoint: 14,
  /** task id. */
  dropCheckpoint: 15,
} as const;

/** Largest meta value: the address book and the vote state of a live task stay far below. */
export const MAX_META_BYTES = 1024 * 1024;

const MAX_U32 = 0xffff_ffff;
/** Bytes of one unit of a text in UTF-8. */
const MAX_UTF8_BYTES = 3;
/** Room for the fixed parts of any write. */
const FIXED_BYTES = 160;
/** Room for an event, which grows the buffer if it is longer. */
const EVENT_BYTES = 512;

/** A guess of the packed size, so that the buffer seldom grows. */
function sizeOf(write: StoreWrite): number {
  switch (write.kind) {
    case "put_record":
    case "put_kept":
      return FIXED_BYTES + write.envelope.length;
    case "put_body":
    case "put_checkpoint":
      return FIXED_BYTES + write.bytes.length;
    case "put_meta":
      return FIXED_BYTES + write.value.length;
    case "put_event":
      return EVENT_BYTES;
    default:
      return FIXED_BYTES;
  }
}

class Packer {
  #bytes: Buffer<ArrayBuffer>;
  #at = 0;

  constructor(size: number) {
    // A buffer of its own and not a part of the pool, because it is transferred to another thread.
    this.#bytes = Buffer.from(new ArrayBuffer(size));
  }

  get packed(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#bytes.buffer, 0, this.#at);
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const grown = Buffer.from(new ArrayBuffer(2 * (this.#at + bytes)));
    this.#bytes.copy(grown, 0, 0, this.#at);
    this.#bytes = grown;
  }

  write(write: StoreWrite): void {
    this.#room(FIXED_BYTES);
    switch (write.kind) {
      case "put_record":
        this.#record(write.entry, write.envelope);
        return;
      case "drop_record":
        this.#reference(PACKED.dropRecord, write.entry.taskId, write.entry.id);
        return;
      case "put_window":
        this.#u8(PACKED.putWindow);
        this.#place(write.window);
        this.#u32(write.window.count);
        this.#hex(write.window.state, HASH_BYTES);
        return;
      case "drop_window":
        this.#u8(PACKED.dropWindow);
        this.#place(write);
        return;
      case "put_body":
        this.#reference(PACKED.putBody, write.hash, write.taskId);
        this.#long(write.bytes);
        return;
      case "refer_body":
        this.#reference(PACKED.referBody, write.hash, write.taskId);
        return;
      case "drop_body":
        this.#reference(PACKED.dropBody, write.hash, write.taskId);
        return;
      case "put_checkpoint":
        this.#u8(PACKED.putCheckpoint);
        this.#hex(write.taskId, HASH_BYTES);
        this.#long(write.bytes);
        return;
      case "drop_checkpoint":
        this.#u8(PACKED.dropCheckpoint);
        this.#hex(write.taskId, HASH_BYTES);
        return;
      case "put_event":
        this.#u8(PACKED.putEvent);
        this.#u64(write.event.sequence);
        this.#event(encodeEvent(write.event));
        return;
      case "drop_events":
        this.#u8(PACKED.dropEvents);
        this.#u64(write.below);
        return;
      case "put_kept":
      case "drop_kept":
        this.#u8(write.kind === "put_kept" ? PACKED.putKept : PACKED.dropKept);
        this.#u8(KEPT_KINDS.indexOf(write.entry.kind));
        this.#text(write.entry.key);
        if (write.kind === "put_kept") this.#long(write.envelope);
        return;
      case "put_meta":
      case "drop_meta":
        this.#u8(write.kind === "put_meta" ? PACKED.putMeta : PACKED.dropMeta);
        this.#text(write.key);
        if (write.kind === "put_meta") {
          inRange(write.value.length, MAX_META_BYTES);
          this.#long(write.value);
        }
        return;
    }
  }

  /** Type, author, time and number are read from the envelope. The time of a certificate is that of its task. */
  #record(entry: MemberEntry, envelope: Uint8Array): void {
    const { type, timestampSeconds, number } = entry;
    const isOfEntry =
      envelope.length >= ENVELOPE_OVERHEAD &&
      envelope[1] === type &&
      (type === MessageType.Certificate || readU48(envelope, 4) === timestampSeconds) &&
      readU16(envelope, 10) === number;
    if (!isOfEntry) throw new NetworkError("value_out_of_range", "the envelope is not that of its entry");
    this.#reference(PACKED.putRecord, entry.taskId, entry.id);
    this.#room(FIXED_BYTES + envelope.length);
    this.#u32(PLACE_BYTES + envelope.length);
    this.#place(entry);
    this.#bytes.set(envelope, this.#at);
    this.#at += envelope.length;
  }

  #place({ strand, window }: Pick<MemberEntry, "strand" | "window">): void {
    this.#hex(strand, STRAND_BYTES);
    this.#u32(window);
  }

  #reference(kind: number, first: string, second: string): void {
    this.#u8(kind);
    this.#hex(first, HASH_BYTES);
    this.#hex(second, HASH_BYTES);
  }

  #text(key: string): void {
    const bytes = keyText(key);
    this.#room(bytes.length + FIXED_BYTES);
    this.#at = this.#bytes.writeUInt16BE(bytes.length, this.#at);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  #event(encoded: Uint8Array | string): void {
    if (typeof encoded === "string") this.#json(encoded);
    else this.#long(encoded);
  }

  #json(text: string): void {
    const most = MAX_UTF8_BYTES * text.length;
    this.#room(4 + most);
    const length = this.#bytes.write(text, this.#at + 4, "utf8");
    this.#u32(inRange(length, MAX_EVENT_BYTES));
    this.#at += length;
  }

  #long(bytes: Uint8Array): void {
    this.#room(4 + bytes.length);
    this.#u32(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  #hex(text: string, length: number): void {
    const written = text.length === 2 * length ? this.#bytes.write(text, this.#at, length, "hex") : 0;
    if (written !== length) throw new NetworkError("value_out_of_range", `expected ${length} bytes as hex`);
    this.#at += length;
  }

  #u8(value: number): void {
    this.#at = this.#bytes.writeUInt8(value, this.#at);
  }

  #u32(value: number): void {
    this.#at = this.#bytes.writeUInt32BE(inRange(value, MAX_U32), this.#at);
  }

  #u64(value: number): void {
    this.#at = this.#bytes.writeBigUInt64BE(BigInt(inRange(value, Number.MAX_SAFE_INTEGER)), this.#at);
  }
}

/** Packs the writes of a step. `value_out_of_range` for an invalid value. The buffer has no other user. */
export function packWrites(writes: readonly StoreWrite[]): Uint8Array<ArrayBuffer> {
  const packer = new Packer(writes.reduce((sum, write) => sum + sizeOf(write), FIXED_BYTES));
  for (const write of writes) packer.write(write);
  return packer.packed;
}
