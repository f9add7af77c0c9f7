import { compareBytes, fromHex, toHex } from "./bytes.js";
import { create, decodeMessage, encodeMessage } from "./canonical.js";
import { fail, ok, type Result } from "./errors.js";
import {
  PeerScoreUpdate_ScoreSchema,
  PeerScoreUpdateSchema,
  SyncRequestSchema,
  SyncResponseSchema,
  type SyncRequest as WireRequest,
} from "./generated/payload_pb.js";
import { type Blake3, taggedHash } from "./hash.js";
import { hashBytes, hashText, readRef, type TaskRef, wireRef } from "./records.js";
import { isStrand } from "./strand.js";

/** Bytes of a request id. */
export const REQUEST_ID_BYTES = 16;
/** The request id of frames outside any exchange, in hex. */
export const NO_REQUEST = "00".repeat(REQUEST_ID_BYTES);
/** The specification's `requested_data`, as bits of `flags`. */
export const WANT_STATE = 1;
export const WANT_SUBMISSIONS = 2;
export const WANT_VALIDATIONS = 4;
export const WANT_FRAUD_ANALYSIS = 8;
/** Most hashes of one request for bodies: with 34 bytes each it stays below the payload limit of type 3. */
export const BODIES_MAX = 128;

/** The requester and its signature (s, e, R in hex) over the body proof, where a body is not public. */
export interface BodyAccessProof {
  readonly author: string;
  readonly proof: string;
}

/** Type 3 opens an exchange; `requestId` is 16 bytes of hex. */
export type SyncRequest =
  | { readonly kind: "task"; readonly requestId: string; readonly task: TaskRef; readonly flags: number }
  | {
      readonly kind: "body";
      readonly requestId: string;
      readonly hash: string;
      readonly task?: TaskRef;
      readonly access?: BodyAccessProof;
    }
  | { readonly kind: "list"; readonly requestId: string; readonly hash: string }
  | {
      readonly kind: "windows";
      readonly requestId: string;
      /** 3 bytes each as 6 hex digits, ascending. */
      readonly strands: readonly string[];
      readonly fromDay: number;
      readonly toDay: number;
    }
  | {
      readonly kind: "bodies";
      readonly requestId: string;
      /** 1 to {@link BODIES_MAX}, none twice; the answer has their order. */
      readonly hashes: readonly string[];
      /** As of kind `body`; the proof covers {@link bodiesHash} of the hashes. */
      readonly access?: BodyAccessProof;
    };

export const SYNC_STATUSES = ["ok", "unknown", "refused", "not_yet", "busy"] as const;
export type SyncStatus = (typeof SYNC_STATUSES)[number];

/** Type 4 closes an exchange. */
export interface SyncResponse {
  readonly kind: "response";
  readonly requestId: string;
  readonly status: SyncStatus;
  readonly items: number;
  readonly bytes: bigint;
}

/** Type 5: reported scores of nodes, by TOS key. */
export interface PeerScoreUpdate {
  readonly kind: "scores";
  readonly scores: readonly { readonly key: string; readonly basisPoints: number }[];
}

function ascendingUnique(items: readonly Uint8Array[]): boolean {
  return items.every((item, i) => i === 0 || compareBytes(items[i - 1] as Uint8Array, item) < 0);
}

/** True when none of the fields that another kind uses is set. */
function unused(wire: WireRequest, fields: readonly (keyof WireRequest)[]): boolean {
  return fields.every((field) => {
    const value = wire[field];
    return value === undefined || value === 0 || (typeof value === "object" && "length" in value && value.length === 0);
  });
}

export function decodeSyncRequest(bytes: Uint8Array): Result<SyncRequest> {
  const decoded = decodeMessage(SyncRequestSchema, bytes);
  if (!decoded.ok) return decoded;
  const wire = decoded.value;
  if (wire.requestId.length !== REQUEST_ID_BYTES) return fail("payload_out_of_range");
  const requestId = toHex(wire.requestId);
  const task = readRef(wire.task);
  if (wire.task !== undefined && task === undefined) return fail("payload_out_of_range");
  switch (wire.kind) {
    case 0: {
      if (task === undefined || wire.flags < 1 || wire.flags > 15) return fail("payload_out_of_range");
      if (!unused(wire, ["hash", "strands", "fromDay", "toDay", "author", "proof", "hashes"]))
        return fail("payload_out_of_range");
      return ok({ kind: "task", requestId, task, flags: wire.flags });
    }
    case 1: {
      const hash = hashText(wire.hash);
      if (hash === undefined || !unused(wire, ["flags", "strands", "fromDay", "toDay", "hashes"]))
        return fail("payload_out_of_range");
      const access = readAccess(wire);
      if (access === undefined) return fail("payload_out_of_range");
      return ok({ kind: "body", requestId, hash, ...(task === undefined ? {} : { task }), ...access });
    }
    case 2: {
      const hash = hashText(wire.hash);
      const clean = unused(wire, ["task", "flags", "strands", "fromDay", "toDay", "author", "proof", "hashes"]);
      return hash === undefined || !clean ? fail("payload_out_of_range") : ok({ kind: "list", requestId, hash });
    }
    case 3: {
      const clean = unused(wire, ["task", "flags", "hash", "author", "proof", "hashes"]);
      const valid = wire.strands.length > 0 && wire.strands.every(isStrand) && ascendingUnique(wire.strands);
      if (!clean || !valid || wire.fromDay > wire.toDay) return fail("payload_out_of_range");
      return ok({
        kind: "windows",
        requestId,
        strands: wire.strands.map(toHex),
        fromDay: wire.fromDay,
        toDay: wire.toDay,
      });
    }
    case 4: {
      const access = readAccess(wire);
      const hashes = wire.hashes.map(toHex);
      const valid =
        hashes.length > 0 &&
        hashes.length <= BODIES_MAX &&
        wire.hashes.every((hash) => hash.length === 32) &&
        new Set(hashes).size === hashes.length;
      if (access === undefined || !valid || !unused(wire, ["task", "flags", "hash", "strands", "fromDay", "toDay"]))
        return fail("payload_out_of_range");
      return ok({ kind: "bodies", requestId, hashes, ...access });
    }
    default:
      return fail("payload_out_of_range");
  }
}

