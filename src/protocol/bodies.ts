import { toHex } from "./bytes.js";
import { create, decodeMessage, encodeMessage } from "./canonical.js";
import { fail, NetworkError, ok, type Result } from "./errors.js";
import {
  AlgorithmOptimizationSchema,
  CodeAnalysisSchema,
  ComputationProofSchema,
  DataAnalysisSchema,
  GeneralTaskSchema,
  LogicReasoningSchema,
  SecurityAuditSchema,
  SubmissionBodySchema,
  TaskBodySchema,
  ValidationBody_CriterionSchema,
  ValidationBodySchema,
  type ComputationProof as WireProof,
  type TaskBody as WireTaskBody,
} from "./generated/body_pb.js";
import { type Blake3, type Blake3Stream, type StreamingBlake3, tag, taggedHash } from "./hash.js";
import { BODY_MAX_BYTES, type BodyRef, hashBytes, TASK_TYPES, type TaskRef } from "./records.js";

/** The specification's TaskType with its details (reference 1.4), in the order of TASK_TYPES. */
export type TaskDetail =
  | { readonly type: "CodeAnalysis"; readonly language: string; readonly complexity: string }
  | { readonly type: "SecurityAudit"; readonly scope: string; readonly standards: readonly string[] }
  | { readonly type: "DataAnalysis"; readonly dataType: string; readonly analysisType: string }
  | { readonly type: "AlgorithmOptimization"; readonly domain: string; readonly constraints: readonly string[] }
  | { readonly type: "LogicReasoning"; readonly problemType: string; readonly complexity: number }
  | { readonly type: "GeneralTask"; readonly category: string; readonly subcategory: string };

export interface TaskBody {
  readonly kind: "task";
  readonly author: string;
  readonly detail: TaskDetail;
  readonly description: string;
  readonly data: Uint8Array;
  readonly gasFeeNano: bigint;
  readonly stakeRequiredNano: bigint;
}

export interface ComputationProof {
  readonly workDurationSeconds: bigint;
  readonly cpuTimeMs: bigint;
  readonly memoryPeakBytes: bigint;
  readonly ioOperations: bigint;
  readonly networkRequests: number;
  readonly processSteps: readonly Uint8Array[];
  readonly randomnessProof: Uint8Array;
}

export interface SubmissionBody {
  readonly kind: "submission";
  readonly author: string;
  readonly taskId: string;
  readonly answer: Uint8Array;
  readonly stakeNano: bigint;
  readonly gasFeeNano: bigint;
  readonly computationProof?: ComputationProof;
}

export interface ValidationBody {
  readonly kind: "validation";
  readonly author: string;
  readonly submissionId: string;
  readonly method: string;
  readonly reasoning: string;
  readonly criteria: readonly { readonly name: string; readonly score: number }[];
  readonly evidence: Uint8Array;
  /** Basis points. */
  readonly confidence: number;
  readonly stakeNano: bigint;
}

export type RecordBody = TaskBody | SubmissionBody | ValidationBody;

/** H(body; bytes), 32 bytes. */
export function bodyHash(blake3: Blake3, bytes: Uint8Array): Uint8Array {
  return taggedHash(blake3, "body", [bytes]);
}

/** {@link bodyHash} of a body that comes in parts. */
export function bodyHashStream(blake3: StreamingBlake3): Blake3Stream {
  const stream = blake3.create();
  stream.update(tag("body"));
  return stream;
}

/** Hash and length of a body, as its announcement contains them. */
export function bodyRef(blake3: Blake3, bytes: Uint8Array): BodyRef {
  return { hash: toHex(bodyHash(blake3, bytes)), length: bytes.length };
}

type WireDetail = WireTaskBody["detail"];

