import { z } from "zod";
import { TASK_STATUSES, TASK_TYPES, type TaskStatus } from "../../protocol/enumerations.js";
import { PREFIX_MIN_DIGITS, RECORD_KINDS } from "../../protocol/id-prefix.js";
import { hash, unixSeconds } from "./fields.js";

/** Parameters of the methods that read. */

/** Tasks of a list if the caller sets no limit: a page that a person reads. */
const LIST_LIMIT_DEFAULT = 50;
/** A key is 64 hex digits, an address is shorter than this. */
const MAX_MINER_CHARS = 128;
/** A task takes about 700 bytes: an answer is at most 140 KB. */
const LIST_LIMIT_MAX = 200;

const limit = z.int().min(1).max(LIST_LIMIT_MAX).default(LIST_LIMIT_DEFAULT).describe("the most entries of the answer");

const status = z.union(
  [z.literal("all").transform((): TaskStatus[] => []), z.enum(TASK_STATUSES).transform((one) => [one])],
  `expected all or one of ${TASK_STATUSES.join(", ")}`,
);

export const listParams = z.strictObject({
  status: status
    .optional()
    .describe(
      "tasks of one status, or all; left out: tasks that still take submissions, which are Published or InProgress and before the deadline",
    ),
  task_type: z.enum(TASK_TYPES).optional().describe("tasks of one type; left out: of every type"),
  limit,
  after: hash.optional().describe("`next` of the page before; left out: the newest task is the first"),
});

const taskId = hash.describe("id of the task");

export const taskParams = z.strictObject({ task_id: taskId });

export const alertParams = z.strictObject({
  task_id: taskId.optional().describe("alerts that name this task; left out: of every task"),
  limit,
});

export const minerParams = z.strictObject({
  miner: z
    .string()
    .max(MAX_MINER_CHARS)
    .describe("key of the author, 64 hex digits, or its TOS address on this network"),
});

export const submissionParams = z.strictObject({ submission_id: hash.describe("id of the submission's record") });

export const resolveParams = z.strictObject({
  prefix: z
    .string()
    .regex(new RegExp(`^[0-9a-fA-F]{${PREFIX_MIN_DIGITS},64}$`), `expected ${PREFIX_MIN_DIGITS} to 64 hex digits`)
    .transform((text) => text.toLowerCase())
    .describe(`the first digits of an id, at least ${PREFIX_MIN_DIGITS}`),
  kind: z.enum(RECORD_KINDS).optional().describe("records of one kind; left out: of any kind"),
});

export const digestParams = z.strictObject({
  at: unixSeconds
    .refine((at) => at % 60 === 0, "expected a multiple of 60")
    .optional()
    .describe("unix seconds, a multiple of 60; left out: the last full minute"),
});
