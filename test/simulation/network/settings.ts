/** How one direction of a link behaves. */
export interface LinkSettings {
  /** The least time in transit. */
  readonly minMs: number;
  /** Mean of the exponential time in transit above the least. */
  readonly meanMs: number;
  /** Fraction of the gossip messages that are lost. TCP loses none; a full send queue does. */
  readonly loss: number;
  /** Fraction of the gossip messages that come twice. */
  readonly duplicates: number;
  /** Fraction of the gossip messages that later ones overtake. */
  readonly reorder: number;
  /** Of one connection; 0 or undefined: no limit. */
  readonly bytesPerSecond?: number;
}

/** Links without faults. */
export const CALM_LINKS: LinkSettings = { minMs: 1, meanMs: 10, loss: 0, duplicates: 0, reorder: 0 };

/** What the network did, for coverage and for tests. */
export class NetCounts {
  /** Frames of every kind that were sent on their way. */
  delivered = 0;
  bytes = 0;
  gossipDelivered = 0;
  gossipDuplicates = 0;
  gossipLost = 0;
  gossipTwice = 0;
  gossipReordered = 0;
  /** Messages that a peer asked for after IHAVE. */
  gossipRepaired = 0;
  gossipRejected = 0;
  grafts = 0;
  prunes = 0;
  connections = 0;
  /** Ends of connections that a peer reset. */
  resets = 0;
  /** Ends of connections that a blocked or silent link ended. */
  timeouts = 0;
  dialsRefused = 0;
  dialsTimedOut = 0;
  /** Frames that waited for a blocked link. */
  held = 0;
  /** Sum over the connections and directions. */
  blockedMs = 0;
  partitions = 0;
  clogs = 0;
  crashes = 0;
  silentCrashes = 0;
}
