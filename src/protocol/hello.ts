import { compareBytes, concatBytes, equalBytes, fromHex, toHex, u8, u16 } from "./bytes.js";
import { create, decodeExtensible, decodeMessage, encodeMessage } from "./canonical.js";
import { rosterDigest, type WeightedKey } from "./digests.js";
import { SIGNATURE_BYTES } from "./envelope.js";
import { fail, NetworkError, ok, REASONS, type ReasonCode, type Result } from "./errors.js";
import {
  HelloAnswerSchema,
  HelloClosingSchema,
  HelloFrameSchema,
  HelloOpeningSchema,
  HelloRestSchema,
  KnownPeersSchema,
  RosterDigestSchema,
  type HelloOpening as WireOpening,
} from "./generated/hello_pb.js";
import { type Blake3, tag, taggedHash } from "./hash.js";
import type { NetworkIdentity } from "./rules.js";
import { STRAND_BYTES } from "./strand.js";

/** /tos-ai/hello/1 (protocol.md, Identities): three frames, each after a u32 length of at most this. */
export const HELLO_FRAME_MAX_BYTES = 16_384;
export const HELLO_VERSION = 1;
export const NONCE_BYTES = 32;

export interface HelloOpening {
  readonly version: number;
  readonly network: number;
  readonly genesis: Uint8Array;
  readonly rules: Uint8Array;
  readonly nonce: Uint8Array;
}

export interface HelloProof {
  /** Encoded {@link HelloRest}; signed by its hash, so it is kept as it came. */
  readonly rest: Uint8Array;
  /** Node key, 32 bytes. */
  readonly key: Uint8Array;
  /** s, e, R. */
  readonly signature: Uint8Array;
}

export type HelloFrame =
  | { readonly kind: "opening"; readonly opening: HelloOpening }
  | { readonly kind: "answer"; readonly opening: HelloOpening; readonly proof: HelloProof }
  | { readonly kind: "closing"; readonly proof: HelloProof }
  | { readonly kind: "refusal"; readonly code: ReasonCode }
  | { readonly kind: "referral"; readonly known: readonly string[] };

/** Reason frames by number, from 1. */
const REFUSALS: readonly ReasonCode[] = [
  "wrong_protocol_version",
  "wrong_network",
  "wrong_genesis",
  "wrong_rules",
  "own_peer_id",
  "bad_signature",
  "hello_malformed",
  "peer_busy",
  "peer_id_in_use",
];

function readOpening(wire: WireOpening | undefined): HelloOpening | undefined {
  if (wire === undefined || wire.network > 3) return undefined;
  if (wire.genesis.length !== 32 || wire.rules.length !== 32 || wire.nonce.length !== NONCE_BYTES) return undefined;
  return { version: wire.version, network: wire.network, genesis: wire.genesis, rules: wire.rules, nonce: wire.nonce };
}

function readProof(wire: { rest: Uint8Array; key: Uint8Array; signature: Uint8Array }): HelloProof | undefined {
  if (wire.key.length !== 32 || wire.signature.length !== SIGNATURE_BYTES) return undefined;
  return { rest: wire.rest, key: wire.key, signature: wire.signature };
}

/** One frame without its length. Anything unexpected is `hello_malformed`. */
export function decodeHelloFrame(bytes: Uint8Array): Result<HelloFrame> {
  if (bytes.length > HELLO_FRAME_MAX_BYTES) return fail("frame_too_large");
  const decoded = decodeMessage(HelloFrameSchema, bytes);
  if (!decoded.ok) return fail("hello_malformed");
  const { frame } = decoded.value;
  switch (frame.case) {
    case undefined:
      return fail("hello_malformed");
    case "opening": {
      const opening = readOpening(frame.value);
      return opening === undefined ? fail("hello_malformed") : ok({ kind: "opening", opening });
    }
    case "answer": {
      const opening = readOpening(frame.value.opening);
      const proof = readProof(frame.value);
      return opening === undefined || proof === undefined
        ? fail("hello_malformed")
        : ok({ kind: "answer", opening, proof });
    }
    case "closing": {
      const proof = readProof(frame.value);
      return proof === undefined ? fail("hello_malformed") : ok({ kind: "closing", proof });
    }
    case "refusal": {
      const code = REFUSALS[frame.value - 1];
      return code === undefined ? fail("hello_malformed") : ok({ kind: "refusal", code });
    }
    case "referral": {
      const { known } = frame.value;
      const isValid = shortTexts(known, HELLO_LIMITS.known, HELLO_LIMITS.addressBytes);
      return isValid ? ok({ kind: "referral", known }) : fail("hello_malformed");
    }
  }
}

