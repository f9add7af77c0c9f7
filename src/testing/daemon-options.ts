import type { DaemonTimers } from "./daemon-timers.js";
import type { DaemonProfile } from "./methods.js";
import type { AnswerHook, Quirks } from "./quirks.js";

/** In the order of their numbers. */
export const NETWORKS = ["mainnet", "testnet", "stagenet", "devnet"] as const;
export type NetworkName = (typeof NETWORKS)[number];

export interface FakeDaemonOptions {
  /** 0: the system chooses the port, and the daemon keeps it over restarts. */
  readonly port?: number;
  readonly network?: NetworkName;
  readonly profile?: DaemonProfile;
  /** Determines the genesis, all hashes and every random order. */
  readonly seed?: string;
  /** Interval of blocks while the daemon runs; fractions give thousands a second. Not given: mines only on request. */
  readonly blockMs?: number;
  readonly timers?: Partial<DaemonTimers>;
  readonly quirks?: Partial<Quirks>;
  /** Called before each call; `FakeDaemon.override` does the same for one method. */
  readonly answer?: AnswerHook;
  /** False: like a start without the P2P server. */
  readonly p2p?: boolean;
  readonly tag?: string;
  /** Cap of new WebSocket connections a minute; later revisions have 100. Not given: no cap. */
  readonly connectionsPerMinute?: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** Changes at a restart. */
export interface RestartChanges {
  readonly network?: NetworkName;
  readonly profile?: DaemonProfile;
  /** Another seed: another genesis. */
  readonly seed?: string;
  /** False: the daemon runs without RPC, as if its port were taken. */
  readonly rpc?: boolean;
}

export interface Reorganisation {
  /** How many blocks replace the removed ones; 0 leaves the chain shorter. Not given: one more. */
  readonly blocks?: number;
  /** Whether `block_orphaned` is sent. Not given: only if no stable block is removed, as recorded. */
  readonly announced?: boolean;
}
