import type { Peer, Peers } from "./peers.js";
import { isInSync, type SyncVote } from "./sync-votes.js";

/** What the last comparison with one peer said of one strand. */
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

export interface NodeSyncReport {
  readonly inSync: boolean;
  readonly strands: readonly StrandSyncReport[];
  readonly comparisons: readonly StrandEquality[];
}

/**
 * A comparison counts for so long: a regular one ends within 30 s of waiting and 300 s of exchange. A peer that stopped to
 * compare says nothing about now.
 */
const EQUALITY_MAX_AGE_MS = 360_000;

/** Equality per strand and peer, as computed; forgotten with the connection. */
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

  /** Every strand with its peers; which count is decided by `isInSync`. With no peer nothing is in sync. */
  report(strands: readonly string[], peers: Peers, anyPeer: boolean, nowMs: number): NodeSyncReport {
    const rows = strands.map((strand): StrandSyncReport => {
      const holders = [...peers.all()].filter(({ facts }) => facts.interests.includes(strand));
      const votes = holders.map((peer) => this.#vote(peer, strand, nowMs));
      const equalPeers = votes.filter(({ equal }) => equal === true).length;
      return { strand, inSync: isInSync(votes, anyPeer), peers: holders.length, equalPeers };
    });
    const comparisons = [...this.#byPeer.values()].flatMap((byStrand) => [...byStrand.values()]);
    return { inSync: rows.length > 0 && rows.every(({ inSync }) => inSync), strands: rows, comparisons };
  }

  #vote({ facts }: Peer, strand: string, nowMs: number): SyncVote {
    const last = this.#byPeer.get(facts.peer)?.get(strand);
    const isFresh = last !== undefined && nowMs - last.atMs <= EQUALITY_MAX_AGE_MS;
    return { chosen: facts.chosen, group: facts.addressGroup, equal: isFresh ? last.equal : undefined };
  }
}
