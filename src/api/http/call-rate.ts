import { NetworkError } from "../../protocol/errors.js";
import type { Rights } from "./access.js";

/** Calls a second: a program that waits for events needs a few, and one that reads all tasks some hundreds. */
const CALLS_A_SECOND = 1000;
/** Calls at once after a pause. */
export const CALLS_BURST = 2000;

interface Bucket {
  left: number;
  filledMs: number;
}

/**
 * Limits the calls a second of the callers with the same rights, so that a program in a loop can't take the node's
 * whole processor. Callers of another token are not affected.
 */
export class CallRate {
  readonly #buckets = new Map<Rights, Bucket>();

  /** Counts a call at a monotonic time. Throws `peer_busy` when there are too many. */
  take(rights: Rights, nowMs: number): void {
    const bucket = this.#buckets.get(rights) ?? { left: CALLS_BURST, filledMs: nowMs };
    this.#buckets.set(rights, bucket);
    const added = ((nowMs - bucket.filledMs) * CALLS_A_SECOND) / 1000;
    bucket.left = Math.min(CALLS_BURST, bucket.left + added);
    bucket.filledMs = nowMs;
    if (bucket.left >= 1) {
      bucket.left--;
      return;
    }
    throw new NetworkError("peer_busy", `too many calls: ${CALLS_A_SECOND} a second are answered`, {
      details: { limit: CALLS_A_SECOND },
    });
  }
}
