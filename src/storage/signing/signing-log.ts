/**
 * The file of a signing store: frames, the first one a header.
 *
 * Frame: u32 length n, 8 bytes of check over length and content, 8 bytes of chain over these two and the chain of the
 * frame before, n bytes of content. Checks are truncated SHA-256. The chain detects lost, repeated and swapped frames,
 * and makes a length reliable. Only the last frame can be torn (it was never acknowledged); any other fault is damage.
 */
import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { z } from "zod";
import { concatBytes, equalBytes, readU32, u32 } from "../../protocol/bytes.js";
import { NetworkError } from "../../protocol/errors.js";

const CHECK_BYTES = 8;
export const FRAME_OVERHEAD = 4 + 2 * CHECK_BYTES;
/** A head of at most 48 KiB and 48 bytes, a body of at most 1 MiB, and the names of both. */
export const MAX_FRAME_BYTES = 1_048_576 + 49_152 + 16_384;
/** Bytes of one read of the file: at least one entry of the largest size fits. */
const CHUNK_BYTES = 4 * 1024 * 1024;
const LOG_NAME = "tos-ai-sync signing log";
const LOG_VERSION = 1;
const START = new Uint8Array(CHECK_BYTES);

/** The header at the beginning of the file. */
export interface LogHeader {
  /** The id that the log shares with the key. */
  readonly id: string;
  /** No signature before this UTC day: the key was imported without its log. */
  readonly firstDay: number;
  /** No signature before this UTC day: older entries were removed. */
  readonly floorDay: number;
}

export interface Frame {
  /** Offset of the frame's first byte in the file. */
  readonly offset: number;
  /** Offset of the next frame. */
  readonly end: number;
  readonly chain: Uint8Array;
  readonly payload: Uint8Array;
}

function check(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest().subarray(0, CHECK_BYTES));
}

/** The bytes and the chain of a frame after a frame with the chain `previous`. */
export function encodeFrame(previous: Uint8Array, payload: Uint8Array): { bytes: Uint8Array; chain: Uint8Array } {
  if (payload.length > MAX_FRAME_BYTES) throw new NetworkError("value_out_of_range", "too large for the signing log");
  const length = u32(payload.length);
  const content = check(length, payload);
  const chain = check(previous, length, content);
  return { bytes: concatBytes([length, content, chain, payload]), chain };
}

const headerShape = z.strictObject({
  log: z.literal(LOG_NAME),
  version: z.int().positive(),
  id: z.string().regex(/^[0-9a-f]{32}$/),
  first_day: z.int().nonnegative(),
  floor_day: z.int().nonnegative(),
});

/** A log without entries. */
export function newLog(header: LogHeader): Uint8Array {
  return headerFrame(header).bytes;
}

/** The first frame. */
export function headerFrame(header: LogHeader): { bytes: Uint8Array; chain: Uint8Array } {
  const { id, firstDay, floorDay } = header;
  const content = { log: LOG_NAME, version: LOG_VERSION, id, first_day: firstDay, floor_day: floorDay };
  return encodeFrame(START, new TextEncoder().encode(JSON.stringify(content)));
}

/** The error for damage at a byte of the log: nothing after it is reliable, so nothing is signed. */
export function logDamage(offset: number): NetworkError {
  return new NetworkError(
    "storage_corrupt",
    `the signing log is damaged at byte ${offset} and nothing is signed with its key: ` +
      "move it away, and the key signs again from the UTC day after the next start",
  );
}

/** Reads the file's bytes by position, in chunks. A result is shorter only at the end of the file. */
class Window {
  readonly #file: FileHandle;
  /** Bytes of the file: a chunk is not longer than what is left of it. */
  readonly #size: number;
  #start = 0;
  #bytes: Uint8Array = new Uint8Array(0);

