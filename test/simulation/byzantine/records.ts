import { toHex } from "../../../src/protocol/bytes.js";
import {
  decodeEnvelope,
  encodeHead,
  headOf,
  joinEnvelope,
  MessageType,
  recordId,
  SIGNATURE_BYTES,
  signedMessage,
  type UnsignedEnvelope,
} from "../../../src/protocol/envelope.js";
import { windowOf } from "../../../src/protocol/membership.js";
import { decodePayload, isRecordPayload } from "../../../src/protocol/message.js";
import { encodeRecord, type RecordPayload, type TaskRef } from "../../../src/protocol/records.js";
import type { NetworkIdentity } from "../../../src/protocol/rules.js";
import { recordStrand, shardOf, strandTopic, taskOf } from "../../../src/protocol/strand.js";
import { blake3 } from "../kernel/mock-kernel.js";
import { mockSign, mockVerdict } from "../kernel/mock-signatures.js";

/** A record as a peer handles it. Its signature may be false. */
export interface PeerRecord {
  readonly id: string;
  readonly envelope: Uint8Array;
  readonly payload: RecordPayload;
  /** Hex. */
  readonly author: string;
  readonly number: number;
  readonly timestampSeconds: number;
  readonly task: TaskRef;
  readonly strand: string;
  readonly window: number;
  readonly topic: string;
}

/** Reads an envelope; undefined where it is no record of this network. The signature is not checked. */
export function readRecord({ network, genesis, rules }: NetworkIdentity, bytes: Uint8Array): PeerRecord | undefined {
  const decoded = decodeEnvelope(bytes, { network, payloadLimits: rules.payloadLimits });
  if (!decoded.ok) return undefined;
  const { type, timestampSeconds, number, sender } = decoded.value;
  const payload = decodePayload(type, decoded.value.payload);
  if (!payload.ok || !isRecordPayload(payload.value)) return undefined;
  const id = toHex(recordId(blake3, genesis, headOf(bytes)));
  const task = taskOf(payload.value, id, timestampSeconds);
  return {
    id,
    envelope: bytes.slice(),
    payload: payload.value,
    author: toHex(sender),
    number,
    timestampSeconds,
    task,
    strand: recordStrand(task, rules.shards),
    window: windowOf(timestampSeconds, rules),
    topic: strandTopic(network, task.taskType, shardOf(task.taskId, rules.shards)),
  };
}

/** Whether the key of the record signed it. */
export function isSigned({ genesis }: NetworkIdentity, { author, envelope }: PeerRecord): boolean {
  const message = signedMessage(genesis, headOf(envelope));
  return mockVerdict(Buffer.from(author, "hex"), message, envelope.subarray(-SIGNATURE_BYTES)) === 0;
}

/** Makes the signature of a message. */
export type Sign = (publicKey: Uint8Array, message: Uint8Array) => Uint8Array;

export interface RecordFields {
  readonly sender: Uint8Array;
  readonly payload: RecordPayload;
  readonly timestampSeconds: number;
  readonly number: number;
}

/** The envelope of a record; `sign` and `genesis` may be false. */
export function makeEnvelope(
  identity: NetworkIdentity,
  { sender, payload, timestampSeconds, number }: RecordFields,
  { sign = mockSign, genesis = identity.genesis }: { readonly sign?: Sign; readonly genesis?: Uint8Array } = {},
): Uint8Array {
  const type =
    payload.kind === "submission"
      ? MessageType.SubmissionAnnouncement
      : payload.kind === "validation"
        ? MessageType.ValidationAnnouncement
        : MessageType.TaskAnnouncement;
  const fields = { type, network: identity.network, timestampSeconds, number, sender, payload: encodeRecord(payload) };
  return seal(genesis, fields, sign);
}

/** An envelope of any type. */
export function seal(genesis: Uint8Array, fields: UnsignedEnvelope, sign: Sign = mockSign): Uint8Array {
  const head = encodeHead(fields);
  return joinEnvelope(head, sign(fields.sender, signedMessage(genesis, head)));
}
