import type { BodyCounts } from "../bodies/index.js";
import type { Peer, Peers } from "../peers/index.js";
import { isInSync, type SyncVote } from "./sync-votes.js";

/** The result of the last comparison of one strand with one peer. */
export interface StrandEquality {
  readonly strand: string;
  readonly peer: string;
  readonly equal: boolean;
  readonly atMs: number;
}

export interface StrandSyncReport {
  readonly strand: string;
  readonly inSync: boolean;
  /** Peers that hold the strand, and those of them found equal at the last comparison. */
  readonly peers: number;
  readonly equalPeers: number;
}

/** Numbers of bodies of members. */
export interface BodyReport extends BodyCounts {
  /** On the disk. */
  readonly held: number;
  /** False: more bodies are missing than this node counts. */
  readonly counted: boolean;
}

/**
 * How complete the set is from which statuses are folded:
 * - whole: the set equals that of enough peers
 * - catching_up: peers listed records that this node lacks
 * - unknown: too few peers have compared their sets
 */
export type SetState = "whole" | "catching_up" | "unknown";

export interface ReportInput {
  readonly strands: readonly string[];
  readonly peers: Peers;
  /** On loopback, peers that this node did not choose count too. */
  readonly anyPeer: boolean;
  readonly bodies: BodyReport;
  readonly nowMs: number;
}

export interface NodeSyncReport {
  /**
   * Every strand is equal with enough peers, and every body that this node may have is held, except those that no peer
   * holds ({@link BodyCounts}).
   */
  readonly inSync: boolean;
  readonly set: SetState;
  /** Records that peers listed and this node lacks; 0 when none are known. */
  readonly lackingRecords: number;
  readonly bodies: BodyReport;
  readonly strands: readonly StrandSyncReport[];
  readonly comparisons: readonly StrandEquality[];
}

/** Maximum age of a comparison that counts: the next one takes at most 30 s of waiting and 300 s of exchange. */
const EQUALITY_MAX_AGE_MS = 360_000;

/** Computed equality per strand and peer; forgotten when the connection ends. */
export class SyncBook {
  /** By peer, then by strand: bounded by the peers and the strands of this node. */
  readonly #byPeer = new Map<string, Map<string, StrandEquality>>();

  note(peer: string, strand: string, equal: boolean, nowMs: number): void {
    let strands = this.#byPeer.get(peer);
    if (strands === undefined) {
      strands = new Map();
      this.#byPeer.set(peer, strands);
    }
    strands.set(strand, { strand, peer, equal, atMs: nowMs });
  }

  forget(peer: string): void {
    this.#byPeer.delete(peer);
  }

  /** Reports every strand with its peers; `isInSync` decides which peers count. Without peers nothing is in sync. */
  report({ strands, peers, anyPeer, bodies, nowMs }: ReportInput): NodeSyncReport {
    const rows = strands.map((strand): StrandSyncReport => {
      const holders = [...peers.all()].filter(({ facts }) => facts.interests.includes(strand));
      const votes = holders.map((peer) => this.#vote(peer, strand, nowMs));
      const equalPeers = votes.filter(({ equal }) => equal === true).length;
      return { strand, inSync: isInSync(votes, anyPeer), peers: holders.length, equalPeers };
    });
    const comparisons = [...this.#byPeer.values()].flatMap((byStrand) => [...byStrand.values()]);
    const whole = rows.length > 0 && rows.every(({ inSync }) => inSync);
    const lacking = lackingRecords(peers);
    const set: SetState = whole ? "whole" : lacking > 0 ? "catching_up" : "unknown";
    const inSync = whole && bodies.counted && bodies.missing === bodies.unavailable;
    return { inSync, set, strands: rows, comparisons, lackingRecords: lacking, bodies };
  }

  #vote({ facts }: Peer, strand: string, nowMs: number): SyncVote {
    const last = this.#byPeer.get(facts.peer)?.get(strand);
    const isFresh = last !== undefined && nowMs - last.atMs <= EQUALITY_MAX_AGE_MS;
    return { chosen: facts.chosen, group: facts.addressGroup, equal: isFresh ? last.equal : undefined };
  }
}

/** Records that peers listed and this node lacks. Of several peers the second highest counts: one may invent ids. */
export function lackingRecords(peers: Peers): number {
  const counts = [...peers.all()].flatMap((peer) => peer.lackingRecords ?? []).sort((a, b) => b - a);
  return counts[Math.min(1, counts.length - 1)] ?? 0;
}
