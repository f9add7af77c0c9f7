import { CLOCK_ERROR_MAX_MS } from "../../engine/index.js";
import { toHex } from "../../protocol/bytes.js";
import { NetworkError, type ReasonCode } from "../../protocol/errors.js";
import type { Blake3 } from "../../protocol/hash.js";
import {
  checkOpening,
  connectionSalt,
  decodeHelloFrame,
  decodeHelloRest,
  encodeHelloFrame,
  HELLO_VERSION,
  type HelloFrame,
  type HelloOpening,
  type HelloProof,
  type HelloRest,
  helloMessage,
  ROLE_ACCEPTOR,
  ROLE_OPENER,
} from "../../protocol/hello.js";
import type { NetworkIdentity } from "../../protocol/rules.js";
import type { HelloSigner, PeerClock, VerifySignature } from "../types.js";

/** Frames of one hello stream. */
export interface HelloPipe {
  next(signal?: AbortSignal): Promise<Uint8Array | undefined>;
  send(frame: Uint8Array, signal?: AbortSignal): Promise<void>;
}

/** The inputs of one side of a hello. Peer ids are libp2p multihash bytes. */
export interface HelloSide {
  readonly identity: NetworkIdentity;
  readonly blake3: Blake3;
  readonly signer: HelloSigner;
  readonly verify: VerifySignature;
  readonly ownPeerId: Uint8Array;
  readonly otherPeerId: Uint8Array;
  /** The encoded HelloRest for this peer. It contains the clock, so each call makes a new one. */
  readonly rest: () => Uint8Array;
  /** 32 random bytes, new for each hello. */
  readonly nonce: Uint8Array;
  readonly nowMs: () => number;
  /** Whether another node with the peer's id is connected and answers. */
  readonly isTaken: () => Promise<boolean>;
  /** Addresses of other peers if this node has no room for the peer. The acceptor asks. */
  readonly referral: () => readonly string[] | undefined;
}

export interface HelloSuccess {
  readonly kind: "ready";
  /** The peer's node key, hex. */
  readonly key: string;
  readonly rest: HelloRest;
  /** Hex. */
  readonly salt: string;
  readonly latencyMs: number;
  /** Undefined where the hello took too long for an estimate. */
  readonly clock: PeerClock | undefined;
}

/** The hello gives the clock in whole seconds, so its middle is the best estimate. */
const HALF_SECOND_MS = 500;
/** Larger clocks are invalid: envelopes count seconds in 48 bits. */
const CLOCK_SECONDS_MAX = 2n ** 48n;

/** The rest was in transit for at most one round trip. Half of it is the estimate and also the error. */
function clockOf({ clockSeconds }: HelloRest, latencyMs: number): PeerClock | undefined {
  const halfTripMs = Math.ceil(latencyMs / 2);
  const errorMs = halfTripMs + HALF_SECOND_MS;
  // Zero: the peer does not give its clock.
  if (clockSeconds === 0n || clockSeconds >= CLOCK_SECONDS_MAX) return undefined;
  if (latencyMs < 0 || errorMs > CLOCK_ERROR_MAX_MS) return undefined;
  return { clockMs: Number(clockSeconds) * 1000 + HALF_SECOND_MS + halfTripMs, errorMs };
}

/**
 * `refused`: one side refused, with the code. `referred`: the acceptor has no room and named other peers. `cut`: the
 * stream ended before the last frame.
 */
export type HelloOutcome =
  | HelloSuccess
  | { readonly kind: "refused"; readonly code: ReasonCode; readonly by: "us" | "them" }
  | { readonly kind: "referred"; readonly known: readonly string[]; readonly by: "us" | "them" }
  | { readonly kind: "cut" };

interface Nonces {
  readonly opener: Uint8Array;
  readonly acceptor: Uint8Array;
}

function ownOpening(side: HelloSide): HelloOpening {
  const { network, genesis, rulesDigest } = side.identity;
  return { version: HELLO_VERSION, network, genesis, rules: rulesDigest, nonce: side.nonce };
}

async function readFrame(pipe: HelloPipe, signal: AbortSignal): Promise<HelloFrame | ReasonCode | undefined> {
  try {
    const bytes = await pipe.next(signal);
    if (bytes === undefined) return undefined;
    const frame = decodeHelloFrame(bytes);
    return frame.ok ? frame.value : "hello_malformed";
  } catch (error) {
    if (error instanceof NetworkError && error.code === "frame_too_large") return "hello_malformed";
    throw error;
  }
}

async function refuse(pipe: HelloPipe, code: ReasonCode, signal: AbortSignal): Promise<HelloOutcome> {
  await pipe.send(encodeHelloFrame({ kind: "refusal", code }), signal);
  return { kind: "refused", code, by: "us" };
}

function judgeOpening(side: HelloSide, opening: HelloOpening): ReasonCode | undefined {
  if (toHex(side.ownPeerId) === toHex(side.otherPeerId)) return "own_peer_id";
  return checkOpening(opening, side.identity);
}

