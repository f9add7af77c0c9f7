import type { NetworkRules } from "../../protocol/rules.js";
import type { CountedValidation } from "./validation-list.js";
import { addScore, NO_SUMS, verdictOf } from "./verdict.js";
import type { Verdict } from "./views.js";

/**
 * From this many submissions on, one kernel call computes all verdicts. In the native kernel or WebAssembly a call for
 * one submission takes three times as long as summing it here; four are about even, eight take 0.5 to 0.9 of the time
 * and a thousand a fifth (`npm run bench:refold`; docs/decisions/0005).
 */
export const VERDICTS_AT_ONCE_MIN = 8;
/** Maximum of submissions in one call: more are no faster, and their records stay in memory until the call. */
export const VERDICTS_AT_ONCE = 1024;

/** The input of a verdict: scores 0..100, weights 1..10,000. */
export interface ScoredSubmission {
  readonly requiredReviewers: number;
  readonly validations: readonly Pick<CountedValidation, "score" | "weight">[];
}

/** Exact verdicts of many submissions, in order. Pure and synchronous; each equals {@link verdictOf} of its sums. */
export type VerdictsOf = (
  submissions: readonly ScoredSubmission[],
  rules: Pick<NetworkRules, "minValidators" | "varianceLimit">,
) => readonly Verdict[];

/** Rules and function of verdicts. Without `verdictsOf` each submission is summed alone. */
export interface Judge {
  readonly rules: NetworkRules;
  readonly verdictsOf?: VerdictsOf | undefined;
}

/** The verdicts of these submissions, in order: one call or one by one, whichever is faster. */
export function judgeAll(submissions: readonly ScoredSubmission[], { rules, verdictsOf }: Judge): readonly Verdict[] {
  if (verdictsOf !== undefined && submissions.length >= VERDICTS_AT_ONCE_MIN) return verdictsOf(submissions, rules);
  return submissions.map(({ requiredReviewers, validations }) => {
    const sums = validations.reduce((total, { score, weight }) => addScore(total, score, weight), NO_SUMS);
    return verdictOf(sums, requiredReviewers, rules);
  });
}
