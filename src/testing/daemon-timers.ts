/** Times of the daemon in milliseconds; tests shorten them. */
export interface DaemonTimers {
  /** Between two pings to a WebSocket client. */
  readonly pingMs: number;
  /** After so long without a pong a WebSocket client is dropped. */
  readonly pongMs: number;
  /** A client that takes nothing for so long is dropped. */
  readonly sendMs: number;
  /** An HTTP connection that says nothing gets a 408 after so long; one that was answered is closed. */
  readonly idleMs: number;
  /** How long a connection that was closed is given to read what was sent last. */
  readonly lingerMs: number;
}

/** As recorded; the linger is this program's own. */
export const RECORDED_TIMERS: DaemonTimers = {
  pingMs: 5000,
  pongMs: 30_000,
  sendMs: 1000,
  idleMs: 5000,
  lingerMs: 1000,
};
