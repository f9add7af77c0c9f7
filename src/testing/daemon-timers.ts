/** Times of the daemon in milliseconds; tests shorten them. */
export interface DaemonTimers {
  /** Time between two pings to a WebSocket client. */
  readonly pingMs: number;
  /** A WebSocket client without a pong for this time is dropped. */
  readonly pongMs: number;
  /** A client that reads nothing for this time is dropped. */
  readonly sendMs: number;
  /** A silent HTTP connection gets a 408 after this time; one with an earlier answer is closed. */
  readonly idleMs: number;
  /** How long a closed connection may still read the last output. */
  readonly lingerMs: number;
}

/** As recorded; the linger time is not recorded. */
export const RECORDED_TIMERS: DaemonTimers = {
  pingMs: 5000,
  pongMs: 30_000,
  sendMs: 1000,
  idleMs: 5000,
  lingerMs: 1000,
};
