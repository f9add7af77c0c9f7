/**
 * The longest message read. A block holds at most 1.25 MiB of transactions, which are up to five times as long as JSON, and
 * 21 blocks full of the smallest transactions need 2 MiB for their hashes.
 */
export const MESSAGE_MAX_BYTES = 8 * 1024 * 1024;
/**
 * The longest message read exactly, which takes 140 ms of the event loop for each million: a task with its description and
 * hundreds of answers of 2 KB.
 */
export const EXACT_MAX_CHARACTERS = 1024 * 1024;

/** How long things may take. Tests shorten them. */
export interface DaemonTimes {
  /** A connection until it can be used. A stopped daemon takes connections and says nothing. */
  readonly openMs: number;
  /** One answer. The slowest one recorded took 40 ms; a daemon that needs longer than this is not there. */
  readonly answerMs: number;
  /** Nothing heard: the daemon pings every 5 s, so three were missed. */
  readonly silenceMs: number;
  /** The chain is looked at even if no event says so: what a connection forgets to say costs no more than this. */
  readonly lookMs: number;
  /** Without events, over HTTP, the chain is looked at this often. */
  readonly pollMs: number;
  /** After so long over HTTP the WebSocket is tried again. */
  readonly upgradeMs: number;
  /** No new block for so long, or ten block times if they are longer: the chain stands still. */
  readonly stallMs: number;
}

export const DAEMON_TIMES: DaemonTimes = {
  openMs: 5000,
  answerMs: 10_000,
  silenceMs: 15_000,
  lookMs: 10_000,
  pollMs: 1000,
  upgradeMs: 30_000,
  stallMs: 60_000,
};

/** Block times without a block after which a chain stands still. */
export const STALL_BLOCKS = 10;
/** No chain of TOS waits longer than a minute for a block; a daemon that says so is not given more than an hour. */
export const STALL_MAX_MS = 3_600_000;
