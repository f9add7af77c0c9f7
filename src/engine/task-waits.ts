import type { TaskStatus } from "./views.js";

/**
 * What a task's status waits for, for people: the announcement itself, submissions, the deadline (or full seats),
 * validations, the end of the window in which validations count, or certificates (where a roster exists).
 */
export type TaskWait = "announcement" | "submissions" | "deadline" | "validations" | "window_end" | "certificates";

export interface WaitFacts {
  readonly status: TaskStatus;
  readonly final: boolean;
  readonly hasRoster: boolean;
  readonly submissions: number;
  /** Unix seconds; undefined while the announcement is not held or is void. */
  readonly deadlineSeconds: number | undefined;
  readonly windowEndSeconds: number | undefined;
}

/** Undefined: nothing, the status changes only if records come that should have come before. */
export function waitOf(facts: WaitFacts, atSeconds: number): TaskWait | undefined {
  const { status, final, deadlineSeconds, windowEndSeconds } = facts;
  if (final) return undefined;
  switch (status) {
    case "Published":
      if (deadlineSeconds === undefined) return "announcement";
      return atSeconds <= deadlineSeconds ? "submissions" : "window_end";
    case "InProgress":
      return "deadline";
    case "AnswersSubmitted":
      return "validations";
    case "UnderValidation":
      return windowEndSeconds !== undefined && atSeconds > windowEndSeconds ? "certificates" : "window_end";
    case "Expired":
      return facts.hasRoster && facts.submissions > 0 ? "certificates" : undefined;
    case "Completed":
    case "Disputed":
    case "Cancelled":
      return undefined;
  }
}
