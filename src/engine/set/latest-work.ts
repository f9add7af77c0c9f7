import { MessageType } from "../../protocol/envelope.js";
import type { MemberEntry } from "../writes.js";

/**
 * The latest submission or validation of each author, so that the authors of a time are counted without a walk over the
 * records. A member that is evicted or lost changes nothing here: one of the same author and day takes its place, or it
 * comes again.
 */
export class LatestWork {
  /** Unix seconds by author. At most one entry for each author of a member. */
  readonly #latest = new Map<string, number>();

  joined({ type, author, timestampSeconds }: MemberEntry): void {
    if (type !== MessageType.SubmissionAnnouncement && type !== MessageType.ValidationAnnouncement) return;
    if (timestampSeconds > (this.#latest.get(author) ?? Number.NEGATIVE_INFINITY)) {
      this.#latest.set(author, timestampSeconds);
    }
  }

  /** What is dated before `fromSeconds` has left the set. */
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
