import type { NetworkRules } from "../../protocol/rules.js";
import type { FoldedTask } from "./task-fold.js";
import type { CertifiedVerdict, TaskStatus, Verdict } from "./views.js";

/** The input of the status of a task: a folded task or the result of a closed one. */
export interface StatusFacts {
  /** Absent while the announcement isn't held or is equivocated. */
  readonly terms: TaskTerms | undefined;
  readonly equivocated: boolean;
  readonly cancelled: boolean;
  readonly hasRoster: boolean;
  readonly submissions: readonly { readonly id: string; readonly verdict: Pick<Verdict, "n" | "reached"> }[];
}

/** The part of an announcement that the status depends on. */
export interface TaskTerms {
  readonly deadlineSeconds: number;
  readonly maxParticipants: number;
  readonly requiredReviewers: number;
}

export interface StatusAt {
  readonly status: TaskStatus;
  /** True only by certificates. */
  readonly final: boolean;
}

export function statusFacts({ announcement, equivocated, cancelled, roster, submissions }: FoldedTask): StatusFacts {
  return { terms: announcement?.payload, equivocated, cancelled, hasRoster: roster !== undefined, submissions };
}

/**
 * Status of a task at T (unix seconds). A certified submission with a reached verdict completes the task at once and
 * finally. With a roster only a certificate completes it: after the validation window a reached submission without one
 * leaves the task `UnderValidation`. `certified` are the task's uncontested certificates.
 */
export function statusAt(
  facts: StatusFacts,
  certified: readonly CertifiedVerdict[],
  atSeconds: number,
  rules: Pick<NetworkRules, "validationWindowSeconds">,
): StatusAt {
  if (certified.some(({ reached }) => reached)) return { status: "Completed", final: true };
  if (facts.equivocated || facts.cancelled) return provisional("Cancelled");
  const { terms, submissions } = facts;
  if (terms === undefined) return provisional("Published");
  if (atSeconds > terms.deadlineSeconds + rules.validationWindowSeconds) return whenOver(facts, certified);
  if (submissions.length === 0) return provisional("Published");
  const isOpen = atSeconds <= terms.deadlineSeconds && submissions.length < terms.maxParticipants;
  if (isOpen) return provisional("InProgress");
  const validated = submissions.some(({ verdict }) => verdict.n > 0);
  return provisional(validated ? "UnderValidation" : "AnswersSubmitted");
}

/** The validation window is over and no certificate completed the task. */
function whenOver({ submissions, hasRoster }: StatusFacts, certified: readonly CertifiedVerdict[]): StatusAt {
  const lost = new Set(certified.map(({ submissionId }) => submissionId));
  const open = submissions.filter(({ id }) => !lost.has(id));
  if (open.some(({ verdict }) => verdict.reached)) return provisional(hasRoster ? "UnderValidation" : "Completed");
  return { status: "Expired", final: submissions.length > 0 && open.length === 0 };
}

function provisional(status: TaskStatus): StatusAt {
  return { status, final: false };
}
