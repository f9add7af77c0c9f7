import { readU16, readU32, readU48, writeU16, writeU32, writeU48 } from "./bytes.js";
import { fail, ok, type ReasonCode, type Result } from "./errors.js";
import { type Blake3, tag, taggedHash } from "./hash.js";

/** The specification's `AIMessageType`; 8 is this project's extension (protocol.md, Envelope). */
export const MessageType = {
  TaskAnnouncement: 0,
  SubmissionAnnouncement: 1,
  ValidationAnnouncement: 2,
  SyncRequest: 3,
  SyncResponse: 4,
  PeerScoreUpdate: 5,
  ConsensusVote: 6,
  FraudAlert: 7,
  Certificate: 8,
} as const;
export type MessageType = (typeof MessageType)[keyof typeof MessageType];

export const ENVELOPE_VERSION = 1;
/** Bytes before the payload. */
export const HEAD_BYTES = 48;
/** s, e and the nonce commitment R, 32 bytes each. */
export const SIGNATURE_BYTES = 96;
/** Bytes of an envelope beside its payload. */
export const ENVELOPE_OVERHEAD = HEAD_BYTES + SIGNATURE_BYTES;

/** The AINetworkMessage of the specification, decoded. Offsets and rules: protocol.md, Envelope. */
export interface Envelope {
  readonly type: MessageType;
  readonly network: number;
  readonly timestampSeconds: number;
  readonly number: number;
  /** Author's public key, 32 bytes. */
  readonly sender: Uint8Array;
  readonly payload: Uint8Array;
  /** s, e, R. */
  readonly signature: Uint8Array;
}

/** The fields that a signature covers, before it is made. */
export type UnsignedEnvelope = Omit<Envelope, "signature">;

/** Bytes 0 to 48+n: what is signed (after {@link signedMessage}'s prefix) and hashed into the record id. */
export function encodeHead(envelope: UnsignedEnvelope): Uint8Array {
  const out = new Uint8Array(HEAD_BYTES + envelope.payload.length);
  out[0] = ENVELOPE_VERSION;
  out[1] = envelope.type;
  out[2] = envelope.network;
  out[3] = 0;
  writeU48(out, 4, envelope.timestampSeconds);
  writeU16(out, 10, envelope.number);
  out.set(envelope.sender, 12);
  writeU32(out, 44, envelope.payload.length);
  out.set(envelope.payload, HEAD_BYTES);
  return out;
}

/** Head and signature (s, e, R; 96 bytes) as on the wire. */
export function joinEnvelope(head: Uint8Array, signature: Uint8Array): Uint8Array {
  const out = new Uint8Array(head.length + SIGNATURE_BYTES);
  out.set(head);
  out.set(signature, head.length);
  return out;
}

/**
 * `tos-ai-sync/envelope/v1`, 0x00, genesis, head. The envelope has no genesis, and its chain id does not identify a
 * network.
 */
export function signedMessage(genesis: Uint8Array, head: Uint8Array): Uint8Array {
  const prefix = tag("envelope");
  const out = new Uint8Array(prefix.length + genesis.length + head.length);
  out.set(prefix);
  out.set(genesis, prefix.length);
  out.set(head, prefix.length + genesis.length);
  return out;
}

/** H(record; signed message), 32 bytes. */
export function recordId(blake3: Blake3, genesis: Uint8Array, head: Uint8Array): Uint8Array {
  return taggedHash(blake3, "record", [signedMessage(genesis, head)]);
}

/** Head of an envelope whose layout was checked. */
export function headOf(envelope: Uint8Array): Uint8Array {
  return envelope.subarray(0, envelope.length - SIGNATURE_BYTES);
}

/** Payload of an envelope whose layout was checked. */
export function payloadOf(envelope: Uint8Array): Uint8Array {
  return envelope.subarray(HEAD_BYTES, envelope.length - SIGNATURE_BYTES);
}

/** The limits for the layout of one envelope. */
export interface EnvelopeLimits {
  readonly network: number;
  readonly payloadLimits: readonly number[];
}

/**
 * Layout of one envelope, in this order on every backend: length, version, type, network, flags, number, payload limit,
 * exact length. Undefined for a valid layout.
 */
export function checkLayout(bytes: Uint8Array, limits: EnvelopeLimits): ReasonCode | undefined {
  if (bytes.length < ENVELOPE_OVERHEAD) return "envelope_truncated";
  if (bytes[0] !== ENVELOPE_VERSION) return "bad_version";
  const type = bytes[1] as number;
  if (type > MessageType.Certificate) return "unknown_type";
  if (bytes[2] !== limits.network) return "wrong_network";
  if (bytes[3] !== 0) return "bad_flags";
  if (type > MessageType.ValidationAnnouncement && readU16(bytes, 10) !== 0) return "bad_number";
  const length = readU32(bytes, 44);
  if (length > (limits.payloadLimits[type] as number)) return "payload_over_limit";
  if (bytes.length < ENVELOPE_OVERHEAD + length) return "envelope_truncated";
  if (bytes.length > ENVELOPE_OVERHEAD + length) return "envelope_too_long";
  return undefined;
}

/** Strict decoding of one envelope; the parts are views into `bytes`. Signatures are the kernel's. */
export function decodeEnvelope(bytes: Uint8Array, limits: EnvelopeLimits): Result<Envelope> {
  const code = checkLayout(bytes, limits);
  if (code !== undefined) return fail(code);
  const end = bytes.length - SIGNATURE_BYTES;
  return ok({
    type: bytes[1] as MessageType,
    network: bytes[2] as number,
    timestampSeconds: readU48(bytes, 4),
    number: readU16(bytes, 10),
    sender: bytes.subarray(12, 44),
    payload: bytes.subarray(HEAD_BYTES, end),
    signature: bytes.subarray(end),
  });
}
