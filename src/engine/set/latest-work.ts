import { MessageType } from "../../protocol/envelope.js";

/**
 * The time of the latest submission or validation of each author, to count active authors without a visit of all
 * records. An evicted or lost member is not subtracted: one of the same author and day replaces it, or it is fetched
 * again.
 */
export class LatestWork {
  /** Unix seconds by author. At most one entry for each author of a member. */
  readonly #latest = new Map<string, number>();

  joined(type: number, author: string, timestampSeconds: number): void {
    if (type !== MessageType.SubmissionAnnouncement && type !== MessageType.ValidationAnnouncement) return;
    if (timestampSeconds > (this.#latest.get(author) ?? Number.NEGATIVE_INFINITY)) {
      this.#latest.set(author, timestampSeconds);
    }
  }

  /** Removes authors whose latest record is older than `fromSeconds`. */
  expire(fromSeconds: number): void {
    for (const [author, seconds] of this.#latest) if (seconds < fromSeconds) this.#latest.delete(author);
  }

  /** Authors with a submission or validation dated later. Reads one number for each author. */
  countSince(afterSeconds: number): number {
    let count = 0;
    for (const seconds of this.#latest.values()) if (seconds > afterSeconds) count++;
    return count;
  }
}
