/**
 * The key layout, version 3. Integers are big-endian, so that keys sort by value; ids, hashes and strands are bytes.
 *
 * | family  | key                                  | value                                             |
 * |---------|--------------------------------------|---------------------------------------------------|
 * | records | 0x01, task id, record id             | strand, window u32, envelope                      |
 * | records | 0x02, kind u8, key text              | envelope kept beside the set (vote, alert, ...)   |
 * | bodies  | body hash                            | body                                              |
 * | derived | 0x02, task id, record id             | empty: names the record, which may be unreadable  |
 * | derived | 0x03, strand, window u32             | count u32, state                                  |
 * | derived | 0x04, sequence u64                   | event: `records/event-binary.ts`, or JSON         |
 * | derived | 0x05, body hash, task id             | empty: the task refers to the body                |
 * | derived | 0x06, task id                        | checkpoint of the task; empty: read its records   |
 * | meta    | 0x01, key text                       | bytes                                             |
 */

import type { KeptEntry, MemberEntry } from "../engine/index.js";
import { concatBytes, fromHex, toHex, u8, u32, u64 } from "../protocol/bytes.js";
import { NetworkError } from "../protocol/errors.js";

export const HASH_BYTES = 32;
export const STRAND_BYTES = 3;
export const RECORD_KEY_BYTES = 1 + 2 * HASH_BYTES;
/** Longest key text of meta and kept entries: short words and hashes. */
export const MAX_KEY_TEXT = 256;

/** First bytes of keys. */
export const RECORD = u8(1);
export const KEPT = u8(2);
export const NAME = u8(2);
export const WINDOW = u8(3);
const EVENT = u8(4);
export const BODY = u8(5);
export const CHECKPOINT = u8(6);
export const META = u8(1);

/** A key of its prefix and the parts after it. */
export function keyOf(prefix: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  return concatBytes([prefix, ...parts]);
}

/** Kinds of kept entries, indexed by their byte; never reordered. */
export const KEPT_KINDS = ["vote", "alert", "voting"] as const satisfies readonly KeptEntry["kind"][];

/** The names of a record: a task's records are together. */
export type RecordRef = Pick<MemberEntry, "id" | "taskId">;

/** Decodes hex from the engine. Anything else is a defect of this program: `value_out_of_range`. */
export function hexBytes(text: string, length: number): Uint8Array {
  const bytes = fromHex(text, length);
  if (bytes === undefined) throw new NetworkError("value_out_of_range", `expected ${length} bytes as hex`);
  return bytes;
}

/** An integer of 0 to `max`, or `value_out_of_range`. */
export function inRange(value: number, max: number): number {
  if (Number.isSafeInteger(value) && value >= 0 && value <= max) return value;
  throw new NetworkError("value_out_of_range", `expected an integer of 0 to ${max}`);
}

/** The bytes of a key text; `value_out_of_range` above {@link MAX_KEY_TEXT} bytes. */
export function keyText(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= MAX_KEY_TEXT) return bytes;
  throw new NetworkError("value_out_of_range", `a key is at most ${MAX_KEY_TEXT} bytes`);
}

const hash = (hex: string): Uint8Array => hexBytes(hex, HASH_BYTES);
const place = (strand: string, window: number): Uint8Array =>
  concatBytes([hexBytes(strand, STRAND_BYTES), u32(inRange(window, 0xffff_ffff))]);

export const recordKey = ({ taskId, id }: RecordRef): Uint8Array => concatBytes([RECORD, hash(taskId), hash(id)]);
export const keptKey = (entry: KeptEntry): Uint8Array =>
  concatBytes([KEPT, u8(KEPT_KINDS.indexOf(entry.kind)), keyText(entry.key)]);
export const bodyKey = (bodyHash: string): Uint8Array => hash(bodyHash);
export const nameKey = ({ taskId, id }: RecordRef): Uint8Array => concatBytes([NAME, hash(taskId), hash(id)]);
export const windowKey = (strand: string, window: number): Uint8Array => concatBytes([WINDOW, place(strand, window)]);
export const eventKey = (sequence: number): Uint8Array =>
  concatBytes([EVENT, u64(inRange(sequence, Number.MAX_SAFE_INTEGER))]);
export const bodyReferenceKey = (bodyHash: string, taskId: string): Uint8Array =>
  concatBytes([BODY, hash(bodyHash), hash(taskId)]);
export const metaKey = (key: string): Uint8Array => concatBytes([META, keyText(key)]);

/** All keys with this prefix. Prefixes of this layout begin with a small byte, so never consist of 0xff only. */
export function prefixRange(prefix: Uint8Array): { readonly gte: Uint8Array; readonly lt: Uint8Array } {
  let end = prefix.length;
  while (end > 0 && prefix[end - 1] === 0xff) end--;
  const lt = prefix.slice(0, end);
  lt[end - 1] = (lt[end - 1] ?? 0) + 1;
  return { gte: prefix, lt };
}

export const ALL_KEPT = prefixRange(KEPT);
export const ALL_MEMBERS = prefixRange(RECORD);
export const ALL_NAMES = prefixRange(NAME);
export const ALL_WINDOWS = prefixRange(WINDOW);
export const ALL_EVENTS = prefixRange(EVENT);
export const ALL_BODY_REFERENCES = prefixRange(BODY);
export const ALL_CHECKPOINTS = prefixRange(CHECKPOINT);
export const taskRange = (taskId: string): { gte: Uint8Array; lt: Uint8Array } =>
  prefixRange(concatBytes([RECORD, hash(taskId)]));
export const bodyReferences = (bodyHash: string): { gte: Uint8Array; lt: Uint8Array } =>
  prefixRange(concatBytes([BODY, hash(bodyHash)]));
export const metaRange = (prefix: string): { gte: Uint8Array; lt: Uint8Array } =>
  prefixRange(concatBytes([META, keyText(prefix)]));

/** Key of the record that a key of `derived` names; undefined for other keys. */
export function namedRecordKey(key: Uint8Array): Uint8Array | undefined {
  return key[0] === NAME[0] && key.length === RECORD_KEY_BYTES ? concatBytes([RECORD, key.subarray(1)]) : undefined;
}

/** Key of a reference's body; undefined for other keys of `derived`. */
export function bodyKeyOfReference(key: Uint8Array): Uint8Array | undefined {
  return key[0] === BODY[0] && key.length === 1 + 2 * HASH_BYTES ? key.slice(1, 1 + HASH_BYTES) : undefined;
}

/** The task of a checkpoint's key; undefined for other keys. */
export function taskOfCheckpoint(key: Uint8Array): string | undefined {
  return key[0] === CHECKPOINT[0] && key.length === 1 + HASH_BYTES ? toHex(key.subarray(1)) : undefined;
}

/** Id of the record under a key of `records`; undefined for kept messages. */
export function recordIdOf(key: Uint8Array): string | undefined {
  return key[0] === RECORD[0] && key.length === RECORD_KEY_BYTES ? toHex(key.subarray(1 + HASH_BYTES)) : undefined;
}
