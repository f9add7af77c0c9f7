import { z } from "zod";
import type { EventBodies } from "../../engine/index.js";
import { TASK_STATUSES, TASK_TYPES } from "../../protocol/enumerations.js";
import { count, hex32, seconds, u64Text } from "./values.js";

const recordEvent = z.object({
  task_id: hex32,
  task_type: z.enum(TASK_TYPES),
  record_id: hex32,
  timestamp: seconds,
});

/** The fields of each event, besides `event` and `sequence`. */
export const EVENT_SHAPES = {
  task_published: recordEvent.extend({ publisher: hex32, deadline: seconds, reward: u64Text }),
  task_cancelled: recordEvent.extend({ publisher: hex32 }),
  submission_received: recordEvent.extend({ submission_id: hex32, submitter: hex32 }),
  validation_completed: recordEvent.extend({
    submission_id: hex32,
    validator: hex32,
    score: count,
    seconds_after_submission: seconds.nullable().describe("null if the submission is not held"),
  }),
  task_status_changed: z.object({
    task_id: hex32,
    previous: z.enum(TASK_STATUSES).nullable().describe("null for the first status"),
    status: z.enum(TASK_STATUSES),
    final: z.boolean(),
  }),
  consensus_changed: z.object({
    task_id: hex32,
    submission_id: hex32,
    reached: z.boolean(),
    final: z.boolean(),
    n: count,
    sum: count,
    sum_of_squares: count,
    weight_sum: count,
    weighted_sum: count,
  }),
  submission_certified: z.object({
    task_id: hex32,
    submission_id: hex32,
    value: hex32,
    contested: z.boolean().describe("a certificate of another value is held: neither is final"),
    n: count,
    sum: count,
    sum_of_squares: count,
  }),
  author_excluded: z.object({ task_id: hex32, author: hex32, reason: z.string(), proof: z.array(hex32) }),
  fraud_detected: z.object({
    equivocator: hex32,
    kind: count.describe("1 slot, 2 subject, 3 vote, 4 broken lock"),
    task_id: hex32,
    proof: z.array(hex32),
  }),
} as const satisfies { readonly [Name in keyof EventBodies]: z.ZodType<EventBodies[Name]> };

/** The notice that the store no longer has events for which a subscription asked. */
export const missedShape = z.object({
  after: count.describe("no event after this sequence"),
  next: count.describe("and before this one is kept"),
});
