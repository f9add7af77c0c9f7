/**
 * Bytes a peer may deliver to the verifier: bursts of 4 MiB (two full window exchanges of small records), then 1 MiB a
 * second. A node verifies several times that, so one peer can't take the node's whole attention, and honest catch-up is
 * slowed at most to the speed of its own verification.
 */
const BURST_BYTES = 4 * 1024 * 1024;
const BYTES_PER_SECOND = 1024 * 1024;
/** One bucket a connection, and as many again for peers that come and go within the hour. */
export const BUDGET_PEERS_MAX = 600;

interface Bucket {
  bytes: number;
  updatedMs: number;
}

/** A token bucket per peer; the least recently used is forgotten, which gives that peer a full one again. */
export class PeerBudget {
  readonly #buckets = new Map<string, Bucket>();

  get size(): number {
    return this.#buckets.size;
  }

  /** Takes `size` bytes, or a whole burst of a larger size, if there are so many; else the milliseconds until there are. */
  take(peer: string, size: number, nowMs: number): number {
    const bytes = Math.min(size, BURST_BYTES);
    const bucket = this.#buckets.get(peer) ?? { bytes: BURST_BYTES, updatedMs: nowMs };
    this.#buckets.delete(peer);
    this.#buckets.set(peer, bucket);
    if (this.#buckets.size > BUDGET_PEERS_MAX) {
      const oldest = this.#buckets.keys().next().value;
      if (oldest !== undefined) this.#buckets.delete(oldest);
    }
    const elapsedMs = Math.max(0, nowMs - bucket.updatedMs);
    bucket.bytes = Math.min(BURST_BYTES, bucket.bytes + (elapsedMs * BYTES_PER_SECOND) / 1000);
    bucket.updatedMs = nowMs;
    if (bucket.bytes >= bytes) {
      bucket.bytes -= bytes;
      return 0;
    }
    return Math.ceil(((bytes - bucket.bytes) * 1000) / BYTES_PER_SECOND);
  }
}