function wireDetail(detail: TaskDetail): WireDetail {
  switch (detail.type) {
    case "CodeAnalysis": {
      const { language, complexity } = detail;
      return { case: "codeAnalysis", value: create(CodeAnalysisSchema, { language, complexity }) };
    }
    case "SecurityAudit": {
      const { scope, standards } = detail;
      return { case: "securityAudit", value: create(SecurityAuditSchema, { scope, standards: [...standards] }) };
    }
    case "DataAnalysis": {
      const { dataType, analysisType } = detail;
      return { case: "dataAnalysis", value: create(DataAnalysisSchema, { dataType, analysisType }) };
    }
    case "AlgorithmOptimization": {
      const { domain, constraints } = detail;
      const value = create(AlgorithmOptimizationSchema, { domain, constraints: [...constraints] });
      return { case: "algorithmOptimization", value };
    }
    case "LogicReasoning": {
      const { problemType, complexity } = detail;
      return { case: "logicReasoning", value: create(LogicReasoningSchema, { problemType, complexity }) };
    }
    case "GeneralTask": {
      const { category, subcategory } = detail;
      return { case: "generalTask", value: create(GeneralTaskSchema, { category, subcategory }) };
    }
  }
}

function readDetail(detail: WireDetail): TaskDetail | undefined {
  switch (detail.case) {
    case undefined:
      return undefined;
    case "codeAnalysis":
      return { type: "CodeAnalysis", language: detail.value.language, complexity: detail.value.complexity };
    case "securityAudit":
      return { type: "SecurityAudit", scope: detail.value.scope, standards: detail.value.standards };
    case "dataAnalysis":
      return { type: "DataAnalysis", dataType: detail.value.dataType, analysisType: detail.value.analysisType };
    case "algorithmOptimization":
      return { type: "AlgorithmOptimization", domain: detail.value.domain, constraints: detail.value.constraints };
    case "logicReasoning":
      return detail.value.complexity > 255
        ? undefined
        : { type: "LogicReasoning", problemType: detail.value.problemType, complexity: detail.value.complexity };
    case "generalTask":
      return { type: "GeneralTask", category: detail.value.category, subcategory: detail.value.subcategory };
  }
}

/**
 * Canonical bytes of a body. A body that peers would refuse throws a NetworkError: `payload_too_large` above 1 MiB,
 * `value_out_of_range` for a field out of range or a text that begins with a byte order mark.
 */
export function encodeBody(body: RecordBody): Uint8Array {
  const bytes = encodeFields(body);
  if (bytes.length > BODY_MAX_BYTES) throw new NetworkError("payload_too_large", "a body is at most 1 MiB");
  if (!decodeBody(body.kind, bytes).ok)
    throw new NetworkError("value_out_of_range", "a field of the body is out of range");
  return bytes;
}

function encodeFields(body: RecordBody): Uint8Array {
  const author = hashBytes(body.author);
  switch (body.kind) {
    case "task":
      return encodeMessage(
        TaskBodySchema,
        create(TaskBodySchema, {
          author,
          detail: wireDetail(body.detail),
          description: body.description,
          data: body.data,
          gasFee: body.gasFeeNano,
          stakeRequired: body.stakeRequiredNano,
        }),
      );
    case "submission":
      return encodeMessage(
        SubmissionBodySchema,
        create(SubmissionBodySchema, {
          author,
          taskId: hashBytes(body.taskId),
          answer: body.answer,
          stakeAmount: body.stakeNano,
          gasFee: body.gasFeeNano,
          ...(body.computationProof === undefined ? {} : { computationProof: wireProof(body.computationProof) }),
        }),
      );
    case "validation":
      return encodeMessage(
        ValidationBodySchema,
        create(ValidationBodySchema, {
          author,
          submissionId: hashBytes(body.submissionId),
          method: body.method,
          reasoning: body.reasoning,
          criteria: body.criteria.map((criterion) => create(ValidationBody_CriterionSchema, criterion)),
          evidence: body.evidence,
          confidence: body.confidence,
          stakeAmount: body.stakeNano,
        }),
      );
  }
}

function wireProof(proof: ComputationProof): WireProof {
  return create(ComputationProofSchema, { ...proof, processSteps: [...proof.processSteps] });
}

function readProof(wire: WireProof): ComputationProof | undefined {
  const { workDurationSeconds, cpuTimeMs, memoryPeakBytes, ioOperations, networkRequests } = wire;
  const { processSteps, randomnessProof } = wire;
  if (processSteps.some((step) => step.length !== 32)) return undefined;
  if (randomnessProof.length !== 0 && randomnessProof.length !== 32) return undefined;
  return {
    workDurationSeconds,
    cpuTimeMs,
    memoryPeakBytes,
    ioOperations,
    networkRequests,
    processSteps,
    randomnessProof,
  };
}

