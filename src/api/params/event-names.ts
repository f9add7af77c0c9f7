import { z } from "zod";
import type { StoredEvent } from "../../engine/index.js";
import { hash, parseWith, text } from "./fields.js";

/** Events a program may subscribe to; with `all` it gets these and any other the node stores. */
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

/** Events that concern a task whose id they carry. */
export const TASK_PREFIX = "task:";

/**
 * What a subscription takes: `all`, an event's name, or `task:` and a task id for every event of one task. Its name is
 * what `unsubscribe` takes.
 */
const subscription = z.union(
  [z.enum([ALL_EVENTS, ...EVENT_NAMES]), z.string().regex(/^task:[0-9a-f]{64}$/)],
  `expected all, task:<id> or one of ${EVENT_NAMES.join(", ")}`,
);

const after = z.int().nonnegative().optional();

/** `after`: the sequence of the last event that the program has; 0 for everything stored. */
export const subscribeParams = z.strictObject({ notify: subscription, after });
export const unsubscribeParams = z.strictObject({ notify: text(1, 128) });

/** What a subscription asks for. */
export type Subscribe = z.output<typeof subscribeParams>;

const newTasks = z.strictObject({ after });
const taskUpdates = z.strictObject({ task_id: hash, after });

/** The sister documents' names for two subscriptions: each reads its own parameters. They answer the subscription's name. */
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

/** Whether a subscription takes an event. */
export function takes(subscribed: string, { event, body }: StoredEvent): boolean {
  if (subscribed === ALL_EVENTS || subscribed === event) return true;
  return subscribed.startsWith(TASK_PREFIX) && body.task_id === subscribed.slice(TASK_PREFIX.length);
}
