import { NetworkError } from "../protocol/errors.js";
import { type AddressScope, type DialAddress, parseAddress, worthTrying } from "./address-scope.js";
import {
  ADDRESS_BOOK_MAX,
  HINT_ATTEMPTS,
  HINT_REST_MS,
  HINTS_MAX,
  HOST_CONNECTIONS,
  HOST_REST_MS,
  HOSTS_MAX,
  PARALLEL_DIALS,
  REDIAL_MAX_MS,
  REDIAL_MIN_MS,
  STABLE_MS,
  TARGET_CONNECTIONS,
} from "./constants.js";
import type { KnownAddress } from "./types.js";

export interface RedialOptions {
  readonly ownPeer: string;
  /** Dials the addresses, best first; resolves with the peer id that answered. `own_peer_id` is not tried again. */
  readonly dial: (addresses: readonly DialAddress[]) => Promise<string>;
  /** Peers with a connection, ready or not. */
  readonly isConnected: (peer: string) => boolean;
  readonly connectedCount: () => number;
  readonly nowMs: () => number;
  /** 0 to below 1, for jitter. */
  readonly random: () => number;
}

interface Target {
  readonly kind: "bootstrap" | "known" | "hint" | "host";
  addresses: readonly DialAddress[];
  /** Who answers there; for a bootstrap address without id known after its first dial. */
  peer: string | undefined;
  attempts: number;
  dueMs: number;
  dialing: boolean;
}

const CAPS = { known: ADDRESS_BOOK_MAX, hint: HINTS_MAX, host: HOSTS_MAX } as const;

function hintKey(address: DialAddress): string {
  return `${address.bare}/p2p/${address.peer ?? ""}`;
}

/**
 * Whom to dial and when. Bootstrap addresses are kept connected always; known peers and hints are dialled while there
 * are fewer connections than wanted, hosts of the chain while there are far fewer and nobody else is due. Waits double from 1 s to 60 s with jitter, so that nodes that lost each other in
 * one moment do not all come back in one.
 */
export class Redial {
  readonly #options: RedialOptions;
  /** By peer id, or by bare address for a bootstrap entry without one. */
  readonly #targets = new Map<string, Target>();
  /** Hints that came to nothing, by their whole address, and when; the oldest first. */
  readonly #spent = new Map<string, number>();

  constructor(options: RedialOptions, bootstrap: readonly DialAddress[]) {
    this.#options = options;
    for (const address of bootstrap) {
      if (address.peer !== options.ownPeer) this.#add(address.peer ?? address.bare, "bootstrap", [address]);
    }
  }

  get size(): number {
    return this.#targets.size;
  }

  /** Hints that came to nothing and are left alone for a time. */
  get spentHints(): number {
    return this.#spent.size;
  }

