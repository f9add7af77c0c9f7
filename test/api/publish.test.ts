import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseJson } from "../../src/api/client/json-text.js";
import { parseWith } from "../../src/api/params/fields.js";
import {
  publishTaskParams,
  submitSolutionParams,
  validateSubmissionParams,
} from "../../src/api/params/publish-params.js";
import { taskType, taskTypeJson } from "../../src/api/params/task-type-json.js";
import { NetworkError } from "../../src/protocol/errors.js";
import { SUBMISSION, TASK } from "../support/control/fake-control.js";
import { serve } from "./serve.js";

const task = {
  task_type: { CodeAnalysis: { language: "Rust" } },
  description: "Look for overflows",
  data: "fn main() {}",
  reward_amount: "18446744073709551615",
  duration_seconds: 3600,
  difficulty_level: "Intermediate",
  verification_type: { PeerReview: { required_reviewers: 3 } },
  max_participants: 5,
  quality_threshold: 70,
};

function refused(parse: () => unknown): string {
  try {
    parse();
  } catch (error) {
    expect(error).toBeInstanceOf(NetworkError);
    expect((error as NetworkError).code).toBe("bad_parameters");
    return (error as NetworkError).message;
  }
  throw new Error("it was accepted");
}

describe("ai_publish_task", () => {
  test("parameters become a typed draft, and a repeated idempotency key is a duplicate", async () => {
    const { call, control } = await serve();
    const params = { ...task, idempotency_key: "first", author: "miner" };
    expect((await call("ai_publish_task", params)).result).toMatchObject({ task_id: TASK, duplicate: false });
    expect((await call("ai_publish_task", params)).result).toMatchObject({ duplicate: true });
    expect(control.drafts[0]).toEqual({
      author: "miner",
      idempotencyKey: "first",
      detail: { type: "CodeAnalysis", language: "Rust", complexity: "" },
      description: "Look for overflows",
      data: new TextEncoder().encode("fn main() {}"),
      rewardNano: 2n ** 64n - 1n,
      gasFeeNano: 0n,
      stakeRequiredNano: 0n,
      deadline: { kind: "after", seconds: 3600 },
      difficulty: 1,
      verification: 1,
      requiredReviewers: 3,
      maxParticipants: 5,
      qualityThreshold: 70,
    });
  });

  test("ai_publish_task accepts a u64 as number or string, exactly", async () => {
    const { post, control } = await serve();
    for (const amount of ["9007199254740993", "18446744073709551615", `"9007199254740993"`, "1"]) {
      const params = JSON.stringify({ ...task, reward_amount: 0 }).replace(
        `"reward_amount":0`,
        `"reward_amount":${amount}`,
      );
      await post(`{"jsonrpc":"2.0","id":1,"method":"ai_publish_task","params":${params}}`);
    }
    const rewards = control.drafts.map((draft) => ("rewardNano" in draft ? draft.rewardNano : undefined));
    expect(rewards).toEqual([9_007_199_254_740_993n, 18_446_744_073_709_551_615n, 9_007_199_254_740_993n, 1n]);
  });

  test("ai_publish_task accepts a body of one MiB in base64", async () => {
    const { call, control } = await serve();
    const { data: _data, ...rest } = task;
    const bytes = Buffer.alloc(1024 * 1024 - 300, 0xff);
    await call("ai_publish_task", { ...rest, data_base64: bytes.toString("base64") });
    const [draft] = control.drafts;
    expect(draft !== undefined && "data" in draft && bytes.equals(draft.data)).toBe(true);
  });

  test("ai_publish_task refuses other parameters with a line that names the field", () => {
    const bad: Record<string, unknown>[] = [
      { reward_amount: "18446744073709551616" },
      { reward_amount: -1 },
      { reward_amount: 1.5 },
      { reward_amount: "0x10" },
      { task_type: "CodeAnalysis" },
      { task_type: { Nonsense: {} } },
      { task_type: { CodeAnalysis: { language: "Rust" }, GeneralTask: { category: "x" } } },
      { task_type: { CodeAnalysis: {} } },
      { task_type: { LogicReasoning: { complexity: 256 } } },
      { task_type: { DataAnalysis: { data_type: "Image" } } },
      { description: "" },
      { description: "half \ud800" },
      { data_base64: "AAAA" },
      { data: undefined, data_base64: "AAA" },
      { data: undefined, data_base64: "AA==AA==" },
      { deadline: 1_790_000_000 },
      { duration_seconds: undefined },
      { duration_seconds: 0 },
      { difficulty_level: "Hard" },
      { verification_type: { PeerReview: {} } },
      { verification_type: { PeerReview: { required_reviewers: 256 } } },
      { max_participants: 0 },
      { quality_threshold: 101 },
      { idempotency_key: "" },
      { idempotency_key: "k".repeat(65) },
      { status: "Completed" },
    ];
    for (const change of bad) {
      const message = refused(() => parseWith(publishTaskParams, { ...task, ...change }));
      expect(message).toMatch(/^Invalid params: /);
      expect(message.length).toBeLessThanOrEqual(300);
    }
    expect(refused(() => parseWith(publishTaskParams, { ...task, task_type: { CodeAnalysis: {} } }))).toContain(
      "task_type.CodeAnalysis.language",
    );
  });

  test("returns a task type in the form in which it was sent", () => {
    const types = [
      { CodeAnalysis: { language: "Rust", complexity: "Simple" } },
      { SecurityAudit: { scope: "SmartContract", standards: ["OWASP", "own"] } },
      { DataAnalysis: { data_type: "Graph", analysis_type: "Predictive" } },
      { AlgorithmOptimization: { domain: "sorting", constraints: ["memory"] } },
      { LogicReasoning: { problem_type: "SAT", complexity: 255 } },
      { GeneralTask: { category: "writing", subcategory: "poems" } },
    ];
    for (const type of types) expect(taskTypeJson(parseWith(taskType, type))).toEqual(type);
    expect(parseWith(taskType, { CodeAnalysis: { language: { Other: "Zig" } } })).toMatchObject({ language: "Zig" });
    expect(parseWith(taskType, { GeneralTask: { category: "c", subcategory: null } })).toMatchObject({
      subcategory: "",
    });
  });
});

