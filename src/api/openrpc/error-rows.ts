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
  bad_parameters: row("bad_parameters", "a parameter is wrong; the message names it"),
  payload_too_large: row("payload_too_large", "the body is larger than the network's limit"),
  unknown_key: row("unknown_key", "the node has no author key of this name"),
  quota_exceeded: row("quota_exceeded", "the key has signed all records of this type that a UTC day allows", {
    quota: "records of this type that a key may sign on a UTC day",
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
  peer_busy: row("peer_busy", "the node does as much as it can: try again"),
  over_budget: row("over_budget", "the socket has as many subscriptions as it may have"),
  storage_full: row("storage_full", "the node has no room for another record"),
  storage_failed: row("storage_failed", "the disk refuses writes; ask again with the same idempotency key"),
  stopped: row("stopped", "the node stops; ask again with the same idempotency key after its next start"),
  not_found: row("not_found", "the node does not hold the task or the submission"),
  bad_deadline: row("bad_deadline", "the deadline is over, or too far ahead", {
    deadline: "the deadline, unix seconds",
    earliest: "the earliest deadline that the network takes",
    latest: "the latest deadline that the network takes",
  }),
  not_allowed: row("not_allowed", "this author may not do this in this task, or the node does not hold the task type"),
  subject_used: row("subject_used", "this author has submitted to the task, or validated the submission"),
  task_over: row("task_over", "the task no longer takes this record"),
  stale: row("stale", "the node received the submission too long after the deadline to validate it"),
} as const satisfies Readonly<Partial<Record<ReasonCode | RpcErrorName, ErrorRow>>>;
