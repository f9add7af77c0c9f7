import fc from "fast-check";
import { expect, test } from "vitest";
import { toHex } from "../../src/protocol/bytes.js";
import { readSubmission, readTask, readValidation } from "../../src/protocol/record-reader.js";
import { decodeTask, encodeRecord, type RecordPayload } from "../../src/protocol/records.js";

const key = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(toHex);
const seconds = fc.oneof(fc.nat(300), fc.integer({ min: 0, max: 2 ** 48 - 1 }));
const task = fc.record({ taskId: key, taskType: fc.nat(5), t0: seconds });
const body = fc.record({ hash: key, length: fc.integer({ min: 1, max: 1_048_576 }) });

const announcement = fc.record(
  {
    kind: fc.constant("task" as const),
    taskType: fc.nat(5),
    deadlineSeconds: seconds,
    rewardNano: fc.bigInt({ min: 0n, max: 2n ** 49n - 1n }),
    difficulty: fc.nat(3),
    verification: fc.constantFrom(1, 2),
    requiredReviewers: fc.nat(255),
    maxParticipants: fc.integer({ min: 1, max: 255 }),
    qualityThreshold: fc.nat(100),
    body,
    chainId: key,
  },
  {
    requiredKeys: [
      "kind",
      "taskType",
      "deadlineSeconds",
      "rewardNano",
      "difficulty",
      "verification",
      "requiredReviewers",
      "maxParticipants",
      "qualityThreshold",
      "body",
    ],
  },
);
const cancellation = fc.record({ kind: fc.constant("cancel" as const), task });
const submission = fc.record(
  { kind: fc.constant("submission" as const), task, body, qualityHint: fc.nat(100), chainId: key },
  { requiredKeys: ["kind", "task", "body", "qualityHint"] },
);
const validation = fc.record(
  {
    kind: fc.constant("validation" as const),
    task,
    submissionId: key,
    score: fc.nat(100),
    validationKind: fc.nat(2),
    body,
  },
  { requiredKeys: ["kind", "task", "submissionId", "score", "validationKind"] },
);

test.each([
  ["announcement", announcement, readTask],
  ["cancellation", cancellation, readTask],
  ["submission", submission, readSubmission],
  ["validation", validation, readValidation],
] as const)("one pass reads what the library writes: %s", (_, payloads, read) => {
  fc.assert(
    fc.property(payloads, (payload: RecordPayload) => {
      expect(read(encodeRecord(payload))).toEqual(payload);
    }),
  );
});

test("a reward above 2^49 is left to the library, which reads it", () => {
  const [payload] = fc.sample(announcement, 1);
  if (payload === undefined) throw new Error("no sample");
  const large = { ...payload, rewardNano: 2n ** 64n - 1n };
  const bytes = encodeRecord(large);
  expect(readTask(bytes)).toBeUndefined();
  expect(decodeTask(bytes)).toEqual({ ok: true, value: large });
});
