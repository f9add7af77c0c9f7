import type { NetworkRules } from "../../protocol/rules.js";
import type { FoldedTask } from "./task-fold.js";
import type { StatusAt } from "./task-status.js";
import { waitOf } from "./task-waits.js";
import type { TaskView } from "./views.js";

/** A result at T (unix seconds), with its status at T. */
export function viewOf(
  folded: FoldedTask,
  { status, final }: StatusAt,
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
    excludedAuthors,
    recordCount,
  };
}
