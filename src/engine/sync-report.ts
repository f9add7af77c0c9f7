import type { Peers } from "./peers.js";

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

/** Peers that must have computed equality; all, where fewer are known (protocol.md, Sync). */
const PEERS_NEEDED = 2;

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

  /**
   * A strand is in sync with two equal peers (all that hold it, where fewer are known), one of them dialled by this node;
   * `anyPeer` drops that last condition, for networks on loopback. With no peer nothing is in sync.
   */
  report(strands: readonly string[], peers: Peers, anyPeer: boolean): NodeSyncReport {
    const rows = strands.map((strand): StrandSyncReport => {
      const holders = [...peers.all()].filter(({ facts }) => facts.interests.includes(strand));
      const equal = holders.filter(({ facts }) => this.#byPeer.get(facts.peer)?.get(strand)?.equal === true);
      const enough = holders.length > 0 && equal.length >= Math.min(PEERS_NEEDED, holders.length);
      const inSync = enough && (anyPeer || equal.some(({ facts }) => facts.dialed));
      return { strand, inSync, peers: holders.length, equalPeers: equal.length };
    });
    const comparisons = [...this.#byPeer.values()].flatMap((byStrand) => [...byStrand.values()]);
    return { inSync: rows.length > 0 && rows.every(({ inSync }) => inSync), strands: rows, comparisons };
  }
}
