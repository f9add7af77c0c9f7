import { FRAME_IDS_MAX, type Frame } from "../../protocol/frames.js";
import { dayOf } from "../../protocol/membership.js";
import type { RecordSet } from "../set/index.js";

/** The window number that ends a strand's listing and its wants: in an `ids` frame, last, without ids. */
export const STRAND_END_WINDOW = 0xffff_ffff;
/** Bytes around the ids of one frame: length, kind, request id, strand, window, last. */
const FRAME_OVERHEAD = 4 + 17 + 8;

export interface ListingRange {
  readonly requestId: string;
  readonly strands: readonly string[];
  readonly fromDay: number;
  readonly toDay: number;
  readonly windowSeconds: number;
  readonly maxIds: number;
}

/**
 * The ids of every non-empty window of some strands as frames, strand after strand, newest window first. A window is
 * read when its turn comes. At most `maxIds` ids; above that the oldest windows are left out ({@link truncated}).
 */
export class Listing {
  readonly #set: RecordSet;
  readonly #range: ListingRange;
  readonly #counts = new Map<string, number>();
  /** Returns further frames of a strand, before its end. */
  readonly #beforeEnd: (strand: string) => readonly Frame[];
  readonly #frames: Generator<Frame>;
  /** One frame is read ahead, so that the last frame can be marked. */
  #ahead: Frame | undefined;
  #listed = 0;
  #truncated = false;
  #done = false;

  constructor(set: RecordSet, range: ListingRange, beforeEnd: (strand: string) => readonly Frame[] = () => []) {
    this.#set = set;
    this.#range = range;
    this.#beforeEnd = beforeEnd;
    this.#frames = this.#walk();
  }

  get done(): boolean {
    return this.#done;
  }

  get listed(): number {
    return this.#listed;
  }

  /** Whether some windows were left out. */
  get truncated(): boolean {
    return this.#truncated;
  }

  count(strand: string): number {
    return this.#counts.get(strand) ?? 0;
  }

  /** The next frames: about `budgetBytes` bytes, at most `maxFrames` frames. */
  next(budgetBytes: number, maxFrames: number): Frame[] {
    const frames: Frame[] = [];
    let bytes = 0;
    this.#ahead ??= this.#read();
    while (this.#ahead !== undefined && bytes < budgetBytes && frames.length < maxFrames) {
      frames.push(this.#ahead);
      bytes += FRAME_OVERHEAD + ("ids" in this.#ahead ? 32 * this.#ahead.ids.length : 0);
      this.#ahead = this.#read();
    }
    return frames;
  }

  #read(): Frame | undefined {
    const { value, done } = this.#frames.next();
    if (done !== true) return value;
    this.#done = true;
    return undefined;
  }

  *#walk(): Generator<Frame, undefined> {
    const { requestId, strands } = this.#range;
    for (const strand of strands) {
      for (const window of [...this.#set.windows(strand)].reverse()) {
        if (!this.#inRange(window)) continue;
        const ids = this.#set.windowIds(strand, window);
        if (this.#listed + ids.length > this.#range.maxIds) {
          this.#truncated = true;
          break;
        }
        this.#listed += ids.length;
        this.#counts.set(strand, this.count(strand) + ids.length);
        for (let at = 0; at < ids.length; at += FRAME_IDS_MAX) {
          const part = ids.slice(at, at + FRAME_IDS_MAX);
          yield { kind: "ids", requestId, strand, window, last: at + FRAME_IDS_MAX >= ids.length, ids: part };
        }
      }
      yield* this.#beforeEnd(strand);
      yield { kind: "ids", requestId, strand, window: STRAND_END_WINDOW, last: true, ids: [] };
    }
    return undefined;
  }

  #inRange(window: number): boolean {
    const day = dayOf(window * this.#range.windowSeconds);
    return day >= this.#range.fromDay && day <= this.#range.toDay;
  }
}

/** `want` frames of some ids. */
export function wantFrames(requestId: string, ids: readonly string[]): Frame[] {
  const sorted = [...ids].sort();
  const frames: Frame[] = [];
  for (let at = 0; at < sorted.length; at += FRAME_IDS_MAX) {
    frames.push({ kind: "want", requestId, ids: sorted.slice(at, at + FRAME_IDS_MAX) });
  }
  return frames;
}
