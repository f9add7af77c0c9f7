import type { NetworkRules } from "../../protocol/rules.js";
import { integerSquareRoot } from "./integer-square-root.js";
import type { Verdict } from "./views.js";

/** The sums of a provisional verdict. All are integers that a double holds exactly for any number of validators. */
export type VerdictSums = Omit<Verdict, "reached">;

export const NO_SUMS: VerdictSums = { n: 0, sum: 0, sumOfSquares: 0, weightSum: 0, weightedSum: 0 };

/** Adds a score (0..100) of weight 1..10,000. */
export function addScore(sums: VerdictSums, score: number, weight: number): VerdictSums {
  return {
    n: sums.n + 1,
    sum: sums.sum + score,
    sumOfSquares: sums.sumOfSquares + score * score,
    weightSum: sums.weightSum + weight,
    weightedSum: sums.weightedSum + weight * score,
  };
}

/** n*n times the population variance; never negative. BigInt, because the products may exceed 2^53. */
function scaledVariance({ n, sum, sumOfSquares }: Pick<VerdictSums, "n" | "sum" | "sumOfSquares">): bigint {
  return BigInt(n) * BigInt(sumOfSquares) - BigInt(sum) * BigInt(sum);
}

/** Enough validators, and a standard deviation below the limit, in integers (protocol.md, Provisional verdict). */
export function isReached(
  sums: Pick<VerdictSums, "n" | "sum" | "sumOfSquares">,
  requiredReviewers: number,
  rules: Pick<NetworkRules, "minValidators" | "varianceLimit">,
): boolean {
  const n = BigInt(sums.n);
  if (sums.n < Math.max(rules.minValidators, requiredReviewers)) return false;
  return scaledVariance(sums) < BigInt(rules.varianceLimit) * n * n;
}

/** The verdict of one submission over its counted validations. */
export function verdictOf(sums: VerdictSums, requiredReviewers: number, rules: NetworkRules): Verdict {
  return { ...sums, reached: isReached(sums, requiredReviewers, rules) };
}

/** The specification's confidence, 0..10,000 basis points, for display only: no rule uses it. */
export function confidenceBasisPoints(sums: Pick<VerdictSums, "n" | "sum" | "sumOfSquares">): number {
  if (sums.n === 0) return 0;
  // 6000 * (1 - sd / 50) is 6000 - 120 * sd, and 120 * sd is sqrt(14400 * n*n*variance) / n.
  const spread = Number(integerSquareRoot(14_400n * scaledVariance(sums)) / BigInt(sums.n));
  return 400 * Math.min(sums.n, 10) + Math.max(0, 6000 - spread);
}
