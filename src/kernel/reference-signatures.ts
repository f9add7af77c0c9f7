import { mulAddUnsafe } from "@noble/curves/abstract/curve.js";
import { ristretto255 } from "@noble/curves/ed25519.js";
import { sha3_512 } from "@noble/hashes/sha3.js";
import { concatBytes } from "../protocol/bytes.js";
import { NetworkError, type ReasonCode } from "../protocol/errors.js";
import { tag } from "../protocol/hash.js";
import type { SignedItem } from "../protocol/table.js";
import { checkInput, checkLength } from "./limits.js";

export const Point: typeof ristretto255.Point = ristretto255.Point;
export type RistrettoPoint = typeof ristretto255.Point.BASE;
/** Order of the group. */
const L = Point.Fn.ORDER;
/** TOS's generator for keys and signatures: the one-way map of SHA3-512 of the encoded basepoint. */
export const H: RistrettoPoint = Point.fromHex("8c9240b456a9e6dc65c377a1048d745f94a08cdb7f44cbcd7b46f34048871134");

export function readLittleEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] as number);
  return value;
}

/** A scalar below the group order; undefined otherwise. */
function canonicalScalar(bytes: Uint8Array): bigint | undefined {
  const value = readLittleEndian(bytes);
  return value < L ? value : undefined;
}

/** SHA3-512 of the parts, read little-endian modulo the group order. */
function hashToScalar(parts: readonly Uint8Array[]): bigint {
  const hash = sha3_512.create();
  for (const part of parts) hash.update(part);
  return readLittleEndian(hash.digest()) % L;
}

function decodePoint(bytes: Uint8Array): RistrettoPoint | undefined {
  try {
    return Point.fromBytes(bytes);
  } catch {
    // Not the canonical encoding of a point: with the right length nothing else can fail.
    return undefined;
  }
}

/** A valid public key: canonical, and not the identity, for which anyone can sign. */
function decodeKey(bytes: Uint8Array): RistrettoPoint | undefined {
  const point = decodePoint(bytes);
  return point === undefined || point.is0() ? undefined : point;
}

/** `s*H - e*P`, in variable time: for public values only. */
function commitmentOf(s: bigint, e: bigint, key: RistrettoPoint): RistrettoPoint {
  return mulAddUnsafe(Point, [H, key.negate()], [s, e]);
}

/** A signature that is valid if the equation `s*H - e*P == R` holds. */
export interface CheckedSignature {
  readonly s: bigint;
  readonly e: bigint;
  readonly key: RistrettoPoint;
  readonly commitment: RistrettoPoint;
  readonly publicKey: Uint8Array;
}

/**
 * Checks everything except the equation (protocol.md, section 3); returns the fault. The order is that of every
 * backend: cheap checks first, and the first fault is the verdict.
 */
export function checkPoints(item: SignedItem): CheckedSignature | ReasonCode {
  const { publicKey } = item;
  const s = canonicalScalar(item.signature.subarray(0, 32));
  const e = canonicalScalar(item.signature.subarray(32, 64));
  if (s === undefined || e === undefined) return "bad_scalar";
  const r = item.signature.subarray(64, 96);
  if (hashToScalar([publicKey, item.message, r]) !== e) return "bad_challenge";
  const key = decodeKey(publicKey);
  if (key === undefined) return "bad_public_key";
  const commitment = decodePoint(r);
  return commitment === undefined ? "bad_commitment" : { s, e, key, commitment, publicKey };
}

/** The equation of one signature. */
export function equationHolds({ s, e, key, commitment }: CheckedSignature): boolean {
  return commitmentOf(s, e, key).equals(commitment);
}

/** `Kernel.verifyPlain` in JavaScript. */
export function verifyPlain(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  checkLength(publicKey, 32, "the public key");
  checkInput(message);
  checkLength(signature, 64, "the signature");
  const key = decodeKey(publicKey);
  const s = canonicalScalar(signature.subarray(0, 32));
  const e = canonicalScalar(signature.subarray(32, 64));
  if (key === undefined || s === undefined || e === undefined) return false;
  return hashToScalar([publicKey, message, commitmentOf(s, e, key).toBytes()]) === e;
}

/** The private scalar; `bad_scalar` if it is zero or not canonical. */
function readPrivate(bytes: Uint8Array): bigint {
  checkLength(bytes, 32, "the private key");
  const scalar = canonicalScalar(bytes);
  if (scalar === undefined || scalar === 0n) {
    throw new NetworkError("bad_scalar", "the private scalar is zero or not canonical");
  }
  return scalar;
}

/** `Kernel.publicKey` in JavaScript. */
export function publicKeyOf(privateKey: Uint8Array): Uint8Array {
  return H.multiply(Point.Fn.inv(readPrivate(privateKey))).toBytes();
}

/** `Kernel.sign` in JavaScript. JavaScript's integers are not constant-time; the addon's are. */
export function sign(privateKey: Uint8Array, message: Uint8Array): Uint8Array {
  checkInput(message);
  const inverse = Point.Fn.inv(readPrivate(privateKey));
  const key = H.multiply(inverse).toBytes();
  const nonce = hashToScalar([tag("nonce"), privateKey, key, message]);
  const r = H.multiply(nonce).toBytes();
  const e = hashToScalar([key, message, r]);
  const s = (inverse * e + nonce) % L;
  return concatBytes([Point.Fn.toBytes(s), Point.Fn.toBytes(e), r]);
}
