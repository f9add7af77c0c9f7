import { randomBytes } from "node:crypto";

/** A random private key: a little-endian number below 2^252, so below the order of the group, and not zero. */
export function newPrivateKey(): Uint8Array {
  const key = new Uint8Array(randomBytes(32));
  key[31] = 0x0f & (key[31] ?? 0);
  key[0] = 0x01 | (key[0] ?? 0);
  return key;
}
