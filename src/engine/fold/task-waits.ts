import type { TaskStatus, TaskWait } from "./views.js";

export interface WaitFacts {
  readonly status: TaskStatus;
  readonly final: boolean;
  readonly hasRoster: boolean;
  readonly submissions: number;
  /** Unix seconds; undefined while the announcement is not held or is equivocated. */
  readonly deadlineSeconds: number | undefined;
  readonly windowEndSeconds: number | undefined;
}

/** Undefined: the task waits for nothing; only late records can change the status. */
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
