import type { Frame } from "../../protocol/frames.js";
import { REGISTRY_CHAIN } from "../../protocol/rules.js";
import { NO_REQUEST } from "../../protocol/sync-messages.js";
import type { Context } from "../context.js";
import { type Peer, type Peers, RegistryCompare } from "../peers/index.js";

/** The feature in a hello of a node that accepts `registry` frames. */
export const REGISTRY_NEWS = "registry-news";

/** Interval at which a change of the time alone is sent, so that peers see that the registry is unchanged. */
const TIME_NEWS_SECONDS = 60n;

/**
 * Sends the digest of this node's registry to peers when it changes after the hello (protocol.md, Sync), and takes
 * theirs. A chain registers authors while nodes are connected, and sets are compared only under equal digests.
 */
export class RegistryNews {
  readonly #context: Context;
  readonly #peers: Peers;
  readonly #compare = new RegistryCompare();

  constructor(context: Context, peers: Peers) {
    this.#context = context;
    this.#peers = peers;
  }

  /** Compares the registries of peers with this node's. */
  get compare(): RegistryCompare {
    return this.#compare;
  }

  /** The registry of this node changed, or its time. */
  changed(): void {
    const { facts } = this.#context;
    if (facts !== undefined) this.#compare.own(facts.registryDigest, facts.registryTimeSeconds);
    for (const peer of this.#peers.all()) this.#sendUpdate(peer);
    this.count();
  }

  /** A peer connected; this node's hello to it may be older than the last change. */
  ready(peerId: string): void {
    const peer = this.#peers.get(peerId);
    if (peer !== undefined) this.#sendUpdate(peer);
    this.count();
  }

  /** Takes a peer's registry. False when no such frame may come: in a network without a chain, or in an exchange. */
  received(peerId: string, { requestId, timeSeconds, digest }: Extract<Frame, { kind: "registry" }>): boolean {
    const peer = this.#peers.get(peerId);
    if (!this.#isChain || requestId !== NO_REQUEST) return false;
    if (peer === undefined) return true;
    peer.registryDigest = digest;
    peer.registryTimeSeconds = timeSeconds;
    this.count();
    return true;
  }

  tick(): void {
    this.#compare.tick(this.#context.nowMs);
  }

  /** Counts the peers again after one connected or left. */
  count(): void {
    this.#compare.count(this.#peers.all(), this.#context.nowMs);
  }

  get #isChain(): boolean {
    return this.#context.identity.rules.registry === REGISTRY_CHAIN;
  }

  #sendUpdate(peer: Peer): void {
    const { facts, out } = this.#context;
    if (facts === undefined || !this.#isChain || !peer.facts.features.includes(REGISTRY_NEWS)) return;
    const { registryDigest: digest, registryTimeSeconds: timeSeconds } = facts;
    const sent = peer.registrySent;
    const recent =
      sent !== undefined && timeSeconds - sent.timeSeconds < TIME_NEWS_SECONDS && timeSeconds >= sent.timeSeconds;
    if (recent && sent.digest === digest) return;
    peer.registrySent = { digest, timeSeconds };
    const frame = { kind: "registry", requestId: NO_REQUEST, timeSeconds, digest } as const;
    out.emit({ kind: "send", peer: peer.facts.peer, frame });
  }
}
