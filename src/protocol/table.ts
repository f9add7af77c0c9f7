import { readHex32, readU16, readU32, readU48, writeU32 } from "./bytes.js";
import { type MessageType, SIGNATURE_BYTES } from "./envelope.js";
import type { ReasonCode } from "./errors.js";
import type { NetworkIdentity } from "./rules.js";

/**
 * The packed forms that cross the kernel's boundary: one call per batch, no objects per record.
 *
 * Input of `scan` and `verify`: bundles, each after its u32 length (this packing is not part of the wire).
 * Output of `scan`: rows of {@link ROW_BYTES}, in order. A bundle with a broken layout gives one row with
 * {@link NO_TYPE}; otherwise each envelope gives one row, good or bad.
 */
export const ROW_BYTES = 128;
/** `type` of a row that stands for a whole broken bundle. */
export const NO_TYPE = 255;

/** Offsets of the fields of a row. `envelopeOffset` and `payloadOffset` count from the start of the whole input. */
export const ROW = {
  code: 0,
  type: 1,
  number: 2,
  bundle: 4,
  envelopeOffset: 8,
  envelopeLength: 12,
  payloadOffset: 16,
  payloadLength: 20,
  timestamp: 24,
  sender: 32,
  recordId: 64,
  envelopeHash: 96,
} as const;

/** Codes of rows (1 to 10, from `scan`) and of verdicts (20 to 24, from `verify`); 0 is good. */
export const TABLE_CODES: { readonly [code: number]: ReasonCode } = {
  1: "bundle_layout",
  2: "bundle_too_large",
  3: "envelope_truncated",
  4: "envelope_too_long",
  5: "bad_version",
  6: "unknown_type",
  7: "wrong_network",
  8: "bad_flags",
  9: "bad_number",
  10: "payload_over_limit",
  20: "bad_public_key",
  21: "bad_scalar",
  22: "bad_commitment",
  23: "bad_challenge",
  24: "bad_signature",
};
/** Verdict of a row that the mask excludes. */
export const NOT_ASKED = 255;

const CODE_OF = new Map(Object.entries(TABLE_CODES).map(([code, reason]) => [reason, Number(code)]));

/** The number of a table code. Throws on a reason that no table contains: a defect of this program. */
export function tableCode(reason: ReasonCode): number {
  const code = CODE_OF.get(reason);
  if (code === undefined) throw new RangeError(`no table code for ${reason}`);
  return code;
}

/**
 * One row of a scan table. `recordId` is zero where the envelope is bad; the envelope hash is BLAKE3 of all its bytes.
 */
export interface ScanRow {
  readonly code: ReasonCode | undefined;
  readonly type: MessageType | typeof NO_TYPE;
  readonly number: number;
  readonly bundle: number;
  readonly envelopeOffset: number;
  readonly envelopeLength: number;
  readonly payloadOffset: number;
  readonly payloadLength: number;
  readonly timestampSeconds: number;
  /** Hex, 32 bytes. */
  readonly sender: string;
  /** Hex, 32 bytes. */
  readonly recordId: string;
  /** Hex, 32 bytes. */
  readonly envelopeHash: string;
}

export function rowCount(table: Uint8Array): number {
  return table.length / ROW_BYTES;
}

export function readRow(table: Uint8Array, index: number): ScanRow {
  const at = index * ROW_BYTES;
  const code = table[at] as number;
  return {
    code: code === 0 ? undefined : (TABLE_CODES[code] ?? "bundle_layout"),
    type: table[at + ROW.type] as MessageType | typeof NO_TYPE,
    number: readU16(table, at + ROW.number),
    bundle: readU32(table, at + ROW.bundle),
    envelopeOffset: readU32(table, at + ROW.envelopeOffset),
    envelopeLength: readU32(table, at + ROW.envelopeLength),
    payloadOffset: readU32(table, at + ROW.payloadOffset),
    payloadLength: readU32(table, at + ROW.payloadLength),
    timestampSeconds: readU48(table, at + ROW.timestamp + 2),
    sender: readHex32(table, at + ROW.sender),
    recordId: readHex32(table, at + ROW.recordId),
    envelopeHash: readHex32(table, at + ROW.envelopeHash),
  };
}

/** Packs bundles for `scan`. */
export function packInput(bundles: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const bundle of bundles) length += 4 + bundle.length;
  const out = new Uint8Array(length);
  let offset = 0;
  for (const bundle of bundles) {
    writeU32(out, offset, bundle.length);
    out.set(bundle, offset + 4);
    offset += 4 + bundle.length;
  }
  return out;
}

/** Bytes of {@link scanContext}: network u8, genesis 32, nine payload limits, bundle count and bytes (u32 each). */
export const CONTEXT_BYTES = 77;

/** The facts of the network that `scan` and `verify` need, packed once at the start. */
export function scanContext(identity: NetworkIdentity): Uint8Array {
  const out = new Uint8Array(CONTEXT_BYTES);
  out[0] = identity.network;
  out.set(identity.genesis, 1);
  identity.rules.payloadLimits.forEach((limit, type) => {
    writeU32(out, 33 + 4 * type, limit);
  });
  writeU32(out, 69, identity.rules.bundleMaxCount);
  writeU32(out, 73, identity.rules.bundleMaxBytes);
  return out;
}

/** One item for `verifyMessages`. */
export interface SignedItem {
  readonly publicKey: Uint8Array;
  /** s, e, R: 96 bytes. */
  readonly signature: Uint8Array;
  readonly message: Uint8Array;
}

/** Packs items as key 32, signature 96, message length u32, message. */
export function packItems(items: readonly SignedItem[]): Uint8Array {
  let length = 0;
  for (const item of items) length += 32 + SIGNATURE_BYTES + 4 + item.message.length;
  const out = new Uint8Array(length);
  let offset = 0;
  for (const item of items) {
    out.set(item.publicKey, offset);
    out.set(item.signature, offset + 32);
    writeU32(out, offset + 128, item.message.length);
    out.set(item.message, offset + 132);
    offset += 132 + item.message.length;
  }
  return out;
}
