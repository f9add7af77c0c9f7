/** Values of the derived family. Each decoder also gets the key and refuses a value that does not belong to it. */

import type { KeptEntry, MemberEntry, WindowState } from "../../engine/index.js";
import { equalBytes, readU16, readU32, readU48, toHex } from "../../protocol/bytes.js";
import { HASH_BYTES, KEPT_KINDS, MAX_KEY_TEXT, memberKey, STRAND_BYTES, taskKey, windowKey } from "../keys.js";

/** type u8, author, strand, window u32, timestamp u48, number u16, task id. */
export const ENTRY_BYTES = 1 + HASH_BYTES + STRAND_BYTES + 4 + 6 + 2 + HASH_BYTES;

/** Decodes a key of the member index or of the task index (both end with the id's 32 bytes) and its value. */
export function decodeEntry(key: Uint8Array, value: Uint8Array): MemberEntry | undefined {
  if (value.length !== ENTRY_BYTES || key.length < HASH_BYTES) return undefined;
  const type = value[0] ?? 0;
  if (type > 2 && type !== 8) return undefined;
  const entry: MemberEntry = {
    id: toHex(key.subarray(key.length - HASH_BYTES)),
    type,
    author: toHex(value.subarray(1, 33)),
    strand: toHex(value.subarray(33, 36)),
    window: readU32(value, 36),
    timestampSeconds: readU48(value, 40),
    number: readU16(value, 46),
    taskId: toHex(value.subarray(48)),
  };
  return equalBytes(key, memberKey(entry)) || equalBytes(key, taskKey(entry)) ? entry : undefined;
}

export function decodeWindow(key: Uint8Array, value: Uint8Array): WindowState | undefined {
  if (key.length !== windowKey("000000", 0).length || value.length !== 4 + HASH_BYTES) return undefined;
  return {
    strand: toHex(key.subarray(1, 1 + STRAND_BYTES)),
    window: readU32(key, 1 + STRAND_BYTES),
    count: readU32(value, 0),
    state: toHex(value.subarray(4)),
  };
}

/** The key text of a meta or kept entry, after its leading bytes; undefined if it is not UTF-8. */
export function decodeKeyText(bytes: Uint8Array): string | undefined {
  if (bytes.length > MAX_KEY_TEXT) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

export function decodeKept(key: Uint8Array): KeptEntry | undefined {
  const kind = KEPT_KINDS[key[1] ?? KEPT_KINDS.length];
  const text = decodeKeyText(key.subarray(2));
  return kind === undefined || text === undefined ? undefined : { kind, key: text };
}
