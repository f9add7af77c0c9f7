import type { Frame } from "../../protocol/frames.js";
import { dayOf } from "../../protocol/membership.js";
import { STRAND_END_WINDOW } from "./listing.js";

interface PeerStrand {
  listed: number;
  /** Listed ids that this node lacks and requests. */
  lacking: Set<string>;
  /** Number of listed ids that this node lacks and does not request. */
  passed: number;
  window: number;
  windowOpen: boolean;
  lastId: string;
  ended: boolean;
}

/** The strands and UTC days of the exchange. */
export interface RequestedRange {
  readonly strands: readonly string[];
  readonly fromDay: number;
  readonly toDay: number;
}

export interface PeerListingPorts {
  has(id: string): boolean;
  /** True when the id was refused on this connection before. */
  isRefused(id: string): boolean;
}

/**
 * Reads the listing of the other side: windows of the requested days, strictly descending within a strand, ids strictly
 * ascending within a window, nothing after a strand's end. Only missing ids are remembered.
 */
export class PeerListing {
  readonly #strands = new Map<string, PeerStrand>();
  readonly #range: RequestedRange;
  readonly #windowSeconds: number;
  readonly #maxWanted: number;
  #wanted = 0;
  #left = 0;

  constructor(asked: RequestedRange, windowSeconds: number, maxWanted: number) {
    this.#range = asked;
    this.#windowSeconds = windowSeconds;
    this.#maxWanted = maxWanted;
    for (const strand of asked.strands) {
      this.#strands.set(strand, {
        listed: 0,
        lacking: new Set(),
        passed: 0,
        window: STRAND_END_WINDOW,
        windowOpen: false,
        lastId: "",
        ended: false,
      });
    }
  }

  get complete(): boolean {
    for (const { ended } of this.#strands.values()) if (!ended) return false;
    return true;
  }

  get wantedCount(): number {
    return this.#wanted;
  }

  /** Number of listed ids above the cap, which this node lacks and does not request in this exchange. */
  get left(): number {
    return this.#left;
  }

  /** Takes an `ids` frame. False when it does not belong to the exchange or breaks the order. */
  take(frame: Extract<Frame, { kind: "ids" }>, ports: PeerListingPorts): boolean {
    const strand = this.#strands.get(frame.strand);
    if (strand === undefined || strand.ended) return false;
    if (frame.window === STRAND_END_WINDOW) {
      if (!frame.last || frame.ids.length > 0 || strand.windowOpen) return false;
      strand.ended = true;
      return true;
    }
    const first = frame.ids[0];
    if (first === undefined || !this.#isAsked(frame.window)) return false;
    if (strand.windowOpen ? frame.window !== strand.window || first <= strand.lastId : frame.window >= strand.window) {
      return false;
    }
    strand.window = frame.window;
    strand.windowOpen = !frame.last;
    strand.lastId = frame.ids.at(-1) ?? "";
    strand.listed += frame.ids.length;
    for (const id of frame.ids) {
      if (ports.has(id)) continue;
      if (ports.isRefused(id)) strand.passed++;
      else if (this.#wanted >= this.#maxWanted) {
        strand.passed++;
        this.#left++;
      } else if (!strand.lacking.has(id)) {
        strand.lacking.add(id);
        this.#wanted++;
      }
    }
    return true;
  }

  #isAsked(window: number): boolean {
    const day = dayOf(window * this.#windowSeconds);
    return day >= this.#range.fromDay && day <= this.#range.toDay;
  }

  /** Removes ids that have arrived by another way since. */
  settle(has: (id: string) => boolean): void {
    for (const strand of this.#strands.values()) {
      for (const id of strand.lacking) {
        if (!has(id)) continue;
        strand.lacking.delete(id);
        this.#wanted--;
      }
    }
  }

  lacking(strand: string): readonly string[] {
    return [...(this.#strands.get(strand)?.lacking ?? [])];
  }

  /** Number of ids of the strand that both sides hold. */
  common(strand: string): number {
    const strandListing = this.#strands.get(strand);
    return strandListing === undefined ? 0 : strandListing.listed - strandListing.lacking.size - strandListing.passed;
  }

  /** Whether this node holds every id that the other side listed for the strand. */
  holdsAll(strand: string, has: (id: string) => boolean): boolean {
    const strandListing = this.#strands.get(strand);
    if (strandListing === undefined || !strandListing.ended || strandListing.passed > 0) return false;
    for (const id of strandListing.lacking) if (!has(id)) return false;
    return true;
  }
}
