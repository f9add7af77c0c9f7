/**
 * The longest message. A block holds at most 1.25 MiB of transactions, which are up to five times as long in JSON; 21
 * full blocks of the smallest transactions need 2 MiB for their hashes.
 */
export const MESSAGE_MAX_BYTES = 8 * 1024 * 1024;
/**
 * The longest message parsed by `exactResult`, which blocks the event loop for 140 ms per million characters. A task
 * with its description and hundreds of answers of 2 KB fits.
 */
export const EXACT_MAX_CHARACTERS = 1024 * 1024;

/** Timeouts and intervals; tests use shorter ones. */
export interface DaemonTimes {
  /** Until a connection is open. A stopped process accepts connections and never answers. */
  readonly openMs: number;
  /** Until an answer. The slowest recorded answer took 40 ms. */
  readonly answerMs: number;
  /** Without any message: the daemon pings every 5 s, so three pings were missed. */
  readonly silenceMs: number;
  /** Interval of polls in addition to events: a lost event delays a block by at most this. */
  readonly lookMs: number;
  /** Interval of polls over HTTP, which has no events. */
  readonly pollMs: number;
  /** Time over HTTP until the WebSocket is tried again. */
  readonly upgradeMs: number;
  /**
   * Time without a block, or {@link STALL_BLOCKS} block times if they are longer, until the chain counts as stalled.
   */
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

/** Block times without a block until the chain counts as stalled. */
export const STALL_BLOCKS = 10;
/** The upper limit of that time, for a daemon with an absurd block time; no TOS chain has one above a minute. */
export const STALL_MAX_MS = 3_600_000;
