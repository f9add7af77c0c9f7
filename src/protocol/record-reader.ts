import { Cursor, MAX_SECONDS, readRef } from "./cursor.js";
import { BODY_MAX_BYTES } from "./enumerations.js";
import type { BodyRef, CancelPayload, SubmissionPayload, TaskPayload, ValidationPayload } from "./record-payloads.js";

/**
 * Reads canonical payloads of types 0 to 2 in one pass, without a second encoding to compare with. A reading ends in
 * `undefined` at the first byte that is not canonical or not in range; `decodeMessage` then finds the reason. It also
 * ends so at numbers above 2^49, which are rare: these are left to `decodeMessage`, too.
 */

const CANCEL = 1;

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