/** Undefined when only one of author and proof is there, or one has a wrong length. */
function readAccess({ author, proof }: WireRequest): { access?: BodyAccessProof } | undefined {
  if (author.length === 0 && proof.length === 0) return {};
  const key = hashText(author);
  return key === undefined || proof.length !== 96 ? undefined : { access: { author: key, proof: toHex(proof) } };
}

function wireAccess(access: BodyAccessProof | undefined): { author?: Uint8Array; proof?: Uint8Array } {
  return access === undefined ? {} : { author: hashBytes(access.author), proof: hexBytes(access.proof) };
}

/** What the body proof of a request for bodies covers: H(bodies; hashes in their order), hex. */
export function bodiesHash(blake3: Blake3, hashes: readonly string[]): string {
  return toHex(taggedHash(blake3, "bodies", hashes.map(hashBytes)));
}

function hexBytes(text: string): Uint8Array {
  const bytes = fromHex(text);
  if (bytes === undefined) throw new RangeError("expected hex");
  return bytes;
}

export function encodeSyncRequest(request: SyncRequest): Uint8Array {
  const requestId = hexBytes(request.requestId);
  switch (request.kind) {
    case "task":
      return encodeMessage(
        SyncRequestSchema,
        create(SyncRequestSchema, { requestId, kind: 0, task: wireRef(request.task), flags: request.flags }),
      );
    case "body":
      return encodeMessage(
        SyncRequestSchema,
        create(SyncRequestSchema, {
          requestId,
          kind: 1,
          hash: hashBytes(request.hash),
          ...(request.task === undefined ? {} : { task: wireRef(request.task) }),
          ...wireAccess(request.access),
        }),
      );
    case "list":
      return encodeMessage(
        SyncRequestSchema,
        create(SyncRequestSchema, { requestId, kind: 2, hash: hashBytes(request.hash) }),
      );
    case "windows":
      return encodeMessage(
        SyncRequestSchema,
        create(SyncRequestSchema, {
          requestId,
          kind: 3,
          strands: request.strands.map(hexBytes),
          fromDay: request.fromDay,
          toDay: request.toDay,
        }),
      );
    case "bodies":
      return encodeMessage(
        SyncRequestSchema,
        create(SyncRequestSchema, {
          requestId,
          kind: 4,
          hashes: request.hashes.map(hashBytes),
          ...wireAccess(request.access),
        }),
      );
  }
}

export function decodeSyncResponse(bytes: Uint8Array): Result<SyncResponse> {
  const decoded = decodeMessage(SyncResponseSchema, bytes);
  if (!decoded.ok) return decoded;
  const { requestId, status, items, bytes: total } = decoded.value;
  const name = SYNC_STATUSES[status];
  if (requestId.length !== REQUEST_ID_BYTES || name === undefined) return fail("payload_out_of_range");
  return ok({ kind: "response", requestId: toHex(requestId), status: name, items, bytes: total });
}

export function encodeSyncResponse(response: Omit<SyncResponse, "kind">): Uint8Array {
  return encodeMessage(
    SyncResponseSchema,
    create(SyncResponseSchema, {
      requestId: hexBytes(response.requestId),
      status: SYNC_STATUSES.indexOf(response.status),
      items: response.items,
      bytes: response.bytes,
    }),
  );
}

/** Most scores in one update (protocol.md, Payloads). */
export const SCORES_MAX = 64;

export function decodePeerScoreUpdate(bytes: Uint8Array): Result<PeerScoreUpdate> {
  const decoded = decodeMessage(PeerScoreUpdateSchema, bytes);
  if (!decoded.ok) return decoded;
  const { scores } = decoded.value;
  const valid = scores.every((score) => score.key.length === 32 && score.basisPoints <= 10_000);
  if (scores.length < 1 || scores.length > SCORES_MAX || !valid || !ascendingUnique(scores.map((score) => score.key))) {
    return fail("payload_out_of_range");
  }
  return ok({ kind: "scores", scores: scores.map(({ key, basisPoints }) => ({ key: toHex(key), basisPoints })) });
}

export function encodePeerScoreUpdate(scores: PeerScoreUpdate["scores"]): Uint8Array {
  const wire = scores.map(({ key, basisPoints }) =>
    create(PeerScoreUpdate_ScoreSchema, { key: hashBytes(key), basisPoints }),
  );
  return encodeMessage(PeerScoreUpdateSchema, create(PeerScoreUpdateSchema, { scores: wire }));
}
