import { readHex32 } from "./bytes.js";
import { BODY_MAX_BYTES } from "./enumerations.js";
import type {
  BodyRef,
  CancelPayload,
  SubmissionPayload,
  TaskPayload,
  TaskRef,
  ValidationPayload,
} from "./record-payloads.js";

/**
 * Reads canonical payloads of types 0 to 2 in one pass, without a second encoding to compare with. A reading ends in
 * `undefined` at the first byte that is not canonical or not in range; `decodeMessage` then finds the reason. It also
 * ends so at numbers above 2^49, which are rare: these are left to `decodeMessage`, too.
 */

/** Wire types of protobuf in the low 3 bits of a tag. All fields have numbers below 16, so a tag is one byte. */
const VARINT = 0;
const BYTES = 2;

const KEY_BYTES = 32;
const CANCEL = 1;
/** Bytes of the longest varint that is read: 49 bits, which a double adds exactly. */
const VARINT_BYTES = 7;
/** Most bytes of a message or key in a field: one byte holds such a length. */
const LENGTH_MAX = 127;
const MAX_SECONDS = 2 ** 48 - 1;

class Cursor {
  readonly bytes: Uint8Array;
  /** Index of the next byte. */
  at = 0;
  /** End of the message that is read. */
  end: number;
  /** A byte was refused; all later results are worthless. */
  refused = false;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.end = bytes.length;
  }

  /** Whether all bytes were read and none refused. */
  get complete(): boolean {
    return !this.refused && this.at === this.end;
  }

  /** Whether the next field is this one; its tag is then read. */
  has(field: number, wireType: number): boolean {
    if (this.at >= this.end || this.bytes[this.at] !== ((field << 3) | wireType)) return false;
    this.at++;
    return true;
  }

  /** An integer field of 0 to `max`; 0 where it is absent, as its default is never written. */
  integer(field: number, max: number): number {
    return this.has(field, VARINT) ? this.#varint(max) : 0;
  }

  /** A field of 32 bytes as hex; undefined where it is absent. */
  key(field: number): string | undefined {
    if (!this.has(field, BYTES)) return undefined;
    if (this.#length() !== KEY_BYTES) {
      this.refused = true;
      return undefined;
    }
    this.at += KEY_BYTES;
    return readHex32(this.bytes, this.at - KEY_BYTES);
  }

  /** Enters the message of a field until {@link leave}. Returns the end of the outer one; -1: it is absent. */
  enter(field: number): number {
    if (!this.has(field, BYTES)) return -1;
    const outer = this.end;
    const length = this.#length();
    this.end = this.at + length;
    return outer;
  }

  leave(outer: number): void {
    if (this.at !== this.end) this.refused = true;
    this.end = outer;
  }

  /** A length, within the message. */
  #length(): number {
    const length = this.#varint(LENGTH_MAX);
    if (length > this.end - this.at) this.refused = true;
    return this.refused ? 0 : length;
  }

  /** The shortest form of a number from 1 to `max`. */
  #varint(max: number): number {
    let value = 0;
    let scale = 1;
    for (let read = 0; read < VARINT_BYTES && this.at < this.end; read++) {
      const byte = this.bytes[this.at++] as number;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (byte === 0 || value > max) this.refused = true;
        return value;
      }
      scale *= 0x80;
    }
    this.refused = true;
    return 0;
  }
}

function readRef(cursor: Cursor, field: number): TaskRef | undefined {
  const outer = cursor.enter(field);
  if (outer === -1) return undefined;
  const taskId = cursor.key(1);
  const taskType = cursor.integer(2, 5);
  const t0 = cursor.integer(3, MAX_SECONDS);
  cursor.leave(outer);
  return taskId === undefined ? undefined : { taskId, taskType, t0 };
}

/** `undefined` for an absent body; one without its hash is refused. */
function readBody(cursor: Cursor, field: number): BodyRef | undefined {
  const outer = cursor.enter(field);
  if (outer === -1) return undefined;
  const hash = cursor.key(1);
  const length = cursor.integer(2, BODY_MAX_BYTES);
  cursor.leave(outer);
  if (hash === undefined || length === 0) {
    cursor.refused = true;
    return undefined;
  }
  return { hash, length };
}

/** Type 0. */
export function readTask(bytes: Uint8Array): TaskPayload | CancelPayload | undefined {
  const cursor = new Cursor(bytes);
  if (cursor.integer(1, CANCEL) === CANCEL) {
    const task = readRef(cursor, 12);
    return task !== undefined && cursor.complete ? { kind: "cancel", task } : undefined;
  }
  const taskType = cursor.integer(2, 5);
  const deadlineSeconds = cursor.integer(3, MAX_SECONDS);
  const rewardNano = BigInt(cursor.integer(4, Number.MAX_SAFE_INTEGER));
  const difficulty = cursor.integer(5, 3);
  const verification = cursor.integer(6, 3);
  const reviewed = verification === 1 || verification === 2;
  const requiredReviewers = cursor.integer(7, reviewed ? 255 : 0);
  const maxParticipants = cursor.integer(8, 255);
  const qualityThreshold = cursor.integer(9, 100);
  const body = readBody(cursor, 10);
  const chainId = cursor.key(11);
  if (body === undefined || maxParticipants === 0 || !cursor.complete) return undefined;
  const payload: TaskPayload = {
    kind: "task",
    taskType,
    deadlineSeconds,
    rewardNano,
    difficulty,
    verification,
    requiredReviewers,
    maxParticipants,
    qualityThreshold,
    body,
  };
  return chainId === undefined ? payload : { ...payload, chainId };
}

/** Type 1. */
export function readSubmission(bytes: Uint8Array): SubmissionPayload | undefined {
  const cursor = new Cursor(bytes);
  const task = readRef(cursor, 1);
  const body = readBody(cursor, 2);
  const qualityHint = cursor.integer(3, 100);
  const chainId = cursor.key(4);
  if (task === undefined || body === undefined || !cursor.complete) return undefined;
  const payload: SubmissionPayload = { kind: "submission", task, body, qualityHint };
  return chainId === undefined ? payload : { ...payload, chainId };
}

/** Type 2. */
export function readValidation(bytes: Uint8Array): ValidationPayload | undefined {
  const cursor = new Cursor(bytes);
  const task = readRef(cursor, 1);
  const submissionId = cursor.key(2);
  const score = cursor.integer(3, 100);
  const validationKind = cursor.integer(4, 2);
  const body = readBody(cursor, 5);
  if (task === undefined || submissionId === undefined || !cursor.complete) return undefined;
  const payload: ValidationPayload = { kind: "validation", task, submissionId, score, validationKind };
  return body === undefined ? payload : { ...payload, body };
}
