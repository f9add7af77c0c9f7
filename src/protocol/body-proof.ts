import { concatBytes } from "./bytes.js";
import { tag } from "./hash.js";

/** The message of a body proof (protocol.md, Submission bodies). */
export function bodyProofMessage(
  genesis: Uint8Array,
  hash: Uint8Array,
  salt: Uint8Array,
  requestId: Uint8Array,
): Uint8Array {
  return concatBytes([tag("body-proof"), genesis, hash, salt, requestId]);
}
