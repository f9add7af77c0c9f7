import { z } from "zod";
import { label } from "./fields.js";

/** Events a program may subscribe to; with `all` it gets these and any other the node stores. */
export const EVENT_NAMES = [
  "task_published",
  "task_cancelled",
  "submission_received",
  "validation_completed",
  "task_status_changed",
  "consensus_changed",
  "author_voided",
  "fraud_detected",
] as const;

export const ALL_EVENTS = "all";

const notify = z.enum([ALL_EVENTS, ...EVENT_NAMES]);

/** `after`: the sequence of the last event that the program has; 0 for everything stored. */
export const subscribeParams = z.strictObject({ notify, after: z.int().nonnegative().optional() });
export const unsubscribeParams = z.strictObject({ notify: label });
