import { createHash } from "node:crypto";
import type { CancelDraft, SubmissionDraft, TaskDraft, ValidationDraft } from "../../api/index.js";
import { encodeBody, type RecordBody } from "../../protocol/bodies.js";
import { MessageType } from "../../protocol/envelope.js";
import { NetworkError } from "../../protocol/errors.js";
import type { StreamingBlake3 } from "../../protocol/hash.js";
import { type BodyRef, type RecordPayload, TASK_TYPES, type TaskRef } from "../../protocol/records.js";
import type { NetworkRules } from "../../protocol/rules.js";
import { bodyRefInTurns } from "./body-hash.js";

interface OwnBody {
  readonly ref: BodyRef;
  readonly bytes: Uint8Array;
}

/** A record of a caller, before it has a number and a time. */
export interface OwnDraft {
  readonly type: MessageType;
  /** Hex. */
  readonly author: string;
  readonly task: TaskRef | undefined;
  readonly body: OwnBody | undefined;
  /** {@link signingSubject} */
  readonly subject: string | undefined;
  readonly meaning: string | undefined;
  readonly callerKey: string | undefined;
  /** Digest of the caller's whole request. */
  readonly callerDigest: string | undefined;
  readonly payload: (timestampSeconds: number) => RecordPayload;
}

/** The subject about which an author must not sign two different records (protocol.md, Signing). */
export function signingSubject(payload: RecordPayload): string | undefined {
  switch (payload.kind) {
    case "submission":
      return `task:${payload.task.taskId}`;
    case "validation":
      return `submission:${payload.submissionId}`;
    case "task":
    case "cancel":
      return undefined;
  }
}

/** A digest of a draft that does not depend on the order of its fields. */
function draftDigest(draft: object): string {
  const text = JSON.stringify(draft, (key, value: unknown) => {
    if (key === "idempotencyKey") return undefined;
    if (typeof value === "bigint") return `${value}n`;
    if (value instanceof Uint8Array) return createHash("sha256").update(value).digest("hex");
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
    }
    return value;
  });
  return createHash("sha256").update(text).digest("hex");
}

/** What a caller asked for. */
export interface IdempotentDraft {
  readonly idempotencyKey: string | undefined;
}

/** The idempotency key of a draft and a digest of its content. */
export function callerOf(draft: IdempotentDraft): Pick<OwnDraft, "callerKey" | "callerDigest"> {
  if (draft.idempotencyKey === undefined) return { callerKey: undefined, callerDigest: undefined };
  return { callerKey: draft.idempotencyKey, callerDigest: draftDigest(draft) };
}

async function encoded(blake3: StreamingBlake3, rules: NetworkRules, body: RecordBody): Promise<OwnBody> {
  const bytes = encodeBody(body);
  if (bytes.length > rules.bodyLimit) {
    throw new NetworkError(
      "payload_too_large",
      `a body is at most ${rules.bodyLimit} bytes, this one has ${bytes.length}`,
      { details: { limit: rules.bodyLimit, bytes: bytes.length } },
    );
  }
  return { ref: await bodyRefInTurns(blake3, bytes), bytes };
}

export async function ownTask(
  blake3: StreamingBlake3,
  rules: NetworkRules,
  author: string,
  draft: TaskDraft,
): Promise<OwnDraft> {
  const { detail, description, data, gasFeeNano, stakeRequiredNano, deadline } = draft;
  const body = await encoded(blake3, rules, {
    kind: "task",
    author,
    detail,
    description,
    data,
    gasFeeNano,
    stakeRequiredNano,
  });
  return {
    type: MessageType.TaskAnnouncement,
    author,
    task: undefined,
    body,
    subject: undefined,
    meaning: undefined,
    ...callerOf(draft),
    payload: (timestampSeconds) => ({
      kind: "task",
      taskType: TASK_TYPES.indexOf(detail.type),
      deadlineSeconds: deadline.kind === "at" ? deadline.seconds : timestampSeconds + deadline.seconds,
      rewardNano: draft.rewardNano,
      difficulty: draft.difficulty,
      verification: draft.verification,
      requiredReviewers: draft.requiredReviewers,
      maxParticipants: draft.maxParticipants,
      qualityThreshold: draft.qualityThreshold,
      body: body.ref,
      ...(draft.chainId === undefined ? {} : { chainId: draft.chainId }),
    }),
  };
}

export function ownCancel(author: string, task: TaskRef, draft: CancelDraft): OwnDraft {
  return {
    type: MessageType.TaskAnnouncement,
    author,
    task,
    body: undefined,
    // Two cancellations of one task mean the same: they need no subject.
    subject: undefined,
    meaning: undefined,
    ...callerOf(draft),
    payload: () => ({ kind: "cancel", task }),
  };
}

export async function ownSubmission(
  blake3: StreamingBlake3,
  rules: NetworkRules,
  author: string,
  task: TaskRef,
  draft: SubmissionDraft,
): Promise<OwnDraft> {
  const body = await encoded(blake3, rules, {
    kind: "submission",
    author,
    taskId: task.taskId,
    answer: draft.answer,
    stakeNano: draft.stakeNano,
    gasFeeNano: draft.gasFeeNano,
    ...(draft.computationProof === undefined ? {} : { computationProof: draft.computationProof }),
  });
  const payload: RecordPayload = { kind: "submission", task, body: body.ref, qualityHint: draft.qualityHint };
  return {
    type: MessageType.SubmissionAnnouncement,
    author,
    task,
    body,
    subject: signingSubject(payload),
    meaning: body.ref.hash,
    ...callerOf(draft),
    payload: () => payload,
  };
}

export async function ownValidation(
  blake3: StreamingBlake3,
  rules: NetworkRules,
  author: string,
  task: TaskRef,
  draft: ValidationDraft,
): Promise<OwnDraft> {
  const { submissionId, score, validationKind } = draft;
  const body =
    draft.body === undefined
      ? undefined
      : await encoded(blake3, rules, { kind: "validation", author, submissionId, ...draft.body });
  const payload: RecordPayload = {
    kind: "validation",
    task,
    submissionId,
    score,
    validationKind,
    ...(body === undefined ? {} : { body: body.ref }),
  };
  return {
    type: MessageType.ValidationAnnouncement,
    author,
    task,
    body,
    subject: signingSubject(payload),
    meaning: `${score}:${body?.ref.hash ?? ""}`,
    ...callerOf(draft),
    payload: () => payload,
  };
}
