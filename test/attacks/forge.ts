import { blake3Of } from "../../src/kernel/index.js";
import { toHex } from "../../src/protocol/bytes.js";
import { encodeHead, joinEnvelope, MessageType, recordId, signedMessage } from "../../src/protocol/envelope.js";
import {
  encodeRecord,
  type RecordPayload,
  type SubmissionPayload,
  type TaskPayload,
  type TaskRef,
} from "../../src/protocol/records.js";
import { others, reference } from "../support/backends.js";
import type { Author } from "../support/envelopes.js";
import { IDENTITY } from "../support/network-nodes.js";

/** The fastest available kernel signs and hashes. */
export const kernel = others[0] ?? reference;
export const blake3 = blake3Of(kernel);

export interface Forged {
  readonly envelope: Uint8Array;
  /** Hex. */
  readonly id: string;
  readonly head: Uint8Array;
  readonly timestampSeconds: number;
}

export interface HeadFields {
  readonly type?: MessageType;
  readonly network?: number;
  readonly genesis?: Uint8Array;
  readonly timestampSeconds?: number;
  readonly number?: number;
}

export function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

/** A correctly signed envelope of any payload and head. */
export function forge(by: Author, payload: Uint8Array, fields: HeadFields = {}): Forged {
  const genesis = fields.genesis ?? IDENTITY.genesis;
  const timestampSeconds = fields.timestampSeconds ?? nowSeconds();
  const head = encodeHead({
    type: fields.type ?? MessageType.TaskAnnouncement,
    network: fields.network ?? IDENTITY.network,
    timestampSeconds,
    number: fields.number ?? 0,
    sender: by.publicKey,
    payload,
  });
  const signature = kernel.sign(by.privateKey, signedMessage(genesis, head));
  return {
    envelope: joinEnvelope(head, signature),
    id: toHex(recordId(blake3, genesis, head)),
    head,
    timestampSeconds,
  };
}

let lastAuthor = 0x1000;

/** A new author for each case of the file: small scalars in their order. */
export function newAuthor(): Author {
  lastAuthor++;
  const privateKey = new Uint8Array(32);
  privateKey.set([lastAuthor & 0xff, lastAuthor >> 8]);
  return { privateKey, publicKey: kernel.publicKey(privateKey) };
}

const HOUR = 3600;

export function taskPayload(timestampSeconds: number, change: Partial<TaskPayload> = {}): TaskPayload {
  return {
    kind: "task",
    taskType: 0,
    deadlineSeconds: timestampSeconds + HOUR,
    rewardNano: 1n,
    difficulty: 0,
    verification: 1,
    requiredReviewers: 2,
    maxParticipants: 3,
    qualityThreshold: 50,
    body: { hash: "ab".repeat(32), length: 100 },
    ...change,
  };
}

/** The announcement of a task, valid except for the given changes. */
export function task(by: Author, fields: HeadFields = {}, change: Partial<TaskPayload> = {}): Forged {
  const timestampSeconds = fields.timestampSeconds ?? nowSeconds();
  const payload = encodeRecord(taskPayload(timestampSeconds, change));
  return forge(by, payload, { ...fields, timestampSeconds });
}

export function record(by: Author, payload: RecordPayload, fields: HeadFields = {}): Forged {
  return forge(by, encodeRecord(payload), fields);
}

export function submission(by: Author, ref: TaskRef, body: SubmissionPayload["body"], fields: HeadFields = {}): Forged {
  const type = MessageType.SubmissionAnnouncement;
  return record(by, { kind: "submission", task: ref, body, qualityHint: 0 }, { type, ...fields });
}

/** The bytes with one byte changed. */
export function damaged(bytes: Uint8Array, at: number, bit = 1): Uint8Array {
  const copy = bytes.slice();
  const index = at < 0 ? copy.length + at : at;
  copy[index] = (copy[index] as number) ^ bit;
  return copy;
}
