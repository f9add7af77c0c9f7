import { platform } from "./ambient.js";

export * from "node:crypto";

/** `node:crypto`, with random bytes from the seed. */
export function randomBytes(length: number): Buffer {
  return Buffer.from(platform().random.bytes(length));
}
