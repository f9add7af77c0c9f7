import { toHex } from "../../protocol/bytes.js";
import { badAnswer, isRecord } from "./daemon-text.js";

// Readers of untrusted JSON values. A value of the wrong shape throws `chain_answer`, which names the value.

const HASH = /^[0-9a-f]{64}$/;
const KEY_BYTES = 32;
const U64_MAX = 0xffff_ffff_ffff_ffffn;

export function record(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (!isRecord(value)) throw badAnswer(`${what} is not an object`);
  return value;
}

export function list(value: unknown, what: string, max: number): readonly unknown[] {
  if (!Array.isArray(value) || value.length > max) throw badAnswer(`${what} is not a list of at most ${max}`);
  return value;
}

/** An integer from 0 to 2^53 - 1; heights and times stay far below. */
export function count(value: unknown, what: string): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) {
    throw badAnswer(`${what} is not an integer from 0 to 2^53-1`);
  }
  return value;
}

/** An unsigned 64-bit integer, from a text parsed by `exactResult`. */
export function u64(value: unknown, what: string): bigint {
  const integer = typeof value === "bigint" || Number.isSafeInteger(value) ? BigInt(value as bigint | number) : -1n;
  if (integer < 0n || integer > U64_MAX) throw badAnswer(`${what} is not an integer of 64 bits`);
  return integer;
}

export function text(value: unknown, what: string, max: number): string {
  if (typeof value !== "string" || value.length > max) throw badAnswer(`${what} is not a text of at most ${max}`);
  return value;
}

/** 64 lowercase hex digits. */
export function hash(value: unknown, what: string): string {
  if (typeof value !== "string" || !HASH.test(value)) throw badAnswer(`${what} is not a hash`);
  return value;
}

/** A key in the daemon's AI mining format, an array of 32 numbers; returned as hex. */
export function key(value: unknown, what: string): string {
  const isByte = (byte: unknown) => Number.isInteger(byte) && Number(byte) >= 0 && Number(byte) <= 255;
  if (!Array.isArray(value) || value.length !== KEY_BYTES || !value.every(isByte)) {
    throw badAnswer(`${what} is not a key of 32 bytes`);
  }
  return toHex(Uint8Array.from(value));
}
