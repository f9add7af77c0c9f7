import { create, decodeMessage, encodeMessage } from "./canonical.js";
import { fail, ok, type Result } from "./errors.js";
import { KnownPeersSchema } from "./generated/hello_pb.js";
import { HELLO_LIMITS, shortTexts } from "./hello.js";

/** The answer of /tos-ai/peers/1 (protocol.md, Identities): one frame after a u32 length of at most this. */
export const KNOWN_PEERS_MAX_BYTES = 4096;

/** Multiaddrs of recently reached peers, under the limits of a hello's `known`. */
export function encodeKnownPeers(known: readonly string[]): Uint8Array {
  return encodeMessage(KnownPeersSchema, create(KnownPeersSchema, { known: [...known] }));
}

/** The frame without its length. Anything unexpected is `frame_malformed`. */
export function decodeKnownPeers(bytes: Uint8Array): Result<readonly string[]> {
  if (bytes.length > KNOWN_PEERS_MAX_BYTES) return fail("frame_too_large");
  const decoded = decodeMessage(KnownPeersSchema, bytes);
  if (!decoded.ok) return fail("frame_malformed");
  const { known } = decoded.value;
  return shortTexts(known, HELLO_LIMITS.known, HELLO_LIMITS.addressBytes) ? ok(known) : fail("frame_malformed");
}
