import { describe, expect, test } from "vitest";
import { type Outlier, outlierOf } from "../../src/engine/fold/outlier.js";
import { ValidationList } from "../../src/engine/fold/validation-list.js";
import { addScore, isReached, NO_SUMS, verdictOf } from "../../src/engine/fold/verdict.js";
import { DEFAULT_RULES } from "../../src/protocol/rules.js";
import { hash } from "../support/engine-world.js";

function submission(scores: readonly number[]) {
  const validations = scores.map((score, i) => ({
    id: hash(`validation ${i}`),
    validator: `v${i}`,
    score,
    weight: 1 + i,
    timestampSeconds: 0,
    body: undefined,
  }));
  const sums = validations.reduce((sum, { score, weight }) => addScore(sum, score, weight), NO_SUMS);
  return {
    id: hash("submission"),
    submitter: "s",
    timestampSeconds: 0,
    body: { hash: hash("body"), length: 1 },
    verdict: verdictOf(sums, 2, DEFAULT_RULES),
    validations: ValidationList.of(validations),
  };
}

function outlier(...scores: number[]): Outlier | undefined {
  return outlierOf(submission(scores), DEFAULT_RULES);
}

describe("a blocked verdict", () => {
  test("names the one score without which the others agree, and how many more outweigh it", () => {
    const found = outlier(90, 0, 90, 90);
    expect(found).toEqual({ validationId: hash("validation 1"), validator: "v1", score: 0, neededMore: 31 });
    const all = [0, ...Array.from({ length: 3 + 31 }, () => 90)].reduce(
      (sum, score) => addScore(sum, score, 1),
      NO_SUMS,
    );
    expect(isReached(all, 0, DEFAULT_RULES)).toBe(true);
    expect(
      isReached({ ...all, n: all.n - 1, sum: all.sum - 90, sumOfSquares: all.sumOfSquares - 8100 }, 0, DEFAULT_RULES),
    ).toBe(false);
  });

  test("names nobody where the scores agree, where two are low, or where there are two scores only", () => {
    expect(outlier(90, 80, 85)).toBeUndefined();
    expect(outlier(90, 0, 90, 0, 90)).toBeUndefined();
    expect(outlier(90, 0)).toBeUndefined();
    expect(outlier()).toBeUndefined();
  });

  test("names nobody for a closed task, whose validations are not in memory", () => {
    const closed = { ...submission([90, 0, 90, 90]), validations: ValidationList.empty };
    expect(outlierOf(closed, DEFAULT_RULES)).toBeUndefined();
  });

  test("needs no rule of the number of reviewers", () => {
    expect(outlier(100, 20, 100)).toMatchObject({ validator: "v1" });
  });
});