  /** Whether a bootstrap address names the peer, or the peer answered there. */
  isConfigured(peer: string): boolean {
    for (const target of this.#targets.values()) if (target.kind === "bootstrap" && target.peer === peer) return true;
    return false;
  }

  /** Peers of the address book. */
  addKnown(entries: readonly KnownAddress[]): void {
    for (const { peer, addresses } of entries) {
      const usable = addresses.map(parseAddress).filter((address) => address !== undefined);
      if (peer !== this.#options.ownPeer && usable.length > 0) this.#know(peer, usable);
    }
  }

  /** Addresses told by a peer: tried some time, never believed. The teller's own scope limits where they may point. */
  addHints(texts: readonly string[], tellerScope: AddressScope): void {
    for (const text of texts) {
      const address = parseAddress(text);
      if (address?.peer === undefined || address.peer === this.#options.ownPeer) continue;
      if (!worthTrying(address.scope, tellerScope) || this.#targets.has(address.peer)) continue;
      if (!this.#rests(address, HINT_REST_MS)) this.#add(address.peer, "hint", [address]);
    }
  }

  /** Addresses without a peer id, where a node of this program may listen: tried once, and not again for a long time. */
  addHosts(addresses: readonly DialAddress[]): void {
    for (const address of addresses) {
      const known = [...this.#targets.values()].some((target) =>
        target.addresses.some(({ bare }) => bare === address.bare),
      );
      if (!known && !this.#rests(address, HOST_REST_MS)) this.#add(address.bare, "host", [address]);
    }
  }

  /** A peer said hello; what is known of its addresses is better than a hint. */
  reached(peer: string, addresses: readonly DialAddress[]): void {
    if (addresses.length > 0) this.#know(peer, addresses);
    for (const target of this.#targets.values()) {
      const same = target.addresses.some((address) => addresses.some(({ bare }) => bare === address.bare));
      if (target.peer === undefined && same) target.peer = peer;
    }
  }

  /** A connection to the peer closed after this long. */
  lost(peer: string, lastedMs: number): void {
    for (const target of this.#targets.values()) {
      if (target.peer !== peer) continue;
      target.attempts = lastedMs >= STABLE_MS ? 0 : target.attempts;
      this.#failed(target);
    }
  }

  /** A peer that this node closed for a reason is left alone for the longest wait. */
  avoid(peer: string): void {
    for (const target of this.#targets.values()) {
      if (target.peer === peer) target.dueMs = this.#options.nowMs() + this.#jitter(REDIAL_MAX_MS);
    }
  }

  /** Starts the dials that are due; each ends by itself. Call it every TICK_MS. */
  tick(): void {
    const nowMs = this.#options.nowMs();
    let dialing = 0;
    for (const target of this.#targets.values()) if (target.dialing) dialing += 1;
    for (const [key, target] of this.#targets) {
      if (dialing >= PARALLEL_DIALS) return;
      if (target.kind === "host" || !this.#isDue(target, nowMs)) continue;
      if (target.kind !== "bootstrap" && this.#options.connectedCount() + dialing >= TARGET_CONNECTIONS) continue;
      dialing += 1;
      void this.#dial(key, target);
    }
    if (dialing > 0 || this.#options.connectedCount() >= HOST_CONNECTIONS) return;
    for (const [key, target] of this.#targets) {
      if (target.kind !== "host" || !this.#isDue(target, nowMs)) continue;
      void this.#dial(key, target);
      return;
    }
  }

  #isDue({ dialing, dueMs, peer }: Target, nowMs: number): boolean {
    return !dialing && dueMs <= nowMs && (peer === undefined || !this.#options.isConnected(peer));
  }

  async #dial(key: string, target: Target): Promise<void> {
    target.dialing = true;
    try {
      target.peer = await this.#options.dial(target.addresses);
      target.dueMs = this.#options.nowMs() + REDIAL_MIN_MS;
      // Its hello makes it a known peer, if it is one of this program.
      if (target.kind === "host") this.#drop(key, target);
    } catch (error) {
      this.#failed(target);
      const isOwn = error instanceof NetworkError && error.code === "own_peer_id";
      const isSpent = target.kind === "host" || (target.kind === "hint" && (isOwn || target.attempts >= HINT_ATTEMPTS));
      if (isSpent) this.#drop(key, target);
      else if (isOwn) this.#targets.delete(key);
    } finally {
      target.dialing = false;
    }
  }

  #rests(address: DialAddress, restMs: number): boolean {
    const spentMs = this.#spent.get(hintKey(address));
    return spentMs !== undefined && this.#options.nowMs() - spentMs < restMs;
  }

  #drop(key: string, target: Target): void {
    this.#targets.delete(key);
    this.#spend(target.addresses);
  }

  #spend(addresses: readonly DialAddress[]): void {
    for (const address of addresses) {
      this.#spent.delete(hintKey(address));
      this.#spent.set(hintKey(address), this.#options.nowMs());
    }
    for (const oldest of this.#spent.keys()) {
      if (this.#spent.size <= HINTS_MAX) return;
      this.#spent.delete(oldest);
    }
  }

  #failed(target: Target): void {
    const waitMs = Math.min(REDIAL_MIN_MS * 2 ** Math.min(target.attempts, 16), REDIAL_MAX_MS);
    target.attempts += 1;
    target.dueMs = Math.max(target.dueMs, this.#options.nowMs() + this.#jitter(waitMs));
  }

  /** Between half and the whole of the wait. */
  #jitter(waitMs: number): number {
    return Math.round(waitMs * (0.5 + this.#options.random() / 2));
  }

  #know(peer: string, addresses: readonly DialAddress[]): void {
    const target = this.#targets.get(peer);
    if (target?.kind === "bootstrap") return;
    this.#targets.delete(peer);
    this.#add(peer, "known", addresses, target);
  }

  #add(key: string, kind: Target["kind"], addresses: readonly DialAddress[], state = { attempts: 0, dueMs: 0 }): void {
    const { attempts, dueMs } = state;
    this.#targets.set(key, { kind, addresses, peer: addresses[0]?.peer, attempts, dueMs, dialing: false });
    if (kind !== "bootstrap") this.#capKind(kind, CAPS[kind]);
  }

  /** Drops the oldest of a kind beyond its cap. */
  #capKind(kind: Target["kind"], cap: number): void {
    const keys = [...this.#targets].filter(([, target]) => target.kind === kind).map(([key]) => key);
    for (const key of keys.slice(0, Math.max(0, keys.length - cap))) this.#targets.delete(key);
  }
}
