import type { ReasonCode } from "../../protocol/errors.js";
import { ALREADY_SUBSCRIBED, INVALID_PARAMS, NOT_SUBSCRIBED, numberOf } from "../rpc-error.js";

/** Errors of JSON-RPC and of TOS that have no reason code. */
export type RpcErrorName = "invalid_params" | "already_subscribed" | "not_subscribed";

/** An error of a method in the document. */
export interface ErrorRow {
  /** JSON-RPC's number. */
  readonly number: number;
  /** What it means, and what to do. */
  readonly meaning: string;
  /** Members of `data` besides `kind` and `code`, with their meaning. */
  readonly data: Readonly<Record<string, string>>;
}

const SIGNS_AGAIN = {
  signs_again_at: "unix seconds from which the key signs",
  clock: "the time of this machine's clock, unix seconds",
} as const;
const HELD = { record: "id of that record; may be absent" } as const;
const LIMIT = { limit: "the most at one time" } as const;
const STOPPED_KEY = { author: "the stopped key", record: "id of a record that stopped it" } as const;

function row(code: ReasonCode, meaning: string, data: ErrorRow["data"] = {}): ErrorRow {
  return { number: numberOf(code), meaning, data };
}

function rpcRow(number: number, meaning: string): ErrorRow {
  return { number, meaning, data: {} };
}

/** The errors that methods answer with, by reason code or name. */
export const ERROR_ROWS = {
  invalid_params: rpcRow(INVALID_PARAMS, "the method takes no parameters"),
  already_subscribed: rpcRow(ALREADY_SUBSCRIBED, "the socket has this subscription"),
  not_subscribed: rpcRow(NOT_SUBSCRIBED, "the socket has no such subscription"),
  bad_parameters: row("bad_parameters", "a parameter is wrong; the message names it", {
    newest: "where `after` is later: sequence of the newest event",
  }),
  payload_too_large: row("payload_too_large", "the body or the record is larger than the network's limit", {
    limit: "in bytes",
    bytes: "its own size",
  }),
  unknown_key: row("unknown_key", "the node has no author key of this name"),
  quota_exceeded: row("quota_exceeded", "the key has signed all records of this type that a UTC day allows", {
    limit: "records of this type that a key may sign on a UTC day",
    left: "0",
    resets_at: "unix seconds of the next UTC day",
  }),
  clock_behind: row(
    "clock_behind",
    "this machine's clock is behind the key's last record, or behind the task",
    SIGNS_AGAIN,
  ),
  store_missing: row(
    "store_missing",
    "the key was imported without its signing log and does not sign yet",
    SIGNS_AGAIN,
  ),
  key_equivocated: row(
    "key_equivocated",
    "two records of this key contradict each other: it signs no more",
    STOPPED_KEY,
  ),
  key_used_elsewhere: row("key_used_elsewhere", "another node has signed with this key: it signs no more", STOPPED_KEY),
  unknown_author: row("unknown_author", "the author is not in the registry"),
  peer_id_in_use: row("peer_id_in_use", "another node has this node's key: this node signs nothing"),
  peer_busy: row("peer_busy", "the node does as much as it can: try again", {
    limit: "the most at one time, or in a second",
  }),
  over_budget: row("over_budget", "the socket has as many subscriptions as it may have", LIMIT),
  storage_full: row("storage_full", "the node has no room for another record"),
  storage_failed: row("storage_failed", "the disk refuses writes; ask again with the same idempotency key"),
  storage_corrupt: row(
    "storage_corrupt",
    "the disk lost what was asked for; the node asks its peers for it: ask again later",
  ),
  stopped: row("stopped", "the node stops; ask again with the same idempotency key after its next start"),
  ambiguous_id: row("ambiguous_id", "several ids begin with these digits: give more of them", {
    matches: "the first of these ids, at most 5",
  }),
  not_found: row("not_found", "the node does not hold the task or the submission"),
  bad_deadline: row("bad_deadline", "the deadline is over, or too far ahead", {
    deadline: "the deadline, unix seconds",
    earliest: "the earliest deadline that the network takes",
    latest: "the latest deadline that the network takes",
  }),
  own_task: row("own_task", "the author published the task: it neither submits to it nor validates in it"),
  own_submission: row("own_submission", "the author submitted the answer: another author validates it"),
  not_publisher: row("not_publisher", "another author published the task: only its publisher cancels it", {
    publisher: "key of the publisher",
  }),
  author_excluded: row("author_excluded", "an equivocation excludes the author from the task"),
  already_submitted: row("already_submitted", "the author has submitted to the task", HELD),
  already_validated: row("already_validated", "the author has validated the submission", HELD),
  has_submissions: row("has_submissions", "a submission counts: the task can't be cancelled any more", {
    submissions: "submissions that count",
  }),
  task_over: row("task_over", "the deadline of the task is over", { deadline: "the deadline, unix seconds" }),
  task_cancelled: row("task_cancelled", "the task is cancelled"),
  validation_over: row("validation_over", "the time in which validations of the task count is over", {
    window_end: "the end of that time, unix seconds",
  }),
  first_held_late: row("first_held_late", "the node received the submission too long after the deadline", {
    first_held: "when it received the submission, unix seconds",
    latest: "the latest time at which it could have",
  }),
  type_not_held: row("type_not_held", "the node does not hold tasks of this type", { task_type: "the type" }),
  outside_task_max_age: row("outside_task_max_age", "the task is too old for new records"),
} as const satisfies Readonly<Partial<Record<ReasonCode | RpcErrorName, ErrorRow>>>;
