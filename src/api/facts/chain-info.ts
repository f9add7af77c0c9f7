/** The chain's height, as far as this node knows it. */
export interface ChainInfo {
  /** `standalone`: no chain, a clock. `daemon`: a daemon over its RPC. `host`: the program that hosts this one. */
  readonly mode: "standalone" | "daemon" | "host";
  /**
   * "received": by the chain since the start. Before that "remembered" from an earlier run, where only `topoheight` and
   * `hash` are known, or "unknown".
   */
  readonly place: "received" | "remembered" | "unknown";
  readonly height: number;
  readonly topoheight: number;
  readonly stableHeight: number;
  readonly hash: string;
  readonly timestampSeconds: number;
  /** Why the chain can't be followed now; undefined while it is followed. */
  readonly trouble: { readonly reason: string; readonly detail: string } | undefined;
}

/** A task in the chain's state. */
export interface TaskOnChain {
  /** The publisher on the chain is the author of the announcement. */
  readonly confirmed: boolean;
  readonly publisher: string;
  readonly status: "Active" | "Completed" | "Cancelled" | "Expired";
  /** Topoheight. */
  readonly publishedAt: number;
  /** In the chain's units. */
  readonly rewardAmount: bigint;
  readonly deadlineMs: bigint;
}

/** A miner or validator in the chain's state. */
export interface MinerOnChain {
  /** Topoheight. */
  readonly registeredAt: number;
  /** 0..1000 */
  readonly reputation: number;
}
