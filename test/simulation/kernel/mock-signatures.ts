import { ascii, equalBytes } from "../../../src/protocol/bytes.js";
import { NetworkError } from "../../../src/protocol/errors.js";
import { tableCode } from "../../../src/protocol/table.js";
import { simHashOf } from "./sim-hash.js";

/**
 * The mock signature scheme. A public key is a hash of the private key. A signature has the shape of a real one: s, e
 * and R, 32 bytes each. R is a hash of key and message, e of key, message and R, s of key and e. Anyone could compute
 * it; honest code signs only through `Kernel.sign`, and byzantine code forges by {@link forged}.
 */
const KEY = ascii("key");
const NONCE = ascii("R");
const CHALLENGE = ascii("e");
const RESPONSE = ascii("s");

/** Scalars are below 2^252, as nearly all canonical ones are. */
const SCALAR_TOP = 0x0f;
/** Points have a clear highest bit, as all canonical encodings do. */
const POINT_TOP = 0x7f;

const VALID = 0;
const BAD_PUBLIC_KEY = tableCode("bad_public_key");
const BAD_SCALAR = tableCode("bad_scalar");
const BAD_COMMITMENT = tableCode("bad_commitment");
const BAD_CHALLENGE = tableCode("bad_challenge");
const BAD_SIGNATURE = tableCode("bad_signature");

/** 32 bytes. Throws `bad_scalar` for a private key that is zero or no scalar. */
export function mockPublicKey(privateKey: Uint8Array): Uint8Array {
  if (privateKey.length !== 32) throw new NetworkError("bad_parameters", "the private key is not 32 bytes");
  if ((privateKey[31] as number) > SCALAR_TOP || privateKey.every((byte) => byte === 0)) {
    throw new NetworkError("bad_scalar", "the private scalar is zero or not canonical");
  }
  return masked(simHashOf(KEY, privateKey), POINT_TOP);
}

/**
 * s, e, R by a public key. With a `nonce` the author makes a second signature of the same message, as a real key can.
 * Only a kernel and byzantine code may call it.
 */
export function mockSign(publicKey: Uint8Array, message: Uint8Array, nonce: Uint8Array = new Uint8Array()): Uint8Array {
  return signatureOn(publicKey, message, masked(simHashOf(NONCE, publicKey, nonce, message), POINT_TOP));
}

function signatureOn(publicKey: Uint8Array, message: Uint8Array, commitment: Uint8Array): Uint8Array {
  const e = challenge(publicKey, message, commitment);
  const out = new Uint8Array(96);
  out.set(response(publicKey, e));
  out.set(e, 32);
  out.set(commitment, 64);
  return out;
}

/** The verdict byte: 0 or a table code. The order of the checks is that of the real backends. */
export function mockVerdict(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): number {
  const s = signature.subarray(0, 32);
  const e = signature.subarray(32, 64);
  const commitment = signature.subarray(64, 96);
  if (!below(s, SCALAR_TOP) || !below(e, SCALAR_TOP)) return BAD_SCALAR;
  if (!equalBytes(e, challenge(publicKey, message, commitment))) return BAD_CHALLENGE;
  if (!below(publicKey, POINT_TOP)) return BAD_PUBLIC_KEY;
  if (!below(commitment, POINT_TOP)) return BAD_COMMITMENT;
  return equalBytes(s, response(publicKey, e)) ? VALID : BAD_SIGNATURE;
}

/** s and e without R. It knows only the nonce of {@link mockSign} without a `nonce`. */
export function mockVerifyPlain(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  return equalBytes(signature, mockSign(publicKey, message).subarray(0, 64));
}

/**
 * The faults of a signature, each with the verdict of the same name; `bad_public_key` needs a key with its highest bit
 * set.
 */
export const FORGERIES = ["bad_scalar", "bad_challenge", "bad_public_key", "bad_commitment", "bad_signature"] as const;
export type Forgery = (typeof FORGERIES)[number];

/** A signature that its verifier refuses for this reason. */
export function forged(publicKey: Uint8Array, message: Uint8Array, fault: Forgery): Uint8Array {
  switch (fault) {
    case "bad_scalar": {
      const signature = mockSign(publicKey, message);
      signature[31] = 0xff;
      return signature;
    }
    case "bad_challenge": {
      const signature = mockSign(publicKey, message);
      signature[32] = (signature[32] as number) ^ 1;
      return signature;
    }
    case "bad_public_key":
      return mockSign(publicKey, message);
    case "bad_commitment":
      return signatureOn(publicKey, message, new Uint8Array(32).fill(0xff));
    case "bad_signature": {
      const signature = mockSign(publicKey, message);
      signature[0] = (signature[0] as number) ^ 1;
      return signature;
    }
  }
}

function challenge(publicKey: Uint8Array, message: Uint8Array, commitment: Uint8Array): Uint8Array {
  return masked(simHashOf(CHALLENGE, publicKey, commitment, message), SCALAR_TOP);
}

function response(publicKey: Uint8Array, e: Uint8Array): Uint8Array {
  return masked(simHashOf(RESPONSE, publicKey, e), SCALAR_TOP);
}

function masked(bytes: Uint8Array, top: number): Uint8Array {
  bytes[31] = (bytes[31] as number) & top;
  return bytes;
}

function below(bytes: Uint8Array, top: number): boolean {
  return (bytes[31] as number) <= top;
}
