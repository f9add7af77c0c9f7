import type { Source } from "../../engine/index.js";
import { peerKey } from "./fair-queue.js";

interface Held {
  bundles: number;
  bytes: number;
}

export interface UnjudgedCaps {
  /** A peer that has as many bundles, or as many bytes, is not read. */
  readonly bundles: number;
  readonly bytes: number;
  /** What may still come of it: the messages of the step in which it reached the caps. */
  readonly stepBundles: number;
  readonly stepBytes: number;
}

/**
 * Bundles that a peer has in this node without a verdict, waiting or in verification. A peer whose room is used is not
 * read; its bundles stay at the sender. A peer with no bundle here has no entry.
 */
export class Unjudged {
  readonly #caps: UnjudgedCaps;
  readonly #held = new Map<string, Held>();
  /** Readers that wait until their peer has room. */
  readonly #waiting = new Map<string, (() => void)[]>();
  #bundles = 0;
  #bytes = 0;

  constructor(caps: UnjudgedCaps) {
    this.#caps = caps;
  }

  /** Of all peers. */
  get bundles(): number {
    return this.#bundles;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Of the peer with the most. */
  get mostBundles(): number {
    let most = 0;
    for (const { bundles } of this.#held.values()) most = Math.max(most, bundles);
    return most;
  }

  hasRoom(peer: string): boolean {
    const held = this.#held.get(peer);
    return held === undefined || (held.bundles < this.#caps.bundles && held.bytes < this.#caps.bytes);
  }

  /** Whether a bundle of the peer is taken that was read while the peer had room. */
  fits(peer: string): boolean {
    const { bundles, bytes, stepBundles, stepBytes } = this.#caps;
    const held = this.#held.get(peer);
    return held === undefined || (held.bundles < bundles + stepBundles && held.bytes < bytes + stepBytes);
  }

  /** Resolves when the peer has room, or after {@link wake} for it. */
  room(peer: string): Promise<void> {
    return new Promise<void>((resolve) => {
      const waiting = this.#waiting.get(peer) ?? [];
      waiting.push(resolve);
      this.#waiting.set(peer, waiting);
    });
  }

  add(source: Source, bytes: number): void {
    const peer = peerKey(source);
    const held = this.#held.get(peer) ?? { bundles: 0, bytes: 0 };
    held.bundles++;
    held.bytes += bytes;
    this.#bundles++;
    this.#bytes += bytes;
    this.#held.set(peer, held);
  }

  remove(source: Source, bytes: number): void {
    const peer = peerKey(source);
    const held = this.#held.get(peer);
    if (held === undefined) return;
    held.bundles--;
    held.bytes -= bytes;
    this.#bundles--;
    this.#bytes -= bytes;
    if (held.bundles === 0) this.#held.delete(peer);
    if (this.hasRoom(peer)) this.wake(peer);
  }

  /** Lets the readers of a peer look again: it has room, or is gone. */
  wake(peer: string): void {
    const waiting = this.#waiting.get(peer);
    if (waiting === undefined) return;
    this.#waiting.delete(peer);
    for (const resolve of waiting) resolve();
  }

  /** Forgets everything and lets all readers go on. */
  clear(): void {
    this.#held.clear();
    this.#bundles = 0;
    this.#bytes = 0;
    for (const peer of [...this.#waiting.keys()]) this.wake(peer);
  }
}
