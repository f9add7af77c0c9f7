import type { TaskStatus } from "../../protocol/enumerations.js";

/**
 * What makes a task change its status here. `record`: a task, a submission, a validation or a cancellation. `time`: a
 * deadline or the end of the validation window. `certificate`: one of them. `evidence`: a proof of equivocation, or a
 * second certificate of a submission. `none`: no message of this wire carries the change.
 */
export type TransitionCarrier = "record" | "time" | "certificate" | "evidence" | "none";

/** One change of status. */
export interface TaskTransition {
  /** Undefined: the task was unknown. */
  readonly from: TaskStatus | undefined;
  readonly to: TaskStatus;
  readonly carriers: readonly TransitionCarrier[];
  readonly when: string;
  /** Whether the documents have the change (reference 2.1). */
  readonly documented: boolean;
}

/**
 * The life of a task: every change of status of a task whose records come in the order of their times. A test compares
 * it with {@link statusAt}, and docs/task-life.md shows it. A record that comes late may change a status that is not
 * final into any other: the status is a function of the records, not of their order.
 */
export const TASK_LIFE: readonly TaskTransition[] = [
  row(undefined, "Published", ["record"], "the task is announced"),
  row("Published", "InProgress", ["record"], "the first submission counts"),
  row("Published", "AnswersSubmitted", ["record"], "the only submission that max_participants allows counts"),
  row(
    "InProgress",
    "AnswersSubmitted",
    ["record", "time"],
    "max_participants submissions count, or the deadline is over",
  ),
  row("InProgress", "UnderValidation", ["record", "time"], "the same, and a validation counts already", "own"),
  row("AnswersSubmitted", "UnderValidation", ["record"], "a validation counts"),
  row(
    "UnderValidation",
    "Completed",
    ["time", "certificate"],
    "a submission is certified as reached; without a roster: the window is over and one is reached",
  ),
  row("InProgress", "Completed", ["certificate"], "a submission is certified as reached before the deadline", "own"),
  row("Published", "Expired", ["time"], "the window is over, and no submission counts"),
  row(
    "InProgress",
    "Expired",
    ["none"],
    "expiry with participants and without submissions: no message names participants",
  ),
  row("AnswersSubmitted", "Expired", ["time"], "the window is over, and no validation counts", "own"),
  row(
    "UnderValidation",
    "Expired",
    ["time", "evidence"],
    "the window is over, and no submission is reached; or the authors of the last reached verdict are excluded after it",
    "own",
  ),
  row(
    "Published",
    "Cancelled",
    ["record", "evidence"],
    "the publisher cancels while no submission counts; or the announcement is equivocated",
  ),
  row("Expired", "Cancelled", ["record", "evidence"], "the same, after the window", "own"),
  row("Cancelled", "InProgress", ["record"], "a submission counts, so a cancellation does not hold", "own"),
  row("Cancelled", "AnswersSubmitted", ["record"], "the same, if max_participants is 1", "own"),
  row(
    "InProgress",
    "Cancelled",
    ["evidence"],
    "the announcement is equivocated, or the only submission of a cancelled task is excluded",
    "own",
  ),
  row("AnswersSubmitted", "Cancelled", ["evidence"], "the same", "own"),
  row("UnderValidation", "Cancelled", ["evidence"], "the same", "own"),
  row("Completed", "Cancelled", ["evidence"], "the same, without a certificate", "own"),
  row("InProgress", "Published", ["evidence"], "the only submission is excluded", "own"),
  row("AnswersSubmitted", "Published", ["evidence"], "the same", "own"),
  row("UnderValidation", "Published", ["evidence"], "the same", "own"),
  row("AnswersSubmitted", "InProgress", ["evidence"], "fewer than max_participants submissions count again", "own"),
  row("UnderValidation", "InProgress", ["evidence"], "the same", "own"),
  row("UnderValidation", "AnswersSubmitted", ["evidence"], "the authors of all validations are excluded", "own"),
  row("Completed", "InProgress", ["evidence"], "the certificate is contested before the deadline", "own"),
  row("Completed", "UnderValidation", ["evidence"], "the certificate is contested", "own"),
  row(
    "Completed",
    "Expired",
    ["evidence"],
    "the authors of a verdict that was reached are excluded, or its certificate is contested",
    "own",
  ),
  row(
    "Expired",
    "UnderValidation",
    ["evidence"],
    "a certificate that was not reached is contested, or the verdict is reached without an excluded author",
    "own",
  ),
  row(
    "Expired",
    "Completed",
    ["evidence"],
    "the verdict is reached without an excluded author, and there is no roster",
    "own",
  ),
  row("AnswersSubmitted", "Disputed", ["none"], "a dispute is raised: no message carries disputes"),
  row("UnderValidation", "Disputed", ["none"], "the same"),
  row("Completed", "Disputed", ["none"], "the same"),
  row("Disputed", "Completed", ["none"], "the dispute is resolved"),
  row("Disputed", "Cancelled", ["none"], "the same"),
];

function row(
  from: TaskStatus | undefined,
  to: TaskStatus,
  carriers: readonly TransitionCarrier[],
  when: string,
  origin: "documents" | "own" = "documents",
): TaskTransition {
  return { from, to, carriers, when, documented: origin === "documents" };
}
