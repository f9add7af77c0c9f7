import type { GossipDropLabel } from "../../api/index.js";
import { BUDGET_PEERS_MAX } from "./budget.js";

/** Dropped messages by reason, of one peer since it connected. */
export type DropCounts = Readonly<Partial<Record<GossipDropLabel, number>>>;

/** Counts the dropped gossip of each peer by reason; the method `peers` shows the counts. */
export class PeerDrops {
  /** By peer id, the oldest first; at most one number for each reason. */
  readonly #peers = new Map<string, Partial<Record<GossipDropLabel, number>>>();

  get size(): number {
    return this.#peers.size;
  }

  note(peer: string, reason: GossipDropLabel, count: number): void {
    let counts = this.#peers.get(peer);
    if (counts === undefined) {
      counts = {};
      this.#peers.set(peer, counts);
      const oldest = this.#peers.keys().next().value;
      if (this.#peers.size > BUDGET_PEERS_MAX && oldest !== undefined) this.#peers.delete(oldest);
    }
    counts[reason] = (counts[reason] ?? 0) + count;
  }

  of(peer: string): DropCounts {
    return this.#peers.get(peer) ?? {};
  }

  forget(peer: string): void {
    this.#peers.delete(peer);
  }
}
