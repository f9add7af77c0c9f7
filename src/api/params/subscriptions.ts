import { z } from "zod";
import { ALL_EVENTS, EVENT_NAMES, TASK_PREFIX } from "./event-names.js";
import { hash, parseWith, showAs, text } from "./fields.js";

/**
 * The name of a subscription: `all`, an event's name, or `task:` and a task id for every event of one task.
 * `unsubscribe` takes the same name.
 */
const named = z.union([z.enum([ALL_EVENTS, ...EVENT_NAMES]), z.string().regex(/^task:[0-9a-f]{64}$/)]);
/** A union would name the fault of one of its forms; a caller who mistypes a name needs the list. */
const subscription = showAs(
  z
    .string()
    .refine((name) => named.safeParse(name).success, `expected all, task:<id> or one of ${EVENT_NAMES.join(", ")}`)
    .describe("all, the name of an event, or task: and a task id in lowercase"),
  named,
);

const after = z
  .int()
  .nonnegative()
  .optional()
  .describe("sequence of the last event that the program has; 0: every stored event; left out: new events only");

export const subscribeParams = z.strictObject({
  notify: subscription,
  after,
});
export const unsubscribeParams = z.strictObject({ notify: text(1, 128).describe("the name of the subscription") });

/** The parsed parameters of `subscribe`. */
export type Subscribe = z.output<typeof subscribeParams>;

export const newTasksParams = z.strictObject({ after });
export const taskUpdatesParams = z.strictObject({ task_id: hash.describe("id of the task"), after });

/** The sister documents' names of two subscriptions, with their own parameters. They return the subscription's name. */
export const SUBSCRIBING_METHODS = {
  ai_subscribe_new_tasks: (params: unknown): Subscribe => ({
    notify: "task_published",
    ...parseWith(newTasksParams, params ?? {}),
  }),
  ai_subscribe_task_updates: (params: unknown): Subscribe => {
    const { task_id: taskId, ...rest } = parseWith(taskUpdatesParams, params);
    return { notify: `${TASK_PREFIX}${taskId}`, ...rest };
  },
} as const;

export function isSubscribingMethod(method: string): method is keyof typeof SUBSCRIBING_METHODS {
  return Object.hasOwn(SUBSCRIBING_METHODS, method);
}
