import { type BodyPart, decodeBodyParts, encodeBodyParts } from "./body-parts.js";
import { concatBytes, fromHex, readU32, toHex, u8, u32, u64 } from "./bytes.js";
import { fail, ok, type Result } from "./errors.js";
import { BODY_MAX_BYTES } from "./records.js";
import { isStrand, STRAND_BYTES } from "./strand.js";
import { REQUEST_ID_BYTES } from "./sync-messages.js";

/** The largest frame of /tos-ai/sync/1 (protocol.md, Sync): u32 length, kind u8, request id 16, rest. */
export const FRAME_MAX_BYTES = 61_440;
/** Kind and request id. */
export const FRAME_HEAD_BYTES = 1 + REQUEST_ID_BYTES;
/** Most ids in one `ids` or `want` frame: 1,800 * 32 bytes fit below the frame's cap. */
export const FRAME_IDS_MAX = 1800;
/** Strand, window u32, last u8. */
const IDS_HEAD_BYTES = STRAND_BYTES + 5;
/** Time u64 and digest. */
const REGISTRY_BYTES = 40;
/** Most body bytes in one chunk, so that the chunk fits with its head below the frame's cap. */
export const FRAME_CHUNK_BYTES = 60_000;

/** A frame, decoded. Request ids are hex; ids are hex, ascending. Byte parts are views. */
export type Frame =
  | { readonly kind: "envelope"; readonly requestId: string; readonly envelope: Uint8Array }
  | { readonly kind: "records"; readonly requestId: string; readonly bundle: Uint8Array }
  | { readonly kind: "body"; readonly requestId: string; readonly offset: number; readonly bytes: Uint8Array }
  | {
      readonly kind: "ids";
      readonly requestId: string;
      readonly strand: string;
      readonly window: number;
      /** No further frame of this window, and with `window` 2^32-1: no further window of this strand. */
      readonly last: boolean;
      readonly ids: readonly string[];
    }
  | { readonly kind: "want"; readonly requestId: string; readonly ids: readonly string[] }
  | { readonly kind: "fingerprints"; readonly requestId: string; readonly bytes: Uint8Array }
  | { readonly kind: "difference"; readonly requestId: string; readonly bytes: Uint8Array }
  | { readonly kind: "list"; readonly requestId: string; readonly bytes: Uint8Array }
  | { readonly kind: "scores"; readonly requestId: string; readonly envelope: Uint8Array }
  /** The sender's registry time and digest differ from those of its hello or its last such frame. Digest in hex. */
  | {
      readonly kind: "registry";
      readonly requestId: string;
      readonly timeSeconds: bigint;
      readonly digest: string;
    }
  /** The answers to a request for bodies, in its order. */
  | { readonly kind: "bodies"; readonly requestId: string; readonly parts: readonly BodyPart[] }
  /** Hashes of bodies that the sender answered with `awaited` and holds now. */
  | { readonly kind: "body_news"; readonly requestId: string; readonly ids: readonly string[] };

const FRAME_KINDS = [
  "envelope",
  "records",
  "body",
  "ids",
  "want",
  "fingerprints",
  "difference",
  "list",
  "scores",
  "registry",
  "bodies",
  "body_news",
] as const;

function fixed(text: string): Uint8Array {
  const bytes = fromHex(text);
  if (bytes === undefined) throw new RangeError("expected hex");
  return bytes;
}

/** The frame without its u32 length. */
export function encodeFrame(frame: Frame): Uint8Array {
  const head = concatBytes([u8(FRAME_KINDS.indexOf(frame.kind)), fixed(frame.requestId)]);
  switch (frame.kind) {
    case "envelope":
    case "scores":
      return concatBytes([head, frame.envelope]);
    case "records":
      return concatBytes([head, frame.bundle]);
    case "body":
      return concatBytes([head, u32(frame.offset), frame.bytes]);
    case "ids":
      return concatBytes([
        head,
        fixed(frame.strand),
        u32(frame.window),
        u8(frame.last ? 1 : 0),
        ...frame.ids.map(fixed),
      ]);
    case "want":
    case "body_news":
      return concatBytes([head, ...frame.ids.map(fixed)]);
    case "fingerprints":
    case "difference":
    case "list":
      return concatBytes([head, frame.bytes]);
    case "bodies":
      return concatBytes([head, encodeBodyParts(frame.parts)]);
    case "registry":
      return concatBytes([head, u64(frame.timeSeconds), fixed(frame.digest)]);
  }
}

function decodeIds(bytes: Uint8Array): string[] | undefined {
  if (bytes.length % 32 !== 0 || bytes.length > FRAME_IDS_MAX * 32) return undefined;
  const ids: string[] = [];
  for (let at = 0; at < bytes.length; at += 32) {
    const id = toHex(bytes.subarray(at, at + 32));
    const previous = ids.at(-1);
    if (previous !== undefined && previous >= id) return undefined;
    ids.push(id);
  }
  return ids;
}

/** Strict decoding of one frame without its u32 length. */
export function decodeFrame(bytes: Uint8Array): Result<Frame> {
  if (bytes.length > FRAME_MAX_BYTES) return fail("frame_too_large");
  if (bytes.length < FRAME_HEAD_BYTES) return fail("frame_malformed");
  const kind = FRAME_KINDS[bytes[0] as number];
  const requestId = toHex(bytes.subarray(1, FRAME_HEAD_BYTES));
  const rest = bytes.subarray(FRAME_HEAD_BYTES);
  if (kind === undefined) return fail("frame_malformed");
  switch (kind) {
    case "envelope":
    case "scores":
      return ok({ kind, requestId, envelope: rest });
    case "records":
      return ok({ kind, requestId, bundle: rest });
    case "body": {
      if (rest.length < 5) return fail("frame_malformed");
      const offset = readU32(rest, 0);
      const chunk = rest.subarray(4);
      if (chunk.length > FRAME_CHUNK_BYTES || offset + chunk.length > BODY_MAX_BYTES) return fail("frame_malformed");
      return ok({ kind, requestId, offset, bytes: chunk });
    }
    case "ids": {
      if (rest.length < IDS_HEAD_BYTES || (rest[7] as number) > 1) return fail("frame_malformed");
      const strand = rest.subarray(0, STRAND_BYTES);
      const ids = decodeIds(rest.subarray(IDS_HEAD_BYTES));
      if (ids === undefined || !isStrand(strand)) return fail("frame_malformed");
      return ok({ kind, requestId, strand: toHex(strand), window: readU32(rest, 3), last: rest[7] === 1, ids });
    }
    case "want":
    case "body_news": {
      const ids = decodeIds(rest);
      return ids === undefined || ids.length === 0 ? fail("frame_malformed") : ok({ kind, requestId, ids });
    }
    case "fingerprints":
    case "difference":
    case "list":
      return ok({ kind, requestId, bytes: rest });
    case "bodies": {
      const parts = decodeBodyParts(rest);
      return parts === undefined ? fail("frame_malformed") : ok({ kind, requestId, parts });
    }
    case "registry": {
      if (rest.length !== REGISTRY_BYTES) return fail("frame_malformed");
      const timeSeconds = (BigInt(readU32(rest, 0)) << 32n) | BigInt(readU32(rest, 4));
      return ok({ kind, requestId, timeSeconds, digest: toHex(rest.subarray(8)) });
    }
  }
}
