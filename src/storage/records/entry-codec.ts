/** Values of the database. Each decoder also gets the key and refuses a value that does not belong to it. */

import type { KeptEntry, MemberEntry, WindowState } from "../../engine/index.js";
import { readU16, readU32, readU48, toHex } from "../../protocol/bytes.js";
import { ENVELOPE_OVERHEAD, MessageType, payloadOf } from "../../protocol/envelope.js";
import { decodeCertificate } from "../../protocol/verdict-messages.js";
import { HASH_BYTES, KEPT_KINDS, MAX_KEY_TEXT, RECORD_KEY_BYTES, STRAND_BYTES, windowKey } from "../keys.js";
import type { StoredRecord } from "../types.js";

/** strand, window u32: before the envelope in the value of a record. */
export const PLACE_BYTES = STRAND_BYTES + 4;

/**
 * Key and value of a record. The other fields are those of the envelope's head, but the time of a certificate is that
 * of its task.
 */
export function decodeRecord(key: Uint8Array, value: Uint8Array): StoredRecord | undefined {
  if (key.length !== RECORD_KEY_BYTES || value.length < PLACE_BYTES + ENVELOPE_OVERHEAD) return undefined;
  const envelope = value.subarray(PLACE_BYTES);
  const type = envelope[1] ?? 0;
  if (type > MessageType.ValidationAnnouncement && type !== MessageType.Certificate) return undefined;
  const timestampSeconds = type === MessageType.Certificate ? certificateSeconds(envelope) : readU48(envelope, 4);
  if (timestampSeconds === undefined) return undefined;
  const entry: MemberEntry = {
    id: toHex(key.subarray(1 + HASH_BYTES)),
    type,
    author: toHex(envelope.subarray(12, 12 + HASH_BYTES)),
    strand: toHex(value.subarray(0, STRAND_BYTES)),
    window: readU32(value, STRAND_BYTES),
    timestampSeconds,
    number: readU16(envelope, 10),
    taskId: toHex(key.subarray(1, 1 + HASH_BYTES)),
  };
  return { entry, envelope };
}

/** The time of a certificate is that of its task; undefined if the certificate can't be read. */
function certificateSeconds(envelope: Uint8Array): number | undefined {
  const certificate = decodeCertificate(payloadOf(envelope));
  return certificate.ok ? certificate.value.task.t0 : undefined;
}

/** The envelope in the value of a record; undefined if the value is too short. */
export function envelopeOf(value: Uint8Array): Uint8Array | undefined {
  return value.length < PLACE_BYTES + ENVELOPE_OVERHEAD ? undefined : value.subarray(PLACE_BYTES);
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