/** Strict decoding of a body of the given kind. */
export function decodeBody(kind: RecordBody["kind"], bytes: Uint8Array): Result<RecordBody> {
  if (bytes.length === 0 || bytes.length > BODY_MAX_BYTES) return fail("body_malformed");
  switch (kind) {
    case "task": {
      const wire = decodeMessage(TaskBodySchema, bytes);
      if (!wire.ok) return fail("body_malformed");
      const detail = readDetail(wire.value.detail);
      if (wire.value.author.length !== 32 || detail === undefined) return fail("body_malformed");
      return ok({
        kind,
        author: toHex(wire.value.author),
        detail,
        description: wire.value.description,
        data: wire.value.data,
        gasFeeNano: wire.value.gasFee,
        stakeRequiredNano: wire.value.stakeRequired,
      });
    }
    case "submission": {
      const wire = decodeMessage(SubmissionBodySchema, bytes);
      if (!wire.ok || wire.value.author.length !== 32 || wire.value.taskId.length !== 32) return fail("body_malformed");
      const proofMessage = wire.value.computationProof;
      const proof = proofMessage === undefined ? undefined : readProof(proofMessage);
      if (proofMessage !== undefined && proof === undefined) return fail("body_malformed");
      return ok({
        kind,
        author: toHex(wire.value.author),
        taskId: toHex(wire.value.taskId),
        answer: wire.value.answer,
        stakeNano: wire.value.stakeAmount,
        gasFeeNano: wire.value.gasFee,
        ...(proof === undefined ? {} : { computationProof: proof }),
      });
    }
    case "validation": {
      const wire = decodeMessage(ValidationBodySchema, bytes);
      if (!wire.ok || wire.value.author.length !== 32 || wire.value.submissionId.length !== 32)
        return fail("body_malformed");
      const { criteria, confidence } = wire.value;
      if (confidence > 10_000 || criteria.some((criterion) => criterion.score > 100)) return fail("body_malformed");
      return ok({
        kind,
        author: toHex(wire.value.author),
        submissionId: toHex(wire.value.submissionId),
        method: wire.value.method,
        reasoning: wire.value.reasoning,
        criteria: criteria.map(({ name, score }) => ({ name, score })),
        evidence: wire.value.evidence,
        confidence,
        stakeNano: wire.value.stakeAmount,
      });
    }
  }
}

/** The part of a record's payload that its body must repeat. */
export type BodySubject =
  | { readonly kind: "task"; readonly taskType: number }
  | { readonly kind: "submission"; readonly task: Pick<TaskRef, "taskId"> }
  | { readonly kind: "validation"; readonly submissionId: string }
  | { readonly kind: "cancel" };

/**
 * Checks a body against its announcement: hash ({@link bodyHash} of the bytes) and length, then author and reference
 * (protocol.md, Bodies). A difference is `body_mismatch`; bytes that can't be decoded are `body_malformed`.
 */
export function checkBody(
  announcement: { readonly author: string; readonly payload: BodySubject; readonly body: BodyRef },
  bytes: Uint8Array,
  hash: Uint8Array,
): Result<RecordBody> {
  const { author, payload, body: expected } = announcement;
  if (payload.kind === "cancel") return fail("body_mismatch");
  if (bytes.length !== expected.length || toHex(hash) !== expected.hash) return fail("body_mismatch");
  const decoded = decodeBody(payload.kind, bytes);
  if (!decoded.ok) return decoded;
  const body = decoded.value;
  if (body.author !== author) return fail("body_mismatch");
  switch (body.kind) {
    case "task":
      return payload.kind === "task" && TASK_TYPES.indexOf(body.detail.type) === payload.taskType
        ? decoded
        : fail("body_mismatch");
    case "submission":
      return payload.kind === "submission" && body.taskId === payload.task.taskId ? decoded : fail("body_mismatch");
    case "validation":
      return payload.kind === "validation" && body.submissionId === payload.submissionId
        ? decoded
        : fail("body_mismatch");
  }
}
