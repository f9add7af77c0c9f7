import type { BoundRow, FaultWatch, LogLosses, NodeInfo } from "../api/index.js";
import type { BlockchainInterface } from "../chain/index.js";
import type { LoadedKernel } from "../kernel/index.js";
import type { NetworkIdentity } from "../protocol/rules.js";
import type { RecordStore } from "../storage/index.js";
import type { Log } from "./log.js";
import type { HostKeys } from "./publish/index.js";

/** What an AINetworkSyncManager is made of. It owns none of these but what it opens itself: keys and the network. */
export interface ManagerOptions {
  readonly identity: NetworkIdentity;
  /** Name of a standalone network; undefined where the genesis comes from a chain. */
  readonly networkName: string | undefined;
  readonly kernel: LoadedKernel;
  readonly store: RecordStore;
  readonly chain: BlockchainInterface;
  /** Directory of keys and signing logs. */
  readonly keysPath: string;
  /** Keys that the program keeps which hosts this node; default none. */
  readonly hostKeys?: HostKeys;
  /** File of the libp2p key (made if absent, mode 0600). */
  readonly libp2pKeyPath: string;
  /** Multiaddrs. */
  readonly listen: readonly string[];
  readonly bootstrap: readonly string[];
  /** Multiaddrs told to peers in place of those listened on; IP addresses or DNS names, at most 8. */
  readonly announce?: readonly string[];
  /** Task types (0..5) of interest; default all. */
  readonly taskTypes?: readonly number[];
  readonly maxConnections?: number;
  readonly log?: Log;
  /** Of where the log is written to: counted, and a fault while lines are lost. */
  readonly logLosses?: LogLosses;
  /** Counters of the engine and the node, by name and label; both closed lists. */
  readonly count?: (name: string, label: string, value: number) => void;
  /** Sizes and caps of what grows outside of the manager: the chain's. */
  readonly bounds?: () => readonly BoundRow[];
  /** Conditions outside of the manager that are faults of the node: of its log, of its chain's files. */
  readonly watches?: readonly FaultWatch[];
  readonly nowMs?: () => number;
}

/** This package's version, as peers and people are told it. */
export const VERSION = "0.1.0";
export const AGENT = `tos-ai-sync/${VERSION}`;

/** What the loader passed over, in one line for a person; undefined when the fastest kernel runs. */
export function kernelInfo(loaded: LoadedKernel): NodeInfo["kernel"] {
  const cause = loaded.skipped.map(({ backend, cause }) => `${backend}: ${cause}`).join("; ");
  return { backend: loaded.kernel.backend, reason: cause === "" ? undefined : cause };
}