  constructor(file: FileHandle, size: number) {
    this.#file = file;
    this.#size = size;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    if (offset < this.#start || offset + length > this.#start + this.#bytes.length) {
      const chunk = new Uint8Array(Math.max(length, Math.min(CHUNK_BYTES, this.#size - offset)));
      let filled = 0;
      while (filled < chunk.length) {
        const { bytesRead } = await this.#file.read(chunk, filled, chunk.length - filled, offset + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      this.#start = offset;
      this.#bytes = chunk.subarray(0, filled);
    }
    return this.#bytes.subarray(offset - this.#start, offset - this.#start + length);
  }
}

/** The content at an offset: the end of the file, a torn last frame, or a frame. */
type Reading = { readonly kind: "end" | "torn" } | { readonly kind: "frame"; readonly frame: Frame };

async function readFrame(window: Window, size: number, offset: number, previous: Uint8Array): Promise<Reading> {
  const left = size - offset;
  if (left === 0) return { kind: "end" };
  if (left < FRAME_OVERHEAD) return { kind: "torn" };
  const head = (await window.read(offset, FRAME_OVERHEAD)).slice();
  const length = head.subarray(0, 4);
  const content = head.subarray(4, 4 + CHECK_BYTES);
  const chain = head.subarray(4 + CHECK_BYTES);
  if (!equalBytes(chain, check(previous, length, content))) {
    // A file can grow before its content is written: only zeros up to the end are a torn frame, anything else is
    // damage.
    const rest = left > MAX_FRAME_BYTES + FRAME_OVERHEAD ? undefined : await window.read(offset, left);
    if (rest?.every((byte) => byte === 0)) return { kind: "torn" };
    throw logDamage(offset);
  }
  const end = offset + FRAME_OVERHEAD + readU32(length, 0);
  if (end > size) return { kind: "torn" };
  const payload = await window.read(offset + FRAME_OVERHEAD, end - offset - FRAME_OVERHEAD);
  if (equalBytes(content, check(length, payload))) return { kind: "frame", frame: { offset, end, chain, payload } };
  if (end === size) return { kind: "torn" };
  throw logDamage(offset);
}

/** The result of the read of a log. */
export interface LogReading {
  readonly header: LogHeader;
  /** Chain of the last valid frame; the next frame continues it. */
  readonly chain: Uint8Array;
  /** End of the valid frames. */
  readonly end: number;
  readonly torn: boolean;
}

/**
 * Reads all frames in order, up to `size` (default: the file's). Payloads are views that are valid until `visit`
 * returns. `storage_corrupt`, `storage_newer`.
 */
export async function readLog(
  file: FileHandle,
  visit: (frame: Frame) => Promise<void> | undefined,
  size?: number,
): Promise<LogReading> {
  const length = size ?? (await file.stat()).size;
  const window = new Window(file, length);
  const first = await readFrame(window, length, 0, START);
  // The header is complete before the file gets its name.
  if (first.kind !== "frame") throw logDamage(0);
  const header = parseHeader(first.frame.payload);
  let { chain, end } = first.frame;
  for (;;) {
    const reading = await readFrame(window, length, end, chain);
    if (reading.kind !== "frame") return { header, chain, end, torn: reading.kind === "torn" };
    const waiting = visit(reading.frame);
    if (waiting !== undefined) await waiting;
    ({ chain, end } = reading.frame);
  }
}

function parseHeader(payload: Uint8Array): LogHeader {
  let parsed: z.infer<typeof headerShape>;
  try {
    parsed = headerShape.parse(JSON.parse(new TextDecoder().decode(payload)));
  } catch {
    throw logDamage(0);
  }
  if (parsed.version > LOG_VERSION) {
    throw new NetworkError("storage_newer", `the signing log has version ${parsed.version}: update tos-ai-sync`);
  }
  return { id: parsed.id, firstDay: parsed.first_day, floorDay: parsed.floor_day };
}

/** One frame's payload by its place; `storage_corrupt` if it differs from what was written. */
export async function readPayload(file: FileHandle, offset: number, end: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(end - offset);
  const { bytesRead } = await file.read(bytes, 0, bytes.length, offset);
  const payload = bytes.subarray(FRAME_OVERHEAD);
  const whole = bytesRead === bytes.length;
  if (whole && equalBytes(bytes.subarray(4, 4 + CHECK_BYTES), check(bytes.subarray(0, 4), payload))) return payload;
  throw logDamage(offset);
}
