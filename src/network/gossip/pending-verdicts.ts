import { GOSSIP_HEARTBEAT_MS, GOSSIP_HISTORY, PENDING_VERDICT_BYTES, PENDING_VERDICTS_MAX } from "../constants.js";

interface Pending {
  readonly peer: string;
  readonly bytes: number;
  readonly sinceMs: number;
}

/** Gossipsub drops a message from its cache after this time. A later verdict has no effect. */
export const VERDICT_WINDOW_MS = GOSSIP_HEARTBEAT_MS * GOSSIP_HISTORY;

/** Gossip messages that wait for a verdict of the node, bounded in count, bytes and time. */
export class PendingVerdicts {
  readonly #pending = new Map<string, Pending>();
  #bytes = 0;
  /** Verdicts on messages that are unknown or no longer wait. */
  late = 0;
  /** Messages not handed over because the table was full. */
  overflowed = 0;

  get size(): number {
    return this.#pending.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** False when there is no room: the caller then ignores the message. */
  add(messageId: string, peer: string, bytes: number, nowMs: number): boolean {
    if (this.#pending.size >= PENDING_VERDICTS_MAX || this.#bytes + bytes > PENDING_VERDICT_BYTES) {
      this.overflowed += 1;
      return false;
    }
    if (this.#pending.has(messageId)) return false;
    this.#pending.set(messageId, { peer, bytes, sinceMs: nowMs });
    this.#bytes += bytes;
    return true;
  }

  /** The peer that delivered the message, once; undefined for an unknown or late verdict. */
  take(messageId: string): string | undefined {
    const entry = this.#pending.get(messageId);
    if (entry === undefined) {
      this.late += 1;
      return undefined;
    }
    this.#remove(messageId, entry);
    return entry.peer;
  }

  /** Removes messages that gossipsub no longer has. */
  expire(nowMs: number): void {
    for (const [messageId, entry] of this.#pending) {
      if (nowMs - entry.sinceMs <= VERDICT_WINDOW_MS) return;
      this.#remove(messageId, entry);
    }
  }

  #remove(messageId: string, entry: Pending): void {
    this.#pending.delete(messageId);
    this.#bytes -= entry.bytes;
  }
}
