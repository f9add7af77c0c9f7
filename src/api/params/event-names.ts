import type { StoredEvent } from "../../engine/index.js";

/** Events that a program may subscribe to. `all` gives these and every other stored event. */
export const EVENT_NAMES = [
  "task_published",
  "task_cancelled",
  "submission_received",
  "validation_completed",
  "task_status_changed",
  "consensus_changed",
  "submission_certified",
  "author_excluded",
  "fraud_detected",
] as const;

export const ALL_EVENTS = "all";

/** Prefix of a subscription to the events of one task. */
export const TASK_PREFIX = "task:";

/** The task of a subscription to the events of one task. */
export function subscribedTask(subscribed: string): string | undefined {
  return subscribed.startsWith(TASK_PREFIX) ? subscribed.slice(TASK_PREFIX.length) : undefined;
}

/** Whether a subscription includes an event. */
export function takes(subscribed: string, { event, body }: StoredEvent): boolean {
  if (subscribed === ALL_EVENTS || subscribed === event) return true;
  const taskId = subscribedTask(subscribed);
  return taskId !== undefined && body.task_id === taskId;
}
