import { blake3 as hash } from "@noble/hashes/blake3.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  bodyHash,
  bodyHashStream,
  bodyRef,
  checkBody,
  decodeBody,
  encodeBody,
  type RecordBody,
  type SubmissionBody,
  type TaskBody,
  type TaskDetail,
  type ValidationBody,
} from "../../src/protocol/bodies.js";
import { ascii } from "../../src/protocol/bytes.js";
import { NetworkError } from "../../src/protocol/errors.js";
import type { RecordPayload } from "../../src/protocol/records.js";
import {
  blake3,
  CANCEL_PAYLOAD,
  filled,
  filledHex,
  MINER,
  PUBLISHER,
  SUBMISSION_PAYLOAD,
  TASK_PAYLOAD,
  VALIDATION_PAYLOAD,
  VALIDATOR,
} from "../support/samples.js";

const DETAILS: readonly TaskDetail[] = [
  { type: "CodeAnalysis", language: "Rust", complexity: "Simple" },
  { type: "SecurityAudit", scope: "SmartContract", standards: ["OWASP", ""] },
  { type: "DataAnalysis", dataType: "Graph", analysisType: "Predictive" },
  { type: "AlgorithmOptimization", domain: "sorting", constraints: [] },
  { type: "LogicReasoning", problemType: "Deductive", complexity: 255 },
  { type: "GeneralTask", category: "text", subcategory: "" },
];
const TASK: TaskBody = {
  kind: "task",
  author: PUBLISHER.key,
  detail: { type: "CodeAnalysis", language: "Rust", complexity: "Simple" },
  description: "Find what is wrong, naïvely or not ✓",
  data: filled(1, 100),
  gasFeeNano: 1n,
  stakeRequiredNano: 2n ** 64n - 1n,
};
const SUBMISSION: SubmissionBody = {
  kind: "submission",
  author: MINER.key,
  taskId: SUBMISSION_PAYLOAD.task.taskId,
  answer: filled(2, 50),
  stakeNano: 3n,
  gasFeeNano: 4n,
  computationProof: {
    workDurationSeconds: 5n,
    cpuTimeMs: 6n,
    memoryPeakBytes: 7n,
    ioOperations: 8n,
    networkRequests: 9,
    processSteps: [filled(10), filled(11)],
    randomnessProof: filled(12),
  },
};
const VALIDATION: ValidationBody = {
  kind: "validation",
  author: VALIDATOR.key,
  submissionId: VALIDATION_PAYLOAD.submissionId,
  method: "review",
  reasoning: "sound",
  criteria: [
    { name: "structure", score: 100 },
    { name: "efficiency", score: 0 },
  ],
  evidence: new Uint8Array(),
  confidence: 10_000,
  stakeNano: 13n,
};
const BODIES: readonly RecordBody[] = [TASK, SUBMISSION, VALIDATION];

describe("bodies", () => {
  test.each(BODIES)("a body of a $kind decodes to what was encoded", (body) => {
    expect(decodeBody(body.kind, encodeBody(body))).toEqual({ ok: true, value: body });
  });

  test.each(DETAILS)("a detail of type $type decodes to what was encoded", (detail) => {
    const body = { ...TASK, detail };
    expect(decodeBody("task", encodeBody(body))).toEqual({ ok: true, value: body });
  });

  test("a body that peers would refuse is not encoded", () => {
    const wrong: readonly [RecordBody, string][] = [
      [{ ...TASK, data: new Uint8Array(1_048_576) }, "payload_too_large"],
      [{ ...TASK, gasFeeNano: 2n ** 64n }, "value_out_of_range"],
      [{ ...TASK, description: "\ufeffa byte order mark in front" }, "value_out_of_range"],
      [{ ...TASK, detail: { type: "LogicReasoning", problemType: "", complexity: 256 } }, "value_out_of_range"],
      [{ ...VALIDATION, confidence: 10_001 }, "value_out_of_range"],
      [{ ...VALIDATION, criteria: [{ name: "", score: 101 }] }, "value_out_of_range"],
      [{ ...SUBMISSION, computationProof: { ...proof(), processSteps: [filled(1, 31)] } }, "value_out_of_range"],
      [{ ...SUBMISSION, computationProof: { ...proof(), randomnessProof: filled(1, 16) } }, "value_out_of_range"],
    ];
    for (const [body, code] of wrong) {
      expect(() => encodeBody(body)).toThrow(expect.objectContaining({ name: "NetworkError", code }));
    }
    expect(() => encodeBody({ ...TASK, gasFeeNano: -1n })).toThrow(NetworkError);
  });

  function proof() {
    return {
      workDurationSeconds: 0n,
      cpuTimeMs: 0n,
      memoryPeakBytes: 0n,
      ioOperations: 0n,
      networkRequests: 0,
      processSteps: [],
      randomnessProof: new Uint8Array(),
    };
  }

  const text = encodeBody(TASK);
  test.each([
    ["nothing", new Uint8Array()],
    ["a task without details", Uint8Array.of(0x0a, 32, ...filled(1))],
    ["an author of 31 bytes", Uint8Array.of(0x0a, 31, ...filled(1, 31), ...text.subarray(34))],
    ["an unknown field", Uint8Array.of(...text, 0x78, 1)],
    ["text that is not UTF-8", Uint8Array.of(0x0a, 32, ...filled(1), 0x12, 0, 0x42, 1, 0xff)],
    ["a submission's bytes", encodeBody(SUBMISSION)],
    ["over 1 MiB", new Uint8Array(1_048_577)],
  ])("%s is no task body", (_, bytes) => {
    expect(decodeBody("task", bytes)).toEqual({ ok: false, code: "body_malformed" });
  });

  test("a body has at most 2,048 fields, at every depth", () => {
    const of = (count: number): RecordBody => ({
      ...TASK,
      description: "",
      data: new Uint8Array(),
      gasFeeNano: 0n,
      stakeRequiredNano: 0n,
      // Beside the standards: the author, the detail, its scope.
      detail: { type: "SecurityAudit", scope: "APIEndpoints", standards: Array.from({ length: count - 3 }, () => "") },
    });
    expect(decodeBody("task", encodeBody(of(2048))).ok).toBe(true);
    expect(() => encodeBody(of(2049))).toThrow(expect.objectContaining({ code: "value_out_of_range" }));
    const flood = Uint8Array.from({ length: 1_048_576 }, (_, i) => (i % 2 === 0 ? 0x2a : 0));
    expect(decodeBody("validation", flood)).toEqual({ ok: false, code: "body_malformed" });
  });

  test("random and mutated bytes never throw", () => {
    const samples = BODIES.map((body) => ({ kind: body.kind, bytes: encodeBody(body) }));
    fc.assert(
      fc.property(fc.constantFrom(...samples), fc.nat(), fc.uint8Array({ maxLength: 5 }), (sample, at, noise) => {
        const start = at % sample.bytes.length;
        const mutated = Uint8Array.of(
          ...sample.bytes.subarray(0, start),
          ...noise,
          ...sample.bytes.subarray(start + 2),
        );
        const decoded = decodeBody(sample.kind, mutated);
        if (decoded.ok) expect(encodeBody(decoded.value)).toEqual(mutated);
      }),
    );
  });
});

