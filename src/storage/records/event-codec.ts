import { z } from "zod";
import { type EventBodies, type NewEvent, type StoredEvent, TASK_STATUSES } from "../../engine/index.js";
import { readU32 } from "../../protocol/bytes.js";
import { TASK_TYPES } from "../../protocol/enumerations.js";
import { eventKey } from "../keys.js";
import { decodeFrequent, encodeFrequent } from "./event-binary.js";

/** Longest JSON of an event: a task's view with its counts. Bodies are not in events. */
export const MAX_EVENT_BYTES = 64 * 1024;

const texts = z.array(z.string());
const record = {
  task_id: z.string(),
  task_type: z.enum(TASK_TYPES),
  record_id: z.string(),
  timestamp: z.int(),
};
const status = z.enum(TASK_STATUSES);

/** The bodies of stored events. Members that this build does not know are left out. */
const BODIES = {
  task_published: z.object({ ...record, publisher: z.string(), deadline: z.int(), reward: z.string() }),
  task_cancelled: z.object({ ...record, publisher: z.string() }),
  submission_received: z.object({ ...record, submission_id: z.string(), submitter: z.string() }),
  validation_completed: z.object({
    ...record,
    submission_id: z.string(),
    validator: z.string(),
    score: z.int(),
    // Earlier builds did not store it.
    seconds_after_submission: z.int().nullable().default(null),
  }),
  task_status_changed: z.object({
    task_id: z.string(),
    previous: status.nullable(),
    status,
    final: z.boolean(),
  }),
  consensus_changed: z.object({
    task_id: z.string(),
    submission_id: z.string(),
    reached: z.boolean(),
    final: z.boolean(),
    n: z.int(),
    sum: z.int(),
    sum_of_squares: z.int(),
    weight_sum: z.int(),
    weighted_sum: z.int(),
  }),
  submission_certified: z.object({
    task_id: z.string(),
    submission_id: z.string(),
    value: z.string(),
    contested: z.boolean(),
    n: z.int(),
    sum: z.int(),
    sum_of_squares: z.int(),
  }),
  author_excluded: z.object({ task_id: z.string(), author: z.string(), reason: z.string(), proof: texts }),
  fraud_detected: z.object({ equivocator: z.string(), kind: z.int(), task_id: z.string(), proof: texts }),
} as const satisfies { readonly [Name in keyof EventBodies]: z.ZodType<EventBodies[Name]> };

const eventShape = z.discriminatedUnion("event", [
  z.object({ event: z.literal("task_published"), body: BODIES.task_published }),
  z.object({ event: z.literal("task_cancelled"), body: BODIES.task_cancelled }),
  z.object({ event: z.literal("submission_received"), body: BODIES.submission_received }),
  z.object({ event: z.literal("validation_completed"), body: BODIES.validation_completed }),
  z.object({ event: z.literal("task_status_changed"), body: BODIES.task_status_changed }),
  z.object({ event: z.literal("consensus_changed"), body: BODIES.consensus_changed }),
  z.object({ event: z.literal("submission_certified"), body: BODIES.submission_certified }),
  z.object({ event: z.literal("author_excluded"), body: BODIES.author_excluded }),
  z.object({ event: z.literal("fraud_detected"), body: BODIES.fraud_detected }),
]) satisfies z.ZodType<NewEvent>;

/** Names of events and members that earlier builds stored, with those of this build. */
const RENAMED_EVENTS = new Map([["author_voided", "author_excluded"]]);
const RENAMED_MEMBERS = new Map([["offender", "equivocator"]]);

const storedShape = z.object({ event: z.string(), body: z.record(z.string(), z.unknown()) });

/** A stored event under the names of this build. */
function renamed({ event, body }: z.output<typeof storedShape>): unknown {
  const members = Object.entries(body).map(([name, value]) => [RENAMED_MEMBERS.get(name) ?? name, value] as const);
  return { event: RENAMED_EVENTS.get(event) ?? event, body: Object.fromEntries(members) };
}

/** The bytes of an event, valid until the next call, or its JSON. */
export function encodeEvent(stored: StoredEvent): Uint8Array | string {
  return encodeFrequent(stored) ?? JSON.stringify({ event: stored.event, body: stored.body });
}

/** The sequence in the key of an event. */
export function sequenceOf(key: Uint8Array): number | undefined {
  if (key.length !== eventKey(0).length) return undefined;
  const sequence = readU32(key, 1) * 2 ** 32 + readU32(key, 5);
  return Number.isSafeInteger(sequence) ? sequence : undefined;
}

/** Undefined for a value that is not a stored event of this build or an earlier one. */
export function decodeEvent(key: Uint8Array, value: Uint8Array): StoredEvent | undefined {
  const sequence = sequenceOf(key);
  if (sequence === undefined || value.length > MAX_EVENT_BYTES) return undefined;
  const stored = storedShape.safeParse(decodeFrequent(value) ?? parseJson(value)).data;
  const event = stored === undefined ? undefined : eventShape.safeParse(renamed(stored)).data;
  return event === undefined ? undefined : { sequence, ...event };
}

function parseJson(value: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(value));
  } catch {
    return undefined;
  }
}
