import type { Frame } from "../protocol/frames.js";
import { REGISTRY_CHAIN } from "../protocol/rules.js";
import { NO_REQUEST } from "../protocol/sync-messages.js";
import type { Context } from "./context.js";
import type { Peer, Peers } from "./peers.js";

/** Who takes frames of this kind says so in its hello. */
export const REGISTRY_NEWS = "registry-news";

/**
 * Tells peers that this node's registry is another one than its hello said (protocol.md, Sync): a chain registers authors
 * while nodes are connected, and what they hold is compared only under equal digests.
 */
export class RegistryNews {
  readonly #context: Context;
  readonly #peers: Peers;

  constructor(context: Context, peers: Peers) {
    this.#context = context;
    this.#peers = peers;
  }

  /** This node's registry changed. */
  changed(): void {
    for (const peer of this.#peers.all()) this.#tell(peer);
  }

  /** The hello may have been written before the last change. */
  ready(peerId: string): void {
    const peer = this.#peers.get(peerId);
    if (peer !== undefined) this.#tell(peer);
  }

  /** False where no such news is due: in a network whose registry never changes, or as part of an exchange. */
  heard(peerId: string, { requestId, digest }: Extract<Frame, { kind: "registry" }>): boolean {
    const peer = this.#peers.get(peerId);
    if (!this.#isChain || requestId !== NO_REQUEST) return false;
    if (peer !== undefined) peer.registryDigest = digest;
    return true;
  }

  get #isChain(): boolean {
    return this.#context.identity.rules.registry === REGISTRY_CHAIN;
  }

  #tell({ facts: { peer, features } }: Peer): void {
    const { facts, out } = this.#context;
    if (facts === undefined || !this.#isChain || !features.includes(REGISTRY_NEWS)) return;
    const { registryDigest: digest, registryTimeSeconds: timeSeconds } = facts;
    out.emit({ kind: "send", peer, frame: { kind: "registry", requestId: NO_REQUEST, timeSeconds, digest } });
  }
}
