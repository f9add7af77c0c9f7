/** One entry of a signing log: the small fields as JSON, then the bytes of head and body. */
import { createHash } from "node:crypto";
import { z } from "zod";
import { concatBytes, readU16, readU32, readU48, u8, u32 } from "../../protocol/bytes.js";
import { HEAD_BYTES } from "../../protocol/envelope.js";
import type { SigningIntent } from "../../protocol/signing.js";

/** Types with a number and a slot: tasks, submissions, validations. */
export const NUMBERED_TYPES = [0, 1, 2] as const;
export type NumberedType = (typeof NUMBERED_TYPES)[number];

export const SECONDS_A_DAY = 86_400;

const text = (max: number): z.ZodString => z.string().min(1).max(max);
const shape = z.strictObject({
  type: z.literal(NUMBERED_TYPES),
  number: z.int().min(0).max(0xffff),
  timestamp: z
    .int()
    .min(0)
    .max(2 ** 48 - 1),
  subject: text(128).optional(),
  meaning: text(128).optional(),
  caller_key: text(128).optional(),
  caller_digest: text(128).optional(),
});

/** One reserved number. */
export interface SigningEntry {
  readonly type: NumberedType;
  readonly number: number;
  readonly timestampSeconds: number;
  readonly subject?: string;
  /** Digest of the fields that two records of one subject are compared by. */
  readonly meaning?: string;
  readonly callerKey?: string;
  readonly callerDigest?: string;
  /** Absent for a record of this author from the network: it occupies its slot and is not signed again. */
  readonly head?: Uint8Array;
  readonly body?: Uint8Array;
}

/** Bytes of a head's digest: enough that no two heads of a key collide, few enough for an exact number. */
const MARK_BYTES = 6;

/** Identifies a head among those of one key: an integer below 2^48. */
export function headMark(head: Uint8Array): number {
  return readU48(createHash("sha256").update(head).digest().subarray(0, MARK_BYTES), 0);
}

export function dayOf(timestampSeconds: number): number {
  return Math.floor(timestampSeconds / SECONDS_A_DAY);
}

/** Undefined if a field is out of range. */
export function encodeSigningEntry(entry: SigningEntry): Uint8Array | undefined {
  const fields = shape.safeParse({
    type: entry.type,
    number: entry.number,
    timestamp: entry.timestampSeconds,
    subject: entry.subject,
    meaning: entry.meaning,
    caller_key: entry.callerKey,
    caller_digest: entry.callerDigest,
  });
  if (!fields.success) return undefined;
  const json = new TextEncoder().encode(JSON.stringify(fields.data));
  const head = entry.head ?? new Uint8Array(0);
  const body = entry.body ?? new Uint8Array(0);
  return concatBytes([u32(json.length), json, u32(head.length), head, u8(entry.body === undefined ? 0 : 1), body]);
}

/** Undefined for anything that {@link encodeSigningEntry} would not write. Head and body are views. */
export function decodeSigningEntry(payload: Uint8Array): SigningEntry | undefined {
  if (payload.length < 9) return undefined;
  const jsonEnd = 4 + readU32(payload, 0);
  if (jsonEnd + 5 > payload.length) return undefined;
  const headEnd = jsonEnd + 4 + readU32(payload, jsonEnd);
  const hasBody = payload[headEnd];
  if (hasBody === undefined || hasBody > 1 || (hasBody === 0 && payload.length !== headEnd + 1)) return undefined;
  const fields = parseFields(payload.subarray(4, jsonEnd));
  if (fields === undefined) return undefined;
  const head = payload.subarray(jsonEnd + 4, headEnd);
  const entry: SigningEntry = {
    type: fields.type,
    number: fields.number,
    timestampSeconds: fields.timestamp,
    ...(fields.subject === undefined ? {} : { subject: fields.subject }),
    ...(fields.meaning === undefined ? {} : { meaning: fields.meaning }),
    ...(fields.caller_key === undefined ? {} : { callerKey: fields.caller_key }),
    ...(fields.caller_digest === undefined ? {} : { callerDigest: fields.caller_digest }),
    ...(head.length === 0 ? {} : { head }),
    ...(hasBody === 0 ? {} : { body: payload.subarray(headEnd + 1) }),
  };
  return head.length === 0 || headMatches(head, entry) ? entry : undefined;
}

function parseFields(bytes: Uint8Array): z.infer<typeof shape> | undefined {
  try {
    return shape.safeParse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes))).data;
  } catch {
    return undefined;
  }
}

/** Whether the head has the entry's type, timestamp and number. Offsets: protocol.md, Envelope. */
export function headMatches(
  head: Uint8Array,
  entry: Pick<SigningEntry, "type" | "number" | "timestampSeconds">,
): boolean {
  return (
    head.length >= HEAD_BYTES &&
    head[1] === entry.type &&
    readU48(head, 4) === entry.timestampSeconds &&
    readU16(head, 10) === entry.number
  );
}

/** The intent of an entry that has a head. */
export function intentOf(author: string, entry: SigningEntry): SigningIntent | undefined {
  const { type, number, timestampSeconds, subject, callerKey, callerDigest, head, body } = entry;
  if (head === undefined) return undefined;
  return {
    author,
    type,
    day: dayOf(timestampSeconds),
    number,
    timestampSeconds,
    head: head.slice(),
    ...(subject === undefined ? {} : { subject }),
    ...(callerKey === undefined ? {} : { callerKey }),
    ...(callerDigest === undefined ? {} : { callerDigest }),
    ...(body === undefined ? {} : { body: body.slice() }),
  };
}
