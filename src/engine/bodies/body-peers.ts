import { BoundedMap } from "../bounded/index.js";
import type { Context } from "../context.js";
import type { Peers } from "../peers/index.js";

/** How long a peer gets no new request while its closing frame of type 4 is expected. It follows the last chunk. */
const CLOSING_MS = 5000;
/**
 * Consecutive answers without a body after which a peer gets at most one request in SLOW_MS, and after MISSES_MANY in
 * SLOWER_MS. The first request of a body whose record the peer named is exempt. So bodies that no peer holds cost each
 * peer a bounded number of requests.
 */
const MISSES_FREE = 64;
const MISSES_MANY = 1024;
const SLOW_MS = 1000;
const SLOWER_MS = 5000;

/** A finished request whose closing type 4 is still expected; until it arrives the peer may answer `busy`. */
interface Closing {
  readonly requestId: string;
  readonly untilMs: number;
}

interface MissCount {
  misses: number;
  nextMs: number;
}

/** Decides which peers may get a body request now: one at a time, and fewer for peers that keep lacking bodies. */
export class BodyPeers {
  readonly #context: Context;
  readonly #peers: Peers;
  readonly #isBusy: (peer: string) => boolean;
  /** By peer; at most as many as are connected. */
  readonly #closing = new Map<string, Closing>();
  /** Kept over a reconnect, so that a peer can't reset it. */
  readonly #misses: BoundedMap<string, MissCount>;

  constructor(context: Context, peers: Peers, isBusy: (peer: string) => boolean) {
    this.#context = context;
    this.#peers = peers;
    this.#isBusy = isBusy;
    this.#misses = new BoundedMap(context.limits.body_refusers);
  }

  get refusers(): number {
    return this.#misses.size;
  }

  isHere(peer: string): boolean {
    return this.#peers.get(peer) !== undefined;
  }

  isFree(peer: string): boolean {
    const closing = (this.#closing.get(peer)?.untilMs ?? 0) > this.#context.nowMs;
    return this.isHere(peer) && !this.#isBusy(peer) && !closing;
  }

  countFree(): number {
    let free = 0;
    for (const { facts } of this.#peers.all()) if (this.isFree(facts.peer)) free++;
    return free;
  }

  /** The peer lacked so many requested bodies that its next request has to wait. */
  isSlowed(peer: string): boolean {
    return (this.#misses.get(peer)?.nextMs ?? 0) > this.#context.nowMs;
  }

  missed(peer: string): void {
    const known = this.#misses.get(peer) ?? { misses: 0, nextMs: 0 };
    known.misses++;
    this.#slow(known);
    this.#misses.set(peer, known);
  }

  /** A request for many bodies was sent: another one to a slowed peer has to wait. */
  asked(peer: string): void {
    const known = this.#misses.get(peer);
    if (known !== undefined) this.#slow(known);
  }

  #slow(known: MissCount): void {
    const { misses } = known;
    if (misses < MISSES_FREE) return;
    known.nextMs = this.#context.nowMs + this.#context.jitter(misses >= MISSES_MANY ? SLOWER_MS : SLOW_MS);
  }

  helped(peer: string): void {
    this.#misses.delete(peer);
  }

  /** The body is complete; the closing type 4 of the peer is expected. */
  closing(peer: string, requestId: string): void {
    this.#closing.set(peer, { requestId, untilMs: this.#context.nowMs + CLOSING_MS });
  }

  /** True when the response is the expected closing type 4. */
  closed(peer: string, requestId: string): boolean {
    return this.#closing.get(peer)?.requestId === requestId && this.#closing.delete(peer);
  }

  gone(peer: string): void {
    this.#closing.delete(peer);
  }
}
