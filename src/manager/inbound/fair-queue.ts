import type { Source } from "../../engine/index.js";

/**
 * Bytes that are taken of a peer in its turn: four peers share a scan of the largest size. A larger bundle counts
 * against the next turns of its peer.
 */
const TURN_BYTES = 16 * 1024;

/** A bundle that waits for a scan. */
export interface Waiting {
  readonly bundle: Uint8Array;
  readonly source: Source;
  /** Fires when the connection of a frame ends; undefined for a source without one. */
  readonly ended: AbortSignal | undefined;
}

interface PeerQueue {
  readonly waiting: Waiting[];
  /** Bytes that it may still have taken in this turn; below 0 after a large bundle. */
  credit: number;
}

/** The key of the bundles of no peer. */
const NO_PEER = "";

/** The peer whose turn a bundle takes. */
export function peerKey(source: Source): string {
  return source.kind === "own" || source.kind === "inner" ? NO_PEER : source.peer;
}

/**
 * Waiting bundles with a queue for each peer, served in turn by bytes (deficit round robin): a peer that sends much
 * delays its own bundles and no others. The caller bounds what each peer may have in it.
 */
export class FairQueue {
  /** The next turn is first. A peer without bundles has no entry. */
  readonly #peers = new Map<string, PeerQueue>();
  #bundles = 0;
  #bytes = 0;

  get bundles(): number {
    return this.#bundles;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(entry: Waiting): void {
    const key = peerKey(entry.source);
    const queue = this.#peers.get(key);
    if (queue === undefined) this.#peers.set(key, { waiting: [entry], credit: 0 });
    else queue.waiting.push(entry);
    this.#bundles++;
    this.#bytes += entry.bundle.length;
  }

  /**
   * Takes bundles of the peers for which `serves` holds: at most `maxBundles` and `maxBytes`, and one bundle of any
   * size if there is one.
   */
  take(maxBundles: number, maxBytes: number, serves: (peer: string) => boolean): Waiting[] {
    const taken: Waiting[] = [];
    let bytes = 0;
    /** Peers in a row whose turn is not served now. */
    let passed = 0;
    while (passed < this.#peers.size) {
      const [entry] = this.#peers;
      if (entry === undefined) break;
      const [key, queue] = entry;
      if (!serves(key)) {
        this.#toEnd(key, queue);
        passed++;
        continue;
      }
      passed = 0;
      if (queue.credit <= 0) queue.credit += TURN_BYTES;
      let count = 0;
      for (const { bundle } of queue.waiting) {
        if (queue.credit <= 0) break;
        if (taken.length + count > 0 && (taken.length + count >= maxBundles || bytes + bundle.length > maxBytes)) {
          taken.push(...this.#shift(key, queue, count));
          return taken;
        }
        count++;
        bytes += bundle.length;
        queue.credit -= bundle.length;
      }
      taken.push(...this.#shift(key, queue, count));
      if (queue.waiting.length > 0) this.#toEnd(key, queue);
    }
    return taken;
  }

  /** Removes the bundles of ended connections and returns them. */
  takeEnded(): Waiting[] {
    const removed: Waiting[] = [];
    for (const [key, queue] of this.#peers) {
      const kept = queue.waiting.filter((entry) => entry.ended?.aborted !== true);
      if (kept.length === queue.waiting.length) continue;
      removed.push(...queue.waiting.filter((entry) => entry.ended?.aborted === true));
      queue.waiting.splice(0, queue.waiting.length, ...kept);
      if (kept.length === 0) this.#peers.delete(key);
    }
    this.#bundles -= removed.length;
    for (const { bundle } of removed) this.#bytes -= bundle.length;
    return removed;
  }

  clear(): void {
    this.#peers.clear();
    this.#bundles = 0;
    this.#bytes = 0;
  }

  #shift(key: string, queue: PeerQueue, count: number): Waiting[] {
    const taken = queue.waiting.splice(0, count);
    this.#bundles -= taken.length;
    for (const { bundle } of taken) this.#bytes -= bundle.length;
    if (queue.waiting.length === 0) this.#peers.delete(key);
    return taken;
  }

  #toEnd(key: string, queue: PeerQueue): void {
    this.#peers.delete(key);
    this.#peers.set(key, queue);
  }
}
