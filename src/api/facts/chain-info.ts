/** Where the chain stands, as far as this node knows. */
export interface ChainInfo {
  /** Nobody's chain (a clock), a daemon asked over its RPC, or the program that hosts this one. */
  readonly mode: "standalone" | "daemon" | "host";
  /**
   * "received": by the chain since the start. Before that "remembered" from an earlier run, where only `topoheight` and `hash`
   * are known, or "unknown".
   */
  readonly place: "received" | "remembered" | "unknown";
  readonly height: number;
  readonly topoheight: number;
  readonly stableHeight: number;
  readonly hash: string;
  readonly timestampSeconds: number;
  /** Why it can't be followed right now; undefined while it is. */
  readonly trouble: { readonly reason: string; readonly detail: string } | undefined;
}

/** A task as the chain itself holds it. */
export interface TaskOnChain {
  /** The chain names the publisher who announced the task here. */
  readonly confirmed: boolean;
  readonly publisher: string;
  readonly status: "Active" | "Completed" | "Cancelled" | "Expired";
  /** Topoheight. */
  readonly publishedAt: number;
  /** In the chain's own units. */
  readonly rewardAmount: bigint;
  readonly deadlineMs: bigint;
}

/** A miner or validator as the chain itself holds it. */
export interface MinerOnChain {
  /** Topoheight. */
  readonly registeredAt: number;
  /** 0..1000 */
  readonly reputation: number;
}