function wireOpening(opening: HelloOpening): WireOpening {
  return create(HelloOpeningSchema, opening);
}

export function encodeHelloFrame(frame: HelloFrame): Uint8Array {
  switch (frame.kind) {
    case "opening":
      return wrap({ case: "opening", value: wireOpening(frame.opening) });
    case "answer":
      return wrap({
        case: "answer",
        value: create(HelloAnswerSchema, { opening: wireOpening(frame.opening), ...frame.proof }),
      });
    case "closing":
      return wrap({ case: "closing", value: create(HelloClosingSchema, frame.proof) });
    case "refusal":
      return wrap({ case: "refusal", value: REFUSALS.indexOf(refusalFor(frame.code)) + 1 });
    case "referral":
      return wrap({ case: "referral", value: create(KnownPeersSchema, { known: [...frame.known] }) });
  }
}

/** The reason for the other side: the reason itself where the wire has a number for it, otherwise the nearest one. */
function refusalFor(code: ReasonCode): ReasonCode {
  if (REFUSALS.includes(code)) return code;
  switch (REASONS[code]) {
    case "signature":
      return "bad_signature";
    case "deserialization":
      return "hello_malformed";
    case "serialization":
    case "storage":
    case "peer_connection":
    case "consensus":
      return "peer_busy";
  }
}

function wrap(frame: ReturnType<typeof create<typeof HelloFrameSchema>>["frame"]): Uint8Array {
  return encodeMessage(HelloFrameSchema, create(HelloFrameSchema, { frame }));
}

/** Compares the facts that both sides must share. Returns the reason of a difference, or undefined. */
export function checkOpening(theirs: HelloOpening, ours: NetworkIdentity): ReasonCode | undefined {
  if (theirs.version !== HELLO_VERSION) return "wrong_protocol_version";
  if (theirs.network !== ours.network) return "wrong_network";
  if (!equalBytes(theirs.genesis, ours.genesis)) return "wrong_genesis";
  if (!equalBytes(theirs.rules, ours.rulesDigest)) return "wrong_rules";
  return undefined;
}

export const ROLE_OPENER = 0;
export const ROLE_ACCEPTOR = 1;

/** The content of a hello signature, from the side of the signer. Peer ids are libp2p multihash bytes. */
export interface HelloSigned {
  readonly genesis: Uint8Array;
  readonly rules: Uint8Array;
  readonly role: 0 | 1;
  readonly ownPeerId: Uint8Array;
  readonly otherPeerId: Uint8Array;
  readonly openerNonce: Uint8Array;
  readonly acceptorNonce: Uint8Array;
  readonly rest: Uint8Array;
}

export function helloMessage(blake3: Blake3, signed: HelloSigned): Uint8Array {
  return concatBytes([
    tag("hello"),
    signed.genesis,
    signed.rules,
    u8(signed.role),
    u16(signed.ownPeerId.length),
    signed.ownPeerId,
    u16(signed.otherPeerId.length),
    signed.otherPeerId,
    signed.openerNonce,
    signed.acceptorNonce,
    blake3(signed.rest),
  ]);
}

/** H(salt; opener's nonce, acceptor's nonce). Both sides of one connection know it, and neither chose it alone. */
export function connectionSalt(blake3: Blake3, openerNonce: Uint8Array, acceptorNonce: Uint8Array): Uint8Array {
  return taggedHash(blake3, "salt", [openerNonce, acceptorNonce]);
}

/**
 * The facts of a node in its hello; later versions may add fields. Strands are 6 hex digits. Strands and days are
 * ascending.
 */
export interface HelloRest {
  readonly agent: string;
  readonly versionMin: number;
  readonly versionMax: number;
  readonly interests: readonly string[];
  readonly features: readonly string[];
  readonly registryTime: bigint;
  readonly registryDigest: Uint8Array;
  readonly rosters: readonly { readonly day: number; readonly digest: Uint8Array }[];
  readonly clockSeconds: bigint;
  readonly addresses: readonly string[];
  readonly known: readonly string[];
  readonly bodyLimit: number;
  /** The address at which the sender sees the receiver: a multiaddr, or empty. An unverified hint. */
  readonly observed: string;
}

