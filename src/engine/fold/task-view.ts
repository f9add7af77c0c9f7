import type { NetworkRules } from "../../protocol/rules.js";
import type { FoldedTask } from "./task-fold.js";
import type { StatusAt } from "./task-status.js";
import { waitOf } from "./task-waits.js";
import type { CertifiedVerdict, TaskView } from "./views.js";

/** The certificates of a task: final verdicts, and submissions with more than one. */
interface Certified {
  readonly verdicts: readonly CertifiedVerdict[];
  readonly contested: readonly string[];
}

/** A result at T (unix seconds), with its status at T. */
export function viewOf(
  folded: FoldedTask,
  { status, final }: StatusAt,
  { verdicts, contested }: Certified,
  atSeconds: number,
  rules: Pick<NetworkRules, "validationWindowSeconds">,
): TaskView {
  const { taskId, strand, announcement, roster, submissions, excludedAuthors, recordCount } = folded;
  const { taskType, t0 } = folded.task;
  const deadlineSeconds = announcement?.payload.deadlineSeconds;
  const facts = {
    status,
    final,
    hasRoster: roster !== undefined,
    submissions: submissions.length,
    deadlineSeconds,
    windowEndSeconds: deadlineSeconds === undefined ? undefined : deadlineSeconds + rules.validationWindowSeconds,
  };
  return {
    taskId,
    taskType,
    t0,
    strand,
    announced: announcement !== undefined || folded.equivocated,
    announcement,
    status,
    final,
    waitsFor: waitOf(facts, atSeconds),
    submissions,
    certified: verdicts,
    contested,
    excludedAuthors,
    recordCount,
  };
}
