/** The numbers of docs/managed.md. */

/** The only version of the protocol so far. */
export const PROTOCOL_VERSION = 1;
/** One line, its end included: the largest body as base64 and the request around it take 1.5 MiB. */
export const LINE_MAX_BYTES = 4 * 1024 * 1024;
/** Who says so many unreadable things one after the other does not speak this protocol. */
export const FAULTS_IN_A_ROW_MAX = 16;
/** Requests open in each direction: more than a node's own RPC threads, few enough that each may hold a line. */
export const OPEN_REQUESTS_MAX = 64;
/** Events that the host may have under way: 0.4 s of them at 10,000 a second, and 1 MB. */
export const CREDIT_MAX = 4096;
/** Own addresses that a host takes in the answer to `init`: with more it would end the plugin. */
export const TOLD_ADDRESSES_MAX = 64;
/** How long an answer of the host may take: what it reads is its own memory and disk. */
export const HOST_ANSWER_TIMEOUT_MS = 10_000;
/** The host gives up on a start after 30 s of silence, and expects a sign of life every 5 s. */
export const PROGRESS_INTERVAL_MS = 4000;
/** A host that asks, and takes no line of what it is answered for so long, is gone, whoever holds its pipes open. */
export const UNREAD_MS = 60_000;
/** A stop for which nobody set a deadline: what the manager allows itself, and some more. */
export const STOP_TIMEOUT_MS = 5000;
/** The longest text of one log line, in bytes of UTF-8. */
export const LOG_TEXT_MAX_BYTES = 8 * 1024;

/** How the program ends. */
export const MANAGED_EXIT = {
  /** Stopped when asked to, when standard input ended, or after it answered `disable`. */
  stopped: 0,
  /** Started by hand. */
  byHand: 64,
  /** The host does not speak the protocol. */
  badHost: 65,
  /** A start that failed, a stop that ran out of time, a defect. */
  failed: 70,
} as const;
export type ManagedExit = (typeof MANAGED_EXIT)[keyof typeof MANAGED_EXIT];
