import { blake3 as nobleBlake3 } from "@noble/hashes/blake3.js";
import { concatBytes, toHex } from "../../../src/protocol/bytes.js";
import {
  encodeHead,
  headOf,
  joinEnvelope,
  type MessageType,
  recordId,
  signedMessage,
} from "../../../src/protocol/envelope.js";
import type { StreamingBlake3 } from "../../../src/protocol/hash.js";
import { encodeRecord, hashBytes, type RecordPayload } from "../../../src/protocol/records.js";
import { DEFAULT_RULES, type NetworkIdentity, rulesDigest, standaloneGenesis } from "../../../src/protocol/rules.js";
import { bodiesHash, type SyncRequest } from "../../../src/protocol/sync-messages.js";
import { NOT_ASKED, readRow, rowCount, tableCode } from "../../../src/protocol/table.js";

export const blake3: StreamingBlake3 = nobleBlake3;

export function keyOf(name: string): string {
  return toHex(blake3(new TextEncoder().encode(name)));
}

export function identityOf(rules = DEFAULT_RULES): NetworkIdentity {
  const digest = rulesDigest(blake3, rules);
  return { network: 3, genesis: standaloneGenesis(blake3, 3, "simulation", digest), rules, rulesDigest: digest };
}

/** A fake signature for tests that need only valid and invalid ones: 96 bytes that anyone can compute. */
export function fakeSignature(key: string, message: Uint8Array): Uint8Array {
  const digest = blake3(concatBytes([hashBytes(key), message]));
  return concatBytes([digest, digest, digest]);
}

export function signEnvelope(
  identity: NetworkIdentity,
  fields: {
    readonly type: MessageType;
    readonly sender: string;
    readonly timestampSeconds: number;
    readonly number?: number;
  },
  payload: Uint8Array,
): Uint8Array {
  const { type, sender, timestampSeconds, number = 0 } = fields;
  const head = encodeHead({
    type,
    network: identity.network,
    timestampSeconds,
    number,
    sender: hashBytes(sender),
    payload,
  });
  return joinEnvelope(head, fakeSignature(sender, signedMessage(identity.genesis, head)));
}

export function idOf(identity: NetworkIdentity, envelope: Uint8Array): string {
  return toHex(recordId(blake3, identity.genesis, headOf(envelope)));
}

const TYPE_OF = { task: 0, cancel: 0, submission: 1, validation: 2 } as const;

/** A record's envelope with its id. */
export function signRecord(
  identity: NetworkIdentity,
  author: string,
  payload: RecordPayload,
  timestampSeconds: number,
  number = 0,
): { readonly id: string; readonly envelope: Uint8Array } {
  const type = TYPE_OF[payload.kind];
  const envelope = signEnvelope(identity, { type, sender: author, timestampSeconds, number }, encodeRecord(payload));
  return { id: idOf(identity, envelope), envelope };
}

/** The kernel's `verify`, for fake signatures. */
export function fakeVerify(
  identity: NetworkIdentity,
  input: Uint8Array,
  table: Uint8Array,
  mask: Uint8Array,
): Uint8Array {
  const verdicts = new Uint8Array(rowCount(table)).fill(NOT_ASKED);
  for (let index = 0; index < verdicts.length; index++) {
    if (mask[index] !== 1) continue;
    const row = readRow(table, index);
    const envelope = input.subarray(row.envelopeOffset, row.envelopeOffset + row.envelopeLength);
    const expected = fakeSignature(row.sender, signedMessage(identity.genesis, headOf(envelope)));
    const good = toHex(envelope.subarray(envelope.length - 96)) === toHex(expected);
    verdicts[index] = good ? 0 : tableCode("bad_signature");
  }
  return verdicts;
}

/** The request with the body proof of `author`; `messageOf` makes the signed message of a hash. */
export function withProof(
  request: SyncRequest,
  author: string | undefined,
  messageOf: (hash: string) => Uint8Array,
): SyncRequest {
  if (author === undefined || (request.kind !== "body" && request.kind !== "bodies")) return request;
  const hash = request.kind === "body" ? request.hash : bodiesHash(blake3, request.hashes);
  return { ...request, access: { author, proof: toHex(fakeSignature(author, messageOf(hash))) } };
}
