import type { DaemonTimers } from "./daemon-timers.js";
import type { DaemonProfile } from "./methods.js";
import type { AnswerHook, Quirks } from "./quirks.js";

/** In the order of their numbers. */
export const NETWORKS = ["mainnet", "testnet", "stagenet", "devnet"] as const;
export type NetworkName = (typeof NETWORKS)[number];

export interface FakeDaemonOptions {
  /** 0: the system chooses, and the daemon keeps it for all its lives. */
  readonly port?: number;
  readonly network?: NetworkName;
  readonly profile?: DaemonProfile;
  /** Decides the genesis, all hashes and every order of chance. */
  readonly seed?: string;
  /** Mines a block so often while it runs; fractions make thousands a second. Not given: only when told. */
  readonly blockMs?: number;
  readonly timers?: Partial<DaemonTimers>;
  readonly quirks?: Partial<Quirks>;
  /** Asked before each call; `FakeDaemon.override` is the same for one method. */
  readonly answer?: AnswerHook;
  /** False: as if started with its P2P server off. */
  readonly p2p?: boolean;
  readonly tag?: string;
  /** WebSocket connections a minute that it takes; later revisions take 100. Not given: any number. */
  readonly connectionsPerMinute?: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** What is different after a restart. */
export interface RestartChanges {
  readonly network?: NetworkName;
  readonly profile?: DaemonProfile;
  /** Another seed: another genesis. */
  readonly seed?: string;
  /** False: it runs without RPC, as with its port taken. */
  readonly rpc?: boolean;
}

export interface Reorganisation {
  /** How many blocks take the place of those that are taken away; 0 leaves the chain shorter. Not given: one more. */
  readonly blocks?: number;
  /** Whether `block_orphaned` is told. Not given: only if nothing stable is touched, as recorded. */
  readonly announced?: boolean;
}