async function prove(side: HelloSide, role: 0 | 1, nonces: Nonces): Promise<HelloProof> {
  const rest = side.rest();
  const message = helloMessage(side.blake3, {
    genesis: side.identity.genesis,
    rules: side.identity.rulesDigest,
    role,
    ownPeerId: side.ownPeerId,
    otherPeerId: side.otherPeerId,
    openerNonce: nonces.opener,
    acceptorNonce: nonces.acceptor,
    rest,
  });
  return { rest, key: side.signer.publicKey, signature: await side.signer.sign(message) };
}

/** The rest of the peer if its proof is valid, or the reason code. `role` is the role of the peer. */
async function judgeProof(
  side: HelloSide,
  role: 0 | 1,
  nonces: Nonces,
  proof: HelloProof,
): Promise<HelloRest | ReasonCode> {
  const rest = decodeHelloRest(proof.rest);
  if (!rest.ok) return rest.code;
  const message = helloMessage(side.blake3, {
    genesis: side.identity.genesis,
    rules: side.identity.rulesDigest,
    role,
    ownPeerId: side.otherPeerId,
    otherPeerId: side.ownPeerId,
    openerNonce: nonces.opener,
    acceptorNonce: nonces.acceptor,
    rest: proof.rest,
  });
  return (await side.verify(proof.key, message, proof.signature)) ? rest.value : "bad_signature";
}

function success(side: HelloSide, nonces: Nonces, proof: HelloProof, rest: HelloRest, latencyMs: number): HelloSuccess {
  const salt = toHex(connectionSalt(side.blake3, nonces.opener, nonces.acceptor));
  return { kind: "ready", key: toHex(proof.key), rest, salt, latencyMs, clock: clockOf(rest, latencyMs) };
}

/**
 * The dialer's part of /tos-ai/hello/1 (protocol.md, Identities). Throws when the signal fires or the stream breaks.
 */
export async function openHello(pipe: HelloPipe, side: HelloSide, signal: AbortSignal): Promise<HelloOutcome> {
  const startedMs = side.nowMs();
  await pipe.send(encodeHelloFrame({ kind: "opening", opening: ownOpening(side) }), signal);
  const frame = await readFrame(pipe, signal);
  if (frame === undefined) return { kind: "cut" };
  if (typeof frame === "string") return refuse(pipe, frame, signal);
  if (frame.kind === "refusal") return { kind: "refused", code: frame.code, by: "them" };
  if (frame.kind === "referral") return { kind: "referred", known: frame.known, by: "them" };
  if (frame.kind !== "answer") return refuse(pipe, "hello_malformed", signal);
  const latencyMs = side.nowMs() - startedMs;

  const different = judgeOpening(side, frame.opening);
  if (different !== undefined) return refuse(pipe, different, signal);
  const nonces: Nonces = { opener: side.nonce, acceptor: frame.opening.nonce };
  const rest = await judgeProof(side, ROLE_ACCEPTOR, nonces, frame.proof);
  if (typeof rest === "string") return refuse(pipe, rest, signal);
  if (await side.isTaken()) return refuse(pipe, "peer_id_in_use", signal);
  const proof = await prove(side, ROLE_OPENER, nonces);
  await pipe.send(encodeHelloFrame({ kind: "closing", proof }), signal);
  return success(side, nonces, frame.proof, rest, latencyMs);
}

/** The acceptor's part. Nothing is signed before the opening is checked. */
export async function acceptHello(pipe: HelloPipe, side: HelloSide, signal: AbortSignal): Promise<HelloOutcome> {
  const first = await readFrame(pipe, signal);
  if (first === undefined) return { kind: "cut" };
  if (typeof first === "string") return refuse(pipe, first, signal);
  if (first.kind !== "opening") return refuse(pipe, "hello_malformed", signal);
  const different = judgeOpening(side, first.opening);
  if (different !== undefined) return refuse(pipe, different, signal);
  const known = side.referral();
  if (known !== undefined) {
    await pipe.send(encodeHelloFrame({ kind: "referral", known }), signal);
    return { kind: "referred", known, by: "us" };
  }
  if (await side.isTaken()) return refuse(pipe, "peer_id_in_use", signal);

  const nonces: Nonces = { opener: first.opening.nonce, acceptor: side.nonce };
  const proof = await prove(side, ROLE_ACCEPTOR, nonces);
  const sentMs = side.nowMs();
  await pipe.send(encodeHelloFrame({ kind: "answer", opening: ownOpening(side), proof }), signal);
  const last = await readFrame(pipe, signal);
  const latencyMs = side.nowMs() - sentMs;
  if (last === undefined) return { kind: "cut" };
  if (typeof last === "string") return { kind: "refused", code: last, by: "us" };
  if (last.kind === "refusal") return { kind: "refused", code: last.code, by: "them" };
  if (last.kind !== "closing") return { kind: "refused", code: "hello_malformed", by: "us" };
  const rest = await judgeProof(side, ROLE_OPENER, nonces, last.proof);
  if (typeof rest === "string") return { kind: "refused", code: rest, by: "us" };
  return success(side, nonces, last.proof, rest, latencyMs);
}
