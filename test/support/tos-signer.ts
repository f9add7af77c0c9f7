import { ristretto255 } from "@noble/curves/ed25519.js";
import { sha3_512 } from "@noble/hashes/sha3.js";

/** TOS account signatures by their definition, so that the vectors do not depend on the tested code. */

const { Point } = ristretto255;
const { Fn } = Point;
const H = Point.fromHex("8c9240b456a9e6dc65c377a1048d745f94a08cdb7f44cbcd7b46f34048871134");

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

function scalar(bytes: Uint8Array): bigint {
  return Fn.create(littleEndian(bytes));
}

function scalarBytes(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
}

/** P = x^-1 * H. */
export function publicKeyOf(privateKey: Uint8Array): Uint8Array {
  return H.multiply(Fn.inv(scalar(privateKey))).toBytes();
}

/** s, e, R with the deterministic nonce of the protocol. */
export function signMessage(privateKey: Uint8Array, message: Uint8Array): Uint8Array {
  const x = scalar(privateKey);
  const key = publicKeyOf(privateKey);
  const label = new TextEncoder().encode("tos-ai-sync/nonce/v1\0");
  const k = scalar(sha3_512(concat(label, privateKey, key, message)));
  const commitment = H.multiply(k).toBytes();
  const e = scalar(sha3_512(concat(key, message, commitment)));
  const s = Fn.add(Fn.mul(Fn.inv(x), e), k);
  return concat(scalarBytes(s), scalarBytes(e), commitment);
}

/** e == SHA3-512(P || message || R) mod L and s*H - e*P == R. */
export function signatureHolds(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const s = littleEndian(signature.subarray(0, 32));
  const e = littleEndian(signature.subarray(32, 64));
  const commitment = signature.subarray(64);
  if (!Fn.isValid(s) || !Fn.isValid(e)) return false;
  if (scalar(sha3_512(concat(publicKey, message, commitment))) !== e) return false;
  const point = H.multiply(s).subtract(Point.fromBytes(publicKey).multiply(e));
  return point.equals(Point.fromBytes(commitment));
}