/** Caps of the lists of a hello. An answer with a rest that fills all of them fits into the 16 KiB of a frame. */
export const HELLO_LIMITS = {
  agentBytes: 64,
  interests: 1536,
  features: 16,
  featureBytes: 32,
  rosters: 64,
  addresses: 8,
  addressBytes: 256,
  known: 8,
} as const;

/** The rosters of a hello: the newest ones of a roster file, ascending by day. */
export function helloRosters(
  blake3: Blake3,
  genesis: Uint8Array,
  rosters: readonly { readonly fromDay: number; readonly members: readonly WeightedKey[] }[],
): HelloRest["rosters"] {
  return rosters.slice(-HELLO_LIMITS.rosters).map(({ fromDay, members }) => ({
    day: fromDay,
    digest: rosterDigest(blake3, genesis, fromDay, members),
  }));
}

export function encodeHelloRest(rest: HelloRest): Uint8Array {
  return encodeMessage(
    HelloRestSchema,
    create(HelloRestSchema, {
      agent: rest.agent,
      versionMin: rest.versionMin,
      versionMax: rest.versionMax,
      interests: rest.interests.map(strandBytes),
      features: [...rest.features],
      registryTime: rest.registryTime,
      registryDigest: rest.registryDigest,
      rosters: rest.rosters.map((roster) => create(RosterDigestSchema, roster)),
      clock: rest.clockSeconds,
      addresses: [...rest.addresses],
      known: [...rest.known],
      bodyLimit: rest.bodyLimit,
      observed: rest.observed,
    }),
  );
}

function strandBytes(strand: string): Uint8Array {
  const bytes = fromHex(strand, STRAND_BYTES);
  if (bytes === undefined) throw new NetworkError("value_out_of_range", "a strand is 6 hex digits");
  return bytes;
}

function ascending<T>(items: readonly T[], compare: (a: T, b: T) => number): boolean {
  return items.every((item, i) => {
    const previous = items[i - 1];
    return previous === undefined || compare(previous, item) < 0;
  });
}

/** Whether there are at most `count` texts, each of printable ASCII and within the byte limit. */
export function shortTexts(texts: readonly string[], count: number, bytes: number): boolean {
  return texts.length <= count && texts.every((text) => text.length <= bytes && /^[\x20-\x7e]*$/.test(text));
}

/** Checks the limits. Fields of later versions are ignored. */
export function decodeHelloRest(bytes: Uint8Array): Result<HelloRest> {
  const decoded = decodeExtensible(HelloRestSchema, bytes);
  if (!decoded.ok) return fail("hello_malformed");
  const wire = decoded.value;
  const valid =
    shortTexts([wire.agent], 1, HELLO_LIMITS.agentBytes) &&
    shortTexts([wire.observed], 1, HELLO_LIMITS.addressBytes) &&
    shortTexts(wire.features, HELLO_LIMITS.features, HELLO_LIMITS.featureBytes) &&
    shortTexts(wire.addresses, HELLO_LIMITS.addresses, HELLO_LIMITS.addressBytes) &&
    shortTexts(wire.known, HELLO_LIMITS.known, HELLO_LIMITS.addressBytes) &&
    wire.interests.length <= HELLO_LIMITS.interests &&
    wire.interests.every((strand) => strand.length === STRAND_BYTES) &&
    ascending(wire.interests, compareBytes) &&
    wire.registryDigest.length === 32 &&
    wire.rosters.length <= HELLO_LIMITS.rosters &&
    wire.rosters.every((roster) => roster.digest.length === 32) &&
    ascending(wire.rosters, (a, b) => a.day - b.day);
  if (!valid) return fail("hello_malformed");
  return ok({
    agent: wire.agent,
    versionMin: wire.versionMin,
    versionMax: wire.versionMax,
    interests: wire.interests.map(toHex),
    features: wire.features,
    registryTime: wire.registryTime,
    registryDigest: wire.registryDigest,
    rosters: wire.rosters.map(({ day, digest }) => ({ day, digest })),
    clockSeconds: wire.clock,
    addresses: wire.addresses,
    known: wire.known,
    bodyLimit: wire.bodyLimit,
    observed: wire.observed,
  });
}