describe("ai_submit_solution and ai_validate_submission", () => {
  test("ai_submit_solution and ai_validate_submission accept the specification's forms", () => {
    const proof = {
      work_duration: "60",
      resource_usage: { cpu_time: 1, memory_peak: 2, io_operations: 3, network_requests: 4 },
      process_steps: ["0f".repeat(32)],
    };
    expect(parseWith(submitSolutionParams, { task_id: TASK, answer: "yes", computation_proof: proof })).toMatchObject({
      taskId: TASK,
      answer: new TextEncoder().encode("yes"),
      computationProof: { workDurationSeconds: 60n, processSteps: [new Uint8Array(32).fill(15)] },
    });
    const validate = (result: unknown) => parseWith(validateSubmissionParams, { submission_id: SUBMISSION, result });
    expect(validate(85)).toMatchObject({ score: 85, validationKind: 1, body: undefined });
    expect(validate({ Approve: { quality_score: 90, reasoning: "good" } })).toMatchObject({
      score: 90,
      body: { reasoning: "good" },
    });
    expect(validate({ Reject: { reason: "Plagiarism", evidence: "AQI=" } })).toMatchObject({
      score: 0,
      body: { reasoning: "Plagiarism", evidence: Uint8Array.of(1, 2) },
    });
  });

  test("ai_submit_solution and ai_validate_submission refuse wrong answers, scores and reviews by name", () => {
    for (const answer of [{}, { answer: "" }, { answer: "a", answer_base64: "AA==" }, { answer_base64: "" }]) {
      refused(() => parseWith(submitSolutionParams, { task_id: TASK, ...answer }));
    }
    const validate = (result: unknown) => parseWith(validateSubmissionParams, { submission_id: SUBMISSION, result });
    for (const result of [101, -1, "85", { Approve: {} }, { Reject: { reason: "Bored" } }]) {
      refused(() => validate(result));
    }
    expect(refused(() => validate({ RequestExpertReview: { complexity_reason: "hard" } }))).toContain(
      "not a validation",
    );
  });

  test("return a draft or bad_parameters for any parameters", () => {
    const schemas = [publishTaskParams, submitSolutionParams, validateSubmissionParams];
    fc.assert(
      fc.property(
        fc.constantFrom(...schemas),
        fc.jsonValue(),
        fc.constantFrom(...Object.keys(task)),
        (schema, value, key) => {
          for (const params of [value, { ...task, [key]: value }, { submission_id: SUBMISSION, result: value }]) {
            try {
              parseWith(schema, params);
            } catch (error) {
              expect(error).toMatchObject({ name: "NetworkError", code: "bad_parameters" });
            }
          }
        },
      ),
    );
  });
});

/** The same value with doubles in place of bigints. */
function inDoubles(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_key, member) => (typeof member === "bigint" ? Number(member) : member)));
}

test("both JSON readers agree, and integers are exact", () => {
  const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
  fc.assert(
    fc.property(fc.jsonValue(), u64, (value, integer) => {
      const plain = JSON.stringify(value);
      expect(inDoubles(parseJson(plain))).toEqual(JSON.parse(plain));
      // The string of 16 digits selects the other reader.
      const read = parseJson(`{"value":${plain},"integer":${integer},"long":"${"1".repeat(16)}"}`);
      expect(inDoubles(read)).toMatchObject({ value: JSON.parse(plain) });
      expect(BigInt((read as { integer: number | bigint }).integer)).toBe(integer);
    }),
  );
  // Longer than any u64: a megabyte of digits as a bigint would block the process for a second.
  expect([parseJson("9".repeat(20)), parseJson("9".repeat(21))]).toEqual([99_999_999_999_999_999_999n, 1e21]);
  expect(parseJson(`{"a":1,"a":2,"long":"${"1".repeat(16)}"}`)).toMatchObject({ a: 2 });
});
