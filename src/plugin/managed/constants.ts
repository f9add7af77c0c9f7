/** The numbers of docs/managed.md. */

/** The only version of the protocol so far. */
export const PROTOCOL_VERSION = 1;
/** One line, its end included: the largest body as base64 and the request around it take 1.5 MiB. */
export const LINE_MAX_BYTES = 4 * 1024 * 1024;
/** Unreadable lines in a row after which the session ends: the host uses another protocol. */
export const FAULTS_IN_A_ROW_MAX = 16;
/** Requests open in each direction: more than a node's own RPC threads, few enough that each may hold a line. */
export const OPEN_REQUESTS_MAX = 64;
/** Events in flight from the host: 0.4 s at 10,000 events a second, 1 MB. */
export const CREDIT_MAX = 4096;
/** Listen addresses in the answer to `init`: a host ends a plugin that sends more. */
export const ADVERTISED_ADDRESSES_MAX = 64;
/** The longest wait for an answer of the host, which reads its own memory and disk. */
export const HOST_ANSWER_TIMEOUT_MS = 10_000;
/** Interval of `progress` during a start: the host expects one every 5 s and ends the start after 30 s of silence. */
export const PROGRESS_INTERVAL_MS = 4000;
/** A host that reads no line for this time is gone, even if another process holds its pipes open. */
export const UNREAD_MS = 60_000;
/** The deadline of a stop without a deadline from the host: the manager's own, plus a margin. */
export const STOP_TIMEOUT_MS = 5000;
/** The longest text of one log line, in bytes of UTF-8. */
export const LOG_TEXT_MAX_BYTES = 8 * 1024;

/** Exit codes. */
export const MANAGED_EXIT = {
  /** Stopped when asked to, when standard input ended, or after it answered `disable`. */
  stopped: 0,
  /** Started by a person, not by a host. */
  byHand: 64,
  /** The host does not speak the protocol. */
  badHost: 65,
  /** A start that failed, a stop that ran out of time, a defect. */
  failed: 70,
} as const;
export type ManagedExit = (typeof MANAGED_EXIT)[keyof typeof MANAGED_EXIT];
