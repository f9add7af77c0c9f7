import type { BodyReport, SetState } from "../../engine/index.js";

export type { SetState } from "../../engine/index.js";

/**
 * "In sync" is computed equality with peers, never a ratio (protocol.md, Sync): every strand is equal, and no body that
 * this node may have is missing, except bodies that no peer holds.
 */
export interface SyncReport {
  readonly inSync: boolean;
  /** The records from which statuses and verdicts are folded. */
  readonly set: SetState;
  /** Progress of the catch-up; undefined if nothing is known to be missing. */
  readonly catchingUp: CatchingUp | undefined;
  readonly bodies: BodyReport;
  readonly strands: readonly StrandSync[];
  /** Tasks that peers announced and this node does not hold yet. */
  readonly pendingTasks: number;
  readonly openRequests: number;
}

/** Held counts and their targets, and the rate of the last half minute. */
export interface CatchingUp {
  readonly records: number;
  readonly targetRecords: number;
  readonly recordsPerSecond: number;
  readonly bodies: number;
  readonly targetBodies: number;
  readonly bodiesPerSecond: number;
  /** Time to the targets at this rate; undefined while nothing comes. */
  readonly secondsLeft: number | undefined;
}

export interface StrandSync {
  /** 6 hex digits. */
  readonly strand: string;
  readonly inSync: boolean;
  /** Peers that hold the strand, and how many of them were equal at the last comparison. */
  readonly peers: number;
  readonly equalPeers: number;
}

/** The answer of the methods. */
export function syncAnswer(sync: SyncReport): Readonly<Record<string, unknown>> {
  const { catchingUp, bodies } = sync;
  return {
    in_sync: sync.inSync,
    set: sync.set,
    catching_up:
      catchingUp === undefined
        ? null
        : {
            records: catchingUp.records,
            target_records: catchingUp.targetRecords,
            records_per_second: catchingUp.recordsPerSecond,
            bodies: catchingUp.bodies,
            target_bodies: catchingUp.targetBodies,
            bodies_per_second: catchingUp.bodiesPerSecond,
            seconds_left: catchingUp.secondsLeft ?? null,
          },
    bodies: {
      held: bodies.held,
      missing: bodies.missing,
      unavailable: bodies.unavailable,
      withheld: bodies.withheld,
    },
    strands: sync.strands.map((strand) => ({
      strand: strand.strand,
      in_sync: strand.inSync,
      peers: strand.peers,
      equal_peers: strand.equalPeers,
    })),
    pending_tasks: sync.pendingTasks,
    open_requests: sync.openRequests,
  };
}
