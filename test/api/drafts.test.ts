import { expect, expectTypeOf, test } from "vitest";
import {
  type SubmissionInput,
  submissionDraft,
  type TaskInput,
  type TaskTypeInput,
  taskDraft,
  type ValidationInput,
  validationDraft,
} from "../../src/index.js";
import { TASK_TYPES } from "../../src/protocol/enumerations.js";

const TASK = { description: "x", reward_amount: 5n, duration_seconds: 60 } as const;
const ID = "ab".repeat(32);

const EACH_TYPE: readonly TaskTypeInput[] = [
  { CodeAnalysis: { language: { Other: "Zig" }, complexity: "Simple" } },
  { SecurityAudit: { scope: "SmartContract", standards: ["OWASP", { Custom: "own" }] } },
  { DataAnalysis: { data_type: "Graph" } },
  { AlgorithmOptimization: { domain: "sorting", constraints: ["memory"] } },
  { LogicReasoning: { complexity: 7 } },
  { GeneralTask: { category: "text", subcategory: null } },
];

test("a typed input of each task type becomes a draft of that type", () => {
  const types = EACH_TYPE.map((task_type) => taskDraft({ ...TASK, task_type }).detail.type);
  expect(types).toEqual(TASK_TYPES);
});

test("typed inputs become drafts with the defaults of the API", () => {
  expect(taskDraft({ ...TASK, task_type: { GeneralTask: { category: "text" } } })).toMatchObject({
    rewardNano: 5n,
    difficulty: 1,
    verification: 1,
    requiredReviewers: 3,
    maxParticipants: 50,
    qualityThreshold: 70,
  });
  expect(submissionDraft({ task_id: ID, answer: "text" })).toMatchObject({ qualityHint: 0, stakeNano: 0n });
  const rejected = validationDraft({ submission_id: ID, result: { Reject: { reason: "OffTopic" } } });
  expect(rejected).toMatchObject({ score: 0, validationKind: 1, body: { reasoning: "OffTopic" } });
});

test("an input with a wrong field is refused by its type and at run time", () => {
  const text = { task_type: { GeneralTask: { category: "x" } } } as const;
  const twoMoments = { ...TASK, ...text, deadline: 5 };
  expectTypeOf(twoMoments).not.toExtend<TaskInput>();
  const otherFields = { ...TASK, task_type: { CodeAnalysis: { category: "text" } } };
  expectTypeOf(otherFields).not.toExtend<TaskInput>();
  const twoAnswers = { task_id: ID, answer: "text", answer_base64: "AA==" };
  expectTypeOf(twoAnswers).not.toExtend<SubmissionInput>();
  const noReason = { submission_id: ID, result: { Reject: { reason: "Boring" } } } as const;
  expectTypeOf(noReason).not.toExtend<ValidationInput>();

  const { parse, stringify } = JSON;
  const json = (value: unknown) => parse(stringify(value, (_key, one) => (typeof one === "bigint" ? `${one}` : one)));
  expect(() => taskDraft(json(twoMoments))).toThrow("deadline");
  expect(() => taskDraft(json(otherFields))).toThrow("language");
  expect(() => submissionDraft(json(twoAnswers))).toThrow("answer");
  expect(() => validationDraft(json(noReason))).toThrow("result");
});
