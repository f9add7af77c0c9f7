import type { BoundRow, FaultWatch, LogLosses, NodeControl, NodeInfo, NodeObserve, Observed } from "../api/index.js";
import type { BlockchainInterface } from "../chain/index.js";
import type { LoadedKernel } from "../kernel/index.js";
import type { NetworkIdentity } from "../protocol/rules.js";
import type { RecordStore } from "../storage/index.js";
import type { Log } from "./log.js";
import type { HostKeys } from "./publish/index.js";
import type { TracingApi } from "./tracing/index.js";

/** The parts and settings of an AINetworkSyncManager. It closes only what it opens itself: keys and the network. */
export interface ManagerOptions {
  readonly identity: NetworkIdentity;
  /** Name of a standalone network; undefined where the genesis comes from a chain. */
  readonly networkName: string | undefined;
  readonly kernel: LoadedKernel;
  readonly store: RecordStore;
  readonly chain: BlockchainInterface;
  /** Directory of keys and signing logs. */
  readonly keysPath: string;
  /** Keys of the program that hosts this node; default none. */
  readonly hostKeys?: HostKeys;
  /** File of the libp2p key; the start makes a missing one with mode 0600. */
  readonly libp2pKeyPath: string;
  /** Multiaddrs. */
  readonly listen: readonly string[];
  readonly bootstrap: readonly string[];
  /** Multiaddrs that peers get in place of the listening ones; IP addresses or DNS names, at most 8. */
  readonly announce?: readonly string[];
  /** Task types (0..5) of interest; default all. */
  readonly taskTypes?: readonly number[];
  readonly maxConnections?: number;
  readonly log?: Log;
  /** Lost lines of the log: they are counted, and a fault is active while lines get lost. */
  readonly logLosses?: LogLosses;
  /** Takes the counters of the engine and the node; names and labels are closed lists. */
  readonly count?: (name: string, label: string, value: number) => void;
  /** Takes the durations that the node measures; names and labels are closed lists. */
  readonly observe?: NodeObserve;
  /** What was counted and measured, for `ai_get_node_stats`; left out: nothing. */
  readonly observed?: () => Observed;
  /** Called at the end of a start; the result is called at the stop. */
  readonly started?: (control: NodeControl) => () => void;
  /** Sizes and caps of the chain's structures. */
  readonly bounds?: () => readonly BoundRow[];
  /** Faults of parts outside of the manager: the log, the chain's files. */
  readonly watches?: readonly FaultWatch[];
  /** Makes spans of the way of each message; default: none are made. */
  readonly tracing?: TracingApi;
  readonly nowMs?: () => number;
}

/** The version of this package. */
export const VERSION = "0.1.0";
export const AGENT = `tos-ai-sync/${VERSION}`;

/** The kernel, and why no faster one runs; `reason` is undefined for the fastest kernel. */
export function kernelInfo(loaded: LoadedKernel): NodeInfo["kernel"] {
  const cause = loaded.skipped.map(({ backend, cause }) => `${backend}: ${cause}`).join("; ");
  return { backend: loaded.kernel.backend, reason: cause === "" ? undefined : cause };
}
