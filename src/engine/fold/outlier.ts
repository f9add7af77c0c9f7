import type { NetworkRules } from "../../protocol/rules.js";
import { addScore, isReached, type VerdictSums } from "./verdict.js";
import type { CountedSubmission } from "./views.js";

/** More validations than this are not searched for: a roster has at most 256 members. */
const SEARCHED = 256;
/** Of two scores neither is the outlier. */
const VALIDATORS_MIN = 3;

/** The one validation that keeps a verdict from being reached. */
export interface Outlier {
  readonly validationId: string;
  readonly validator: string;
  readonly score: number;
  /**
   * How many more validations reach the verdict, if each gives the rounded mean of the other scores; undefined above
   * 256.
   */
  readonly neededMore: number | undefined;
}

/**
 * The validation without which the scores of a submission would agree; undefined if they agree, if there are too few,
 * or if no single validation keeps them apart. For display: no rule reads it. Costs O(validations).
 */
export function outlierOf(
  { verdict, validations }: CountedSubmission,
  rules: Pick<NetworkRules, "minValidators" | "varianceLimit">,
): Outlier | undefined {
  const { n, sum } = verdict;
  // The validations of a closed task are not in memory.
  if (n < VALIDATORS_MIN || validations.length !== n || isReached(verdict, 0, rules)) return undefined;
  const [first, ...others] = validations;
  if (first === undefined) return undefined;
  const distance = (score: number): number => Math.abs(n * score - sum);
  const farthest = others.reduce((held, one) => {
    const [far, near] = [distance(one.score), distance(held.score)];
    return far > near || (far === near && one.id < held.id) ? one : held;
  }, first);
  const { id, validator, score } = farthest;
  const rest = { n: n - 1, sum: sum - score, sumOfSquares: verdict.sumOfSquares - score * score };
  if (!isReached(rest, 0, rules)) return undefined;
  const mean = Math.round(rest.sum / rest.n);
  return { validationId: id, validator, score, neededMore: neededMore(verdict, mean, rules) };
}

function neededMore(
  verdict: VerdictSums,
  score: number,
  rules: Pick<NetworkRules, "minValidators" | "varianceLimit">,
): number | undefined {
  let sums = verdict;
  for (let more = 1; more <= SEARCHED; more++) {
    sums = addScore(sums, score, 1);
    if (isReached(sums, 0, rules)) return more;
  }
  return undefined;
}
