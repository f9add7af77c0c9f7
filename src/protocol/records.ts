import { fromHex, toHex } from "./bytes.js";
import { create, decodeMessage, encodeMessage, seconds, wireSeconds } from "./canonical.js";
import { BODY_MAX_BYTES } from "./enumerations.js";
import { fail, ok, type Result } from "./errors.js";
import {
  BodySchema,
  RefSchema,
  SubmissionAnnouncementSchema,
  TaskAnnouncementSchema,
  ValidationAnnouncementSchema,
  type Body as WireBody,
  type Ref as WireRef,
} from "./generated/payload_pb.js";
import type {
  BodyRef,
  CancelPayload,
  RecordPayload,
  SubmissionPayload,
  TaskPayload,
  TaskRef,
  ValidationPayload,
} from "./record-payloads.js";
import { readSubmission, readTask, readValidation } from "./record-reader.js";

export { BODY_MAX_BYTES, DIFFICULTIES, TASK_TYPES, VALIDATION_KINDS, VERIFICATIONS } from "./enumerations.js";
export type * from "./record-payloads.js";

export function hashText(bytes: Uint8Array): string | undefined {
  return bytes.length === 32 ? toHex(bytes) : undefined;
}

/** Bytes of a hash or key that this program made. Throws on any other text: a defect of this program. */
export function hashBytes(text: string): Uint8Array {
  const bytes = fromHex(text, 32);
  if (bytes === undefined) throw new RangeError("expected 32 bytes of hex");
  return bytes;
}

export function readRef(ref: WireRef | undefined): TaskRef | undefined {
  if (ref === undefined || ref.taskType > 5) return undefined;
  const taskId = hashText(ref.taskId);
  const t0 = seconds(ref.t0);
  return taskId === undefined || t0 === undefined ? undefined : { taskId, taskType: ref.taskType, t0 };
}

export function wireRef(ref: TaskRef): WireRef {
  return create(RefSchema, { taskId: hashBytes(ref.taskId), taskType: ref.taskType, t0: wireSeconds(ref.t0) });
}

function readBody(body: WireBody | undefined): BodyRef | undefined {
  if (body === undefined || body.length < 1 || body.length > BODY_MAX_BYTES) return undefined;
  const hash = hashText(body.hash);
  return hash === undefined ? undefined : { hash, length: body.length };
}

function wireBody(body: BodyRef): WireBody {
  return create(BodySchema, { hash: hashBytes(body.hash), length: body.length });
}

function chainIdOf(bytes: Uint8Array): Result<string | undefined> {
  if (bytes.length === 0) return ok(undefined);
  return bytes.length === 32 ? ok(toHex(bytes)) : fail("payload_out_of_range");
}

/** Type 0: a task, or the cancellation of one. */
export function decodeTask(bytes: Uint8Array): Result<TaskPayload | CancelPayload> {
  const read = readTask(bytes);
  if (read !== undefined) return ok(read);
  const decoded = decodeMessage(TaskAnnouncementSchema, bytes);
  if (!decoded.ok) return decoded;
  const wire = decoded.value;
  if (wire.kind === 1) {
    const task = readRef(wire.task);
    if (task === undefined) return fail("payload_out_of_range");
    const payload: CancelPayload = { kind: "cancel", task };
    // "Exactly fields 1 and 12": any other field would make the bytes longer than this.
    return encodeRecord(payload).length === bytes.length ? ok(payload) : fail("payload_out_of_range");
  }
  const body = readBody(wire.body);
  const deadlineSeconds = seconds(wire.deadline);
  const chainId = chainIdOf(wire.chainId);
  const reviewed = wire.verification === 1 || wire.verification === 2;
  if (
    wire.kind !== 0 ||
    wire.task !== undefined ||
    body === undefined ||
    deadlineSeconds === undefined ||
    !chainId.ok ||
    wire.taskType > 5 ||
    wire.difficulty > 3 ||
    wire.verification > 3 ||
    wire.requiredReviewers > (reviewed ? 255 : 0) ||
    wire.maxParticipants < 1 ||
    wire.maxParticipants > 255 ||
    wire.qualityThreshold > 100
  ) {
    return fail("payload_out_of_range");
  }
  return ok({
    kind: "task",
    taskType: wire.taskType,
    deadlineSeconds,
    rewardNano: wire.reward,
    difficulty: wire.difficulty,
    verification: wire.verification,
    requiredReviewers: wire.requiredReviewers,
    maxParticipants: wire.maxParticipants,
    qualityThreshold: wire.qualityThreshold,
    body,
    ...(chainId.value === undefined ? {} : { chainId: chainId.value }),
  });
}

