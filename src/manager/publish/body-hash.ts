import { setImmediate } from "node:timers/promises";
import { bodyHashStream, bodyRef } from "../../protocol/bodies.js";
import { toHex } from "../../protocol/bytes.js";
import type { StreamingBlake3 } from "../../protocol/hash.js";
import type { BodyRef } from "../../protocol/records.js";

/** Hashed in one turn of the event loop: 2 ms where BLAKE3 is JavaScript, where a whole body would take 40. */
const BYTES_PER_TURN = 65_536;

/** {@link bodyRef} of a body that nobody changes meanwhile, without holding the event loop up. */
export async function bodyRefInTurns(blake3: StreamingBlake3, bytes: Uint8Array): Promise<BodyRef> {
  if (bytes.length <= BYTES_PER_TURN) return bodyRef(blake3, bytes);
  const stream = bodyHashStream(blake3);
  try {
    for (let from = 0; from < bytes.length; from += BYTES_PER_TURN) {
      stream.update(bytes.subarray(from, from + BYTES_PER_TURN));
      await setImmediate();
    }
    return { hash: toHex(stream.digest()), length: bytes.length };
  } finally {
    stream.destroy();
  }
}
