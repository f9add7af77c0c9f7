import type { BodyReport, SetState } from "../../engine/index.js";

export type { SetState } from "../../engine/index.js";

/**
 * "In sync" is equality that was computed with peers, never a ratio (protocol.md, Sync): every strand is equal, and no body
 * that this node may have is missing, but for those that no peer holds.
 */
export interface SyncReport {
  readonly inSync: boolean;
  /** What statuses and verdicts are folded from. */
  readonly set: SetState;
  /** How far this node is; undefined where nothing is known to be missing. */
  readonly catchingUp: CatchingUp | undefined;
  readonly bodies: BodyReport;
  readonly strands: readonly StrandSync[];
  /** Tasks announced by peers that this node still waits for. */
  readonly pendingTasks: number;
  readonly openRequests: number;
}

/** What is here, and what it is to become. */
export interface CatchingUp {
  readonly records: number;
  readonly targetRecords: number;
  readonly bodies: number;
  readonly targetBodies: number;
}

export interface StrandSync {
  /** 6 hex digits. */
  readonly strand: string;
  readonly inSync: boolean;
  /** Peers that hold the strand, and those of them found equal at the last comparison. */
  readonly peers: number;
  readonly equalPeers: number;
}

/** As JSON says it. */
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
            bodies: catchingUp.bodies,
            target_bodies: catchingUp.targetBodies,
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
