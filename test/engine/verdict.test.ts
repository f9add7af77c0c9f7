import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { integerSquareRoot } from "../../src/engine/fold/integer-square-root.js";
import { addScore, confidenceBasisPoints, isReached, NO_SUMS, verdictOf } from "../../src/engine/fold/verdict.js";
import { DEFAULT_RULES } from "../../src/protocol/rules.js";

const scores = fc.array(fc.nat({ max: 100 }), { minLength: 1, maxLength: 60 });

function sumsOf(values: readonly number[]) {
  return values.reduce((sums, score) => addScore(sums, score, 1), NO_SUMS);
}

function standardDeviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

describe("verdict", () => {
  it("the verdict is reached as in the specification, wherever floating point is exact enough", () => {
    fc.assert(
      fc.property(scores, (values) => {
        const deviation = standardDeviation(values);
        fc.pre(Math.abs(deviation - 15) > 1e-9);
        expect(isReached(sumsOf(values), 0, DEFAULT_RULES)).toBe(values.length >= 2 && deviation < 15);
      }),
    );
  });

  it("the verdict is exact at the limit: a deviation of 15 is not below 15", () => {
    expect(isReached(sumsOf([50, 80]), 0, DEFAULT_RULES)).toBe(false);
    expect(isReached(sumsOf([50, 79]), 0, DEFAULT_RULES)).toBe(true);
  });

  it("the verdict needs two validators, or as many as the task requires", () => {
    expect(isReached(sumsOf([80]), 0, DEFAULT_RULES)).toBe(false);
    expect(isReached(sumsOf([80, 80]), 3, DEFAULT_RULES)).toBe(false);
    expect(verdictOf(sumsOf([80, 80, 80]), 3, DEFAULT_RULES).reached).toBe(true);
  });

  it("the verdict stays exact when the products exceed 2^53", () => {
    const n = 20_000_000;
    // Half 35, half 65: a deviation of exactly 15; one score nearer to the middle makes it smaller.
    const border = { n, sum: 50 * n, sumOfSquares: (n / 2) * (35 * 35 + 65 * 65) };
    expect(isReached(border, 0, DEFAULT_RULES)).toBe(false);
    expect(isReached({ ...border, sumOfSquares: border.sumOfSquares - 1 }, 0, DEFAULT_RULES)).toBe(true);
  });

  it("equals the specification's confidence within a basis point", () => {
    fc.assert(
      fc.property(scores, (values) => {
        const expected =
          4000 * Math.min(values.length / 10, 1) + 6000 * Math.max(1 - standardDeviation(values) / 50, 0);
        expect(Math.abs(confidenceBasisPoints(sumsOf(values)) - expected)).toBeLessThanOrEqual(1);
      }),
    );
    expect(confidenceBasisPoints(NO_SUMS)).toBe(0);
    expect(confidenceBasisPoints(sumsOf(Array.from({ length: 10 }, () => 77)))).toBe(10_000);
  });

  it("the verdict takes integer square roots exactly", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 1n << 130n }), (value) => {
        const root = integerSquareRoot(value);
        expect(root * root <= value && value < (root + 1n) * (root + 1n)).toBe(true);
        expect(integerSquareRoot(root * root)).toBe(root);
      }),
    );
  });
});
