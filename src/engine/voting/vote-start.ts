import type { NetworkRules } from "../../protocol/rules.js";

/** What decides when the vote on a submission starts (protocol.md, Vote rule 1). */
export interface StartFacts {
  /** The deadline of the task, unix seconds. */
  readonly deadlineSeconds: number;
  /** Whether the submission is reached by the own list. */
  readonly reached: boolean;
  /** Weight of the roster members whose validations are in the own list. */
  readonly countedWeight: number;
  /** W: the weight of the electorate. */
  readonly weight: number;
  /** Since when the own list has not changed. */
  readonly listSinceMs: number;
}

type StartRules = Pick<NetworkRules, "validationWindowSeconds" | "startWaitSeconds" | "earlyShare" | "quietSeconds">;

/** When the vote starts if the facts do not change, unix milliseconds: after the window, or earlier when reached. */
export function voteStartMs(facts: StartFacts, rules: StartRules): number {
  const lateMs = 1000 * (facts.deadlineSeconds + rules.validationWindowSeconds + rules.startWaitSeconds);
  if (!facts.reached || 10_000 * facts.countedWeight < rules.earlyShare * facts.weight) return lateMs;
  return Math.min(lateMs, facts.listSinceMs + 1000 * rules.quietSeconds);
}
