import { BoundedMap } from "../bounded/index.js";
import type { Limits } from "../bounds.js";
import type { PeerFacts } from "../events.js";

/**
 * A peer stays in the suspect lane this long after a bad signature. Signatures of this lane can't delay those of other
 * peers.
 */
const SUSPECT_MS = 600_000;
/** Response time before the first measurement; it gives a first timeout of 30 s. */
const RESPONSE_START_MS = 7500;
/** The timeout of a request is four times the peer's usual response time, and at least this: a busy peer may pause. */
const TIMEOUT_MIN_MS = 5000;
/** The specification's request timeout. */
export const TIMEOUT_MAX_MS = 300_000;

/** A connected peer. */
export interface Peer {
  readonly facts: PeerFacts;
  readonly readyMs: number;
  /** Ids from this peer that this node refused, until the registry changes or the connection ends. */
  readonly refused: BoundedMap<string, true>;
  /** Ids of requests that the peer opened. */
  readonly opened: BoundedMap<string, true>;
  /** Digest of the peer's registry, as last reported; hex. */
  registryDigest: string;
  /** Time up to which the peer knows its registry, as last reported; unix seconds. */
  registryTimeSeconds: bigint;
  /** This node's registry as last sent to the peer; undefined: not sent. */
  registrySent: { readonly digest: string; readonly timeSeconds: bigint } | undefined;
  /** When the next window exchange is due; only the dialer opens them. */
  windowsDueMs: number;
  /** When this peer last opened a window exchange. */
  windowsAcceptedMs: number;
  /** The next window exchange is early because the last one moved records; at most one between two regular ones. */
  followed: boolean;
  /** Usual response time, for timeouts; starts high. */
  responseMs: number;
  /** Usual response time as measured; undefined before the first response. */
  latencyMs: number | undefined;
  /** Records of the peer's last complete listing that this node neither holds nor refused; at first undefined. */
  lackingRecords: number | undefined;
  /** Revision of this node's scores that was last sent to the peer; -1 before the first. */
  scoresSent: number;
  /** Time of the last reading of the peer's clock. */
  clockReadMs: number;
}

/** The peers whose hello succeeded, and the suspects, which are remembered over a reconnect. */
export class Peers {
  readonly #limits: Limits;
  readonly #peers = new Map<string, Peer>();
  readonly #suspects: BoundedMap<string, number>;

  constructor(limits: Limits) {
    this.#limits = limits;
    this.#suspects = new BoundedMap(limits.suspects);
  }

  get size(): number {
    return this.#peers.size;
  }

  get suspectCount(): number {
    return this.#suspects.size;
  }

  get(peer: string): Peer | undefined {
    return this.#peers.get(peer);
  }

  /** Whether the peer's connection began after `sinceMs`: a message from before belongs to an earlier connection. */
  isNewer(peer: string, sinceMs: number): boolean {
    return (this.#peers.get(peer)?.readyMs ?? sinceMs) > sinceMs;
  }

  all(): IterableIterator<Peer> {
    return this.#peers.values();
  }

  /** Adds a connected peer. Only the suspicion of an earlier connection is kept. False when there is no room. */
  ready(facts: PeerFacts, nowMs: number): boolean {
    if (!this.#peers.has(facts.peer) && this.#peers.size >= this.#limits.peers) return false;
    this.#peers.set(facts.peer, {
      facts,
      readyMs: nowMs,
      refused: new BoundedMap(this.#limits.refused_ids),
      opened: new BoundedMap(this.#limits.request_ids),
      registryDigest: facts.registryDigest,
      registryTimeSeconds: facts.registryTimeSeconds,
      registrySent: undefined,
      windowsDueMs: facts.dialed ? nowMs : Number.POSITIVE_INFINITY,
      windowsAcceptedMs: Number.NEGATIVE_INFINITY,
      followed: false,
      responseMs: RESPONSE_START_MS,
      latencyMs: undefined,
      lackingRecords: undefined,
      scoresSent: -1,
      clockReadMs: nowMs,
    });
    return true;
  }

  gone(peer: string): void {
    this.#peers.delete(peer);
  }

  suspect(peer: string, nowMs: number): void {
    this.#suspects.set(peer, nowMs + SUSPECT_MS);
  }

  lane(peer: string | undefined, nowMs: number): "clean" | "suspect" {
    if (peer === undefined) return "clean";
    return (this.#suspects.get(peer) ?? 0) > nowMs ? "suspect" : "clean";
  }

  /** Forgets refused ids: with a new registry they may be admitted. */
  forgetRefused(): void {
    for (const peer of this.#peers.values()) peer.refused.clear();
  }

  answered(peer: string, tookMs: number): void {
    const known = this.#peers.get(peer);
    if (known === undefined) return;
    const measuredMs = Math.max(0, tookMs);
    known.responseMs = Math.floor((known.responseMs * 7 + measuredMs) / 8);
    known.latencyMs = Math.floor(((known.latencyMs ?? measuredMs) * 7 + measuredMs) / 8);
  }

  timeoutMs(peer: string): number {
    const usual = this.#peers.get(peer)?.responseMs ?? RESPONSE_START_MS;
    return Math.min(TIMEOUT_MAX_MS, Math.max(TIMEOUT_MIN_MS, 4 * usual));
  }

  sizes(): { readonly refused: number; readonly opened: number } {
    let refused = 0;
    let opened = 0;
    for (const peer of this.#peers.values()) {
      refused = Math.max(refused, peer.refused.size);
      opened = Math.max(opened, peer.opened.size);
    }
    return { refused, opened };
  }
}
