import { FRAME_IDS_MAX } from "../../protocol/frames.js";
import { NO_REQUEST } from "../../protocol/sync-messages.js";
import type { Context } from "../context.js";

/**
 * The bodies that this node waits for and that peers asked for: each peer gets news once when the body is held. And the
 * number of news that each peer owes this node.
 */
export class BodyNews {
  readonly #context: Context;
  /** Peers that wait, by hash. Bounded by `BOUNDS.body_news` for each peer. */
  readonly #waiting = new Map<string, Set<string>>();
  /** Hashes that each peer waits for. */
  readonly #ofPeer = new Map<string, Set<string>>();
  /** Hashes that are held now and not sent yet. */
  readonly #due = new Map<string, string[]>();
  /** Peers to which an answer with `awaited` is on its way: news must not overtake it. */
  readonly #answering = new Set<string>();
  /** Answers `awaited` of each peer without news. */
  readonly #owed = new Map<string, number>();

  constructor(context: Context) {
    this.#context = context;
  }

  /** Most bodies that one peer waits for. */
  get size(): number {
    return Math.max(0, ...[...this.#ofPeer.values()].map(({ size }) => size));
  }

  /** News wait to be sent. */
  get isDue(): boolean {
    for (const peer of this.#due.keys()) if (!this.#answering.has(peer)) return true;
    return false;
  }

  /** The peer gets news of the body, after {@link answered}. False: no room. */
  promise(peer: string, hash: string): boolean {
    const hashes = this.#ofPeer.get(peer) ?? new Set();
    if (hashes.size >= this.#context.limits.body_news && !hashes.has(hash)) return false;
    this.#answering.add(peer);
    this.#ofPeer.set(peer, hashes.add(hash));
    this.#waiting.set(hash, (this.#waiting.get(hash) ?? new Set()).add(peer));
    return true;
  }

  /** The answers to the peer are sent; not `ok`: some are not, so it gets no news of these bodies. */
  answered(peer: string, ok: boolean, hashes: readonly string[]): void {
    this.#answering.delete(peer);
    if (ok) return;
    const due = this.#due.get(peer)?.filter((hash) => !hashes.includes(hash)) ?? [];
    if (due.length > 0) this.#due.set(peer, due);
    else this.#due.delete(peer);
    for (const hash of hashes) this.#leave(peer, hash);
  }

  /** The body is held. */
  held(hash: string): void {
    for (const peer of this.#waiting.get(hash) ?? []) {
      const due = this.#due.get(peer) ?? [];
      due.push(hash);
      this.#due.set(peer, due);
    }
    this.forget(hash);
  }

  /** No record announces the body any more. */
  forget(hash: string): void {
    for (const peer of [...(this.#waiting.get(hash) ?? [])]) this.#leave(peer, hash);
  }

  /** Sends the news that are due. */
  send(): void {
    for (const [peer, hashes] of this.#due) {
      if (this.#answering.has(peer)) continue;
      this.#due.delete(peer);
      hashes.sort();
      for (let at = 0; at < hashes.length; at += FRAME_IDS_MAX) {
        const ids = hashes.slice(at, at + FRAME_IDS_MAX);
        const frame = { kind: "body_news", requestId: NO_REQUEST, ids } as const;
        this.#context.out.emit({ kind: "send", peer, frame });
      }
    }
  }

  /** The peer answered `awaited` to so many hashes, asked by a request that runs or has ended. */
  owes(peer: string, count: number): void {
    if (count > 0) this.#owed.set(peer, (this.#owed.get(peer) ?? 0) + count);
  }

  /** Takes news of `count` bodies. False: the peer owes fewer. */
  came(peer: string, count: number): boolean {
    const owed = this.#owed.get(peer) ?? 0;
    if (count > owed) return false;
    this.#owed.set(peer, owed - count);
    return true;
  }

  peerGone(peer: string): void {
    for (const hash of [...(this.#ofPeer.get(peer) ?? [])]) this.#leave(peer, hash);
    this.#answering.delete(peer);
    this.#due.delete(peer);
    this.#owed.delete(peer);
  }

  #leave(peer: string, hash: string): void {
    const peers = this.#waiting.get(hash);
    peers?.delete(peer);
    if (peers?.size === 0) this.#waiting.delete(hash);
    const hashes = this.#ofPeer.get(peer);
    hashes?.delete(hash);
    if (hashes?.size === 0) this.#ofPeer.delete(peer);
  }
}
