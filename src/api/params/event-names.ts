import { z } from "zod";
import type { StoredEvent } from "../../engine/index.js";
import { hash, parseWith, text } from "./fields.js";

/** Events that a program may subscribe to. `all` gives these and every other stored event. */
export const EVENT_NAMES = [
  "task_published",
  "task_cancelled",
  "submission_received",
  "validation_completed",
  "task_status_changed",
  "consensus_changed",
  "author_excluded",
  "fraud_detected",
] as const;

export const ALL_EVENTS = "all";

/** Prefix of a subscription to the events of one task. */
export const TASK_PREFIX = "task:";

/**
 * The name of a subscription: `all`, an event's name, or `task:` and a task id for every event of one task.
 * `unsubscribe` takes the same name.
 */
const subscription = z.union(
  [z.enum([ALL_EVENTS, ...EVENT_NAMES]), z.string().regex(/^task:[0-9a-f]{64}$/)],
  `expected all, task:<id> or one of ${EVENT_NAMES.join(", ")}`,
);

const after = z.int().nonnegative().optional();

/** `after` is the sequence of the last event that the program has; 0 for every stored event. */
export const subscribeParams = z.strictObject({ notify: subscription, after });
export const unsubscribeParams = z.strictObject({ notify: text(1, 128) });

/** The parsed parameters of `subscribe`. */
export type Subscribe = z.output<typeof subscribeParams>;

const newTasks = z.strictObject({ after });
const taskUpdates = z.strictObject({ task_id: hash, after });

/** The sister documents' names of two subscriptions, with their own parameters. They return the subscription's name. */
export const SUBSCRIBING_METHODS = {
  ai_subscribe_new_tasks: (params: unknown): Subscribe => ({
    notify: "task_published",
    ...parseWith(newTasks, params ?? {}),
  }),
  ai_subscribe_task_updates: (params: unknown): Subscribe => {
    const { task_id: taskId, ...rest } = parseWith(taskUpdates, params);
    return { notify: `${TASK_PREFIX}${taskId}`, ...rest };
  },
} as const;

export function isSubscribingMethod(method: string): method is keyof typeof SUBSCRIBING_METHODS {
  return Object.hasOwn(SUBSCRIBING_METHODS, method);
}

/** Whether a subscription includes an event. */
export function takes(subscribed: string, { event, body }: StoredEvent): boolean {
  if (subscribed === ALL_EVENTS || subscribed === event) return true;
  return subscribed.startsWith(TASK_PREFIX) && body.task_id === subscribed.slice(TASK_PREFIX.length);
}