/** Type 1. */
export function decodeSubmission(bytes: Uint8Array): Result<SubmissionPayload> {
  const read = readSubmission(bytes);
  if (read !== undefined) return ok(read);
  const decoded = decodeMessage(SubmissionAnnouncementSchema, bytes);
  if (!decoded.ok) return decoded;
  const wire = decoded.value;
  const task = readRef(wire.task);
  const body = readBody(wire.body);
  const chainId = chainIdOf(wire.chainId);
  if (task === undefined || body === undefined || !chainId.ok || wire.qualityHint > 100) {
    return fail("payload_out_of_range");
  }
  return ok({
    kind: "submission",
    task,
    body,
    qualityHint: wire.qualityHint,
    ...(chainId.value === undefined ? {} : { chainId: chainId.value }),
  });
}

/** Type 2. */
export function decodeValidation(bytes: Uint8Array): Result<ValidationPayload> {
  const read = readValidation(bytes);
  if (read !== undefined) return ok(read);
  const decoded = decodeMessage(ValidationAnnouncementSchema, bytes);
  if (!decoded.ok) return decoded;
  const wire = decoded.value;
  const task = readRef(wire.task);
  const submissionId = hashText(wire.submissionId);
  const body = readBody(wire.body);
  if (
    task === undefined ||
    submissionId === undefined ||
    (wire.body !== undefined && body === undefined) ||
    wire.score > 100 ||
    wire.kind > 2
  ) {
    return fail("payload_out_of_range");
  }
  return ok({
    kind: "validation",
    task,
    submissionId,
    score: wire.score,
    validationKind: wire.kind,
    ...(body === undefined ? {} : { body }),
  });
}

/**
 * Canonical bytes of a record's payload. The values must be in range: decode the result to check that. A value that its
 * field can't hold throws a NetworkError `value_out_of_range`.
 */
export function encodeRecord(payload: RecordPayload): Uint8Array {
  switch (payload.kind) {
    case "task":
      return encodeMessage(
        TaskAnnouncementSchema,
        create(TaskAnnouncementSchema, {
          taskType: payload.taskType,
          deadline: wireSeconds(payload.deadlineSeconds),
          reward: payload.rewardNano,
          difficulty: payload.difficulty,
          verification: payload.verification,
          requiredReviewers: payload.requiredReviewers,
          maxParticipants: payload.maxParticipants,
          qualityThreshold: payload.qualityThreshold,
          body: wireBody(payload.body),
          ...(payload.chainId === undefined ? {} : { chainId: hashBytes(payload.chainId) }),
        }),
      );
    case "cancel":
      return encodeMessage(
        TaskAnnouncementSchema,
        create(TaskAnnouncementSchema, { kind: 1, task: wireRef(payload.task) }),
      );
    case "submission":
      return encodeMessage(
        SubmissionAnnouncementSchema,
        create(SubmissionAnnouncementSchema, {
          task: wireRef(payload.task),
          body: wireBody(payload.body),
          qualityHint: payload.qualityHint,
          ...(payload.chainId === undefined ? {} : { chainId: hashBytes(payload.chainId) }),
        }),
      );
    case "validation":
      return encodeMessage(
        ValidationAnnouncementSchema,
        create(ValidationAnnouncementSchema, {
          task: wireRef(payload.task),
          submissionId: hashBytes(payload.submissionId),
          score: payload.score,
          kind: payload.validationKind,
          ...(payload.body === undefined ? {} : { body: wireBody(payload.body) }),
        }),
      );
  }
}