describe("a body and its announcement", () => {
  test("the hash of a body is BLAKE3 over the written-out bytes", () => {
    const bytes = encodeBody(TASK);
    const expected = hash(Uint8Array.of(...ascii("tos-ai-sync/body/v1"), 0, ...bytes));
    expect(bodyHash(blake3, bytes)).toEqual(expected);
    const stream = bodyHashStream(blake3);
    for (const part of [bytes.subarray(0, 9), bytes.subarray(9)]) stream.update(part);
    expect(stream.digest()).toEqual(expected);
  });

  const matching: readonly [RecordBody, RecordPayload, string][] = [
    [TASK, TASK_PAYLOAD, PUBLISHER.key],
    [SUBMISSION, SUBMISSION_PAYLOAD, MINER.key],
    [VALIDATION, VALIDATION_PAYLOAD, VALIDATOR.key],
  ];
  const checkHashed = (announcement: Parameters<typeof checkBody>[0], bytes: Uint8Array) =>
    checkBody(announcement, bytes, bodyHash(blake3, bytes));
  const check = (body: RecordBody, payload: RecordPayload, author: string) => {
    const bytes = encodeBody(body);
    return checkHashed({ author, payload, body: bodyRef(blake3, bytes) }, bytes);
  };

  test.each(matching)("the body %o matches its announcement", (body, payload, author) => {
    expect(check(body, payload, author)).toEqual({ ok: true, value: body });
  });

  const mismatch = { ok: false, code: "body_mismatch" };
  test("a body of another author, task, submission or task type does not match the announcement", () => {
    for (const [body, payload] of matching) expect(check(body, payload, filledHex(1))).toEqual(mismatch);
    expect(check({ ...SUBMISSION, taskId: filledHex(1) }, SUBMISSION_PAYLOAD, MINER.key)).toEqual(mismatch);
    expect(check({ ...VALIDATION, submissionId: filledHex(1) }, VALIDATION_PAYLOAD, VALIDATOR.key)).toEqual(mismatch);
    expect(check(TASK, { ...TASK_PAYLOAD, taskType: 1 }, PUBLISHER.key)).toEqual(mismatch);
    expect(check(TASK, CANCEL_PAYLOAD, PUBLISHER.key)).toEqual(mismatch);
  });

  test("other bytes do not match the announcement, whatever they contain", () => {
    const bytes = encodeBody(TASK);
    const announcement = { author: PUBLISHER.key, payload: TASK_PAYLOAD, body: bodyRef(blake3, bytes) };
    const longer = { ...announcement, body: { ...announcement.body, length: bytes.length + 1 } };
    expect(checkHashed(longer, bytes)).toEqual(mismatch);
    expect(checkHashed(announcement, Uint8Array.of(...bytes, 0))).toEqual(mismatch);
    expect(checkHashed(announcement, bytes.with(0, 0))).toEqual(mismatch);
    expect(checkHashed(announcement, encodeBody({ ...TASK, gasFeeNano: 2n }))).toEqual(mismatch);
  });

  test("a body of the right hash that can't be read is malformed", () => {
    const bytes = filled(0xff, 9);
    const announcement = { author: PUBLISHER.key, payload: TASK_PAYLOAD, body: bodyRef(blake3, bytes) };
    expect(checkHashed(announcement, bytes)).toEqual({ ok: false, code: "body_malformed" });
  });
});
