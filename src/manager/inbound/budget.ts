/**
 * Bytes of sync frames that a peer may send beside records and bodies: a burst of 4 MiB (the lists of 120,000 records),
 * then 1 MiB a second. The engine takes such a frame at once, so a peer that sends them without end would occupy it.
 */
const BURST_BYTES = 4 * 1024 * 1024;
const BYTES_PER_SECOND = 1024 * 1024;
/** One bucket for each connection, and as many again for peers that left within the hour. */
export const BUDGET_PEERS_MAX = 600;

interface Bucket {
  bytes: number;
  updatedMs: number;
}

/**
 * A token bucket for each peer. Beyond the cap the least recently used one is dropped; its peer starts with a full
 * bucket.
 */
export class PeerBudget {
  readonly #buckets = new Map<string, Bucket>();

  get size(): number {
    return this.#buckets.size;
  }

  /** Takes `size` bytes, at most a burst, and returns 0; returns the milliseconds to wait if there are too few. */
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
