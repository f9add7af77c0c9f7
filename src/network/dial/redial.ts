import { type DialReason, describeDial } from "../../protocol/dial-reasons.js";
import {
  type AddressScope,
  type DialAddress,
  type DialReport,
  dialReason,
  failingPeers,
  type KnownAddress,
  parseAddress,
  RestingAddresses,
  reportOf,
  type Target,
  waitAfter,
  withAddress,
  worthTrying,
} from "../addresses/index.js";
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
} from "../constants.js";
import { ExtraPeers } from "./extra-peers.js";
import type { RedialOptions } from "./redial-options.js";
import { namedBySeeds } from "./seeds.js";

const CAPS = { known: ADDRESS_BOOK_MAX, hint: HINTS_MAX, host: HOSTS_MAX } as const;

/**
 * Decides which targets to dial and when. Bootstrap addresses are always dialled. Known peers and hints are dialled
 * below TARGET_CONNECTIONS, from there on one at a time as extra peers. Hosts of the chain are dialled below
 * HOST_CONNECTIONS and only if no other target is due. Waits have jitter, so nodes that lost each other together do not
 * dial again together.
 */
export class Redial {
  readonly #options: RedialOptions;
  /** By peer id, or by bare address for a bootstrap entry without one. */
  readonly #targets = new Map<string, Target>();
  /** The last addresses of each dnsaddr name. One entry for each such bootstrap address. */
  readonly #seeds = new Map<string, readonly DialAddress[]>();
  readonly #resting: RestingAddresses;
  readonly #extra: ExtraPeers;

  constructor(options: RedialOptions, bootstrap: readonly DialAddress[]) {
    this.#options = options;
    const { isConnected, release, nowMs } = options;
    this.#extra = new ExtraPeers({ isConnected, release, nowMs, jitter: (waitMs) => this.#jitter(waitMs) });
    this.#resting = new RestingAddresses(options.nowMs);
    for (const address of bootstrap) this.#addBootstrap(address);
  }

  get size(): number {
    return this.#targets.size;
  }

  /** Failed hints that are not accepted again for a time. */
  get restingHints(): number {
    return this.#resting.size;
  }

  /** Bootstrap targets first, then the others as they came. */
  reports(): DialReport[] {
    const targets = [...this.#targets.values()].sort(
      (a, b) => Number(b.kind === "bootstrap") - Number(a.kind === "bootstrap"),
    );
    return targets.flatMap((target) => {
      const report = this.#report(target);
      // A configured peer is shown with every address, another peer with the best one.
      const shown = target.kind === "bootstrap" ? target.addresses : target.addresses.slice(0, 1);
      return shown.map(({ multiaddr }) => ({ ...report, address: multiaddr.toString() }));
    });
  }

  /** Whether a bootstrap address names the peer, or the peer answered there. */
  isConfigured(peer: string): boolean {
    for (const target of this.#targets.values()) if (target.kind === "bootstrap" && target.peer === peer) return true;
    return false;
  }

  /** Whether the peer is connected beyond the number that this node wants, for a time. */
  isExtra(peer: string): boolean {
    return this.#extra.has(peer);
  }

  /** Peers whose last dials failed. They are not sent to other peers. */
  failing(): ReadonlySet<string> {
    return failingPeers(this.#targets.values());
  }

  /**
   * Replaces the addresses of a dnsaddr name. A peer under several names has the addresses of all of them, and stays
   * until no name leads to it.
   */
  setSeeds(source: string, addresses: readonly DialAddress[]): void {
    this.#seeds.set(source, addresses);
    const named = namedBySeeds(this.#seeds);
    for (const [key, target] of [...this.#targets]) {
      if (target.source === undefined || named.has(key)) continue;
      this.#targets.delete(key);
      // A connected peer stays a known peer.
      if (target.peer !== undefined && this.#options.isConnected(target.peer))
        this.#know(target.peer, target.addresses);
    }
    for (const [key, entry] of named) {
      const known = this.#targets.get(key);
      const led = [...entry.addresses.values()];
      if (known?.kind !== "bootstrap") {
        if (key !== this.#options.ownPeer) this.#add(key, "bootstrap", led, known, entry.source);
      } else if (known.source !== undefined) known.addresses = led;
    }
  }

  /** Peers of the address book. */
  addKnown(entries: readonly KnownAddress[]): void {
    for (const { peer, addresses } of entries) {
      const usable = addresses.map(parseAddress).filter((address) => address !== undefined);
      if (peer !== this.#options.ownPeer && usable.length > 0) this.#know(peer, usable);
    }
  }

  /** Addresses from a peer. They are unverified until a dial succeeds. The scope of that peer limits their scope. */
  addHints(texts: readonly string[], senderScope: AddressScope): void {
    for (const text of texts) {
      const address = parseAddress(text);
      if (address?.peer === undefined || address.peer === this.#options.ownPeer) continue;
      if (!worthTrying(address.scope, senderScope) || this.#resting.rests(address, HINT_REST_MS)) continue;
      const known = this.#targets.get(address.peer);
      if (known === undefined) this.#add(address.peer, "hint", [address]);
      else if (known.kind === "hint") known.addresses = withAddress(known.addresses, address);
    }
  }

  /** Addresses without a peer id where a node may listen. A failed one is not dialled for HOST_REST_MS. */
  addHosts(addresses: readonly DialAddress[]): void {
    for (const address of addresses) {
      const known = [...this.#targets.values()].some((target) =>
        target.addresses.some(({ bare }) => bare === address.bare),
      );
      if (!known && !this.#resting.rests(address, HOST_REST_MS)) this.#add(address.bare, "host", [address]);
    }
  }

  /** The hello of a peer succeeded. Its addresses replace a hint. */
  reached(peer: string, addresses: readonly DialAddress[]): void {
    if (addresses.length > 0) this.#know(peer, addresses);
    for (const target of this.#targets.values()) {
      const same = target.addresses.some((address) => addresses.some(({ bare }) => bare === address.bare));
      if (target.peer === undefined && same) target.peer = peer;
      if (target.peer !== peer) continue;
      target.reason = undefined;
      target.foreign = 0;
    }
  }

  /** A connection to the peer ended before its hello succeeded. */
  refused(peer: string, reason: DialReason): void {
    for (const [key, target] of this.#targets) {
      if (target.peer !== peer) continue;
      this.#failed(target, reason);
      const isForeign = describeDial(reason).foreign === true;
      if (isForeign && (target.kind === "hint" || target.kind === "host")) this.#drop(key, target);
    }
  }

  /** A connection to the peer closed after a hello that succeeded. */
  lost(peer: string, lastedMs: number): void {
    if (this.#extra.takeReleased(peer)) {
      this.avoid(peer);
      return;
    }
    for (const target of this.#targets.values()) {
      if (target.peer !== peer) continue;
      target.attempts = lastedMs >= STABLE_MS ? 0 : target.attempts;
      this.#failed(target, "lost");
    }
  }

  /** This node closed the peer for a reason: the peer is not dialled for the longest wait. */
  avoid(peer: string): void {
    for (const target of this.#targets.values()) {
      if (target.peer === peer) target.dueMs = this.#options.nowMs() + this.#jitter(REDIAL_MAX_MS);
    }
  }

  /** Starts the dials that are due. Call it every TICK_MS. */
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
    if (dialing > 0) return;
    if (this.#options.connectedCount() >= TARGET_CONNECTIONS) this.#dialExtra(nowMs);
    else this.#extra.keep();
    if (this.#options.connectedCount() >= HOST_CONNECTIONS) return;
    for (const [key, target] of this.#targets) {
      if (target.kind !== "host" || !this.#isDue(target, nowMs)) continue;
      void this.#dial(key, target);
      return;
    }
  }

  /** Dials one of the peers that are due, chosen at random. */
  #dialExtra(nowMs: number): void {
    if (!this.#extra.isDue) return;
    const due = [...this.#targets].filter(
      ([, target]) => (target.kind === "known" || target.kind === "hint") && this.#isDue(target, nowMs),
    );
    const chosen = due[Math.floor(this.#options.random() * due.length)];
    const peer = chosen?.[1].peer;
    if (chosen !== undefined && peer !== undefined) void this.#extra.meet(peer, () => this.#dial(...chosen));
  }

  #isDue({ dialing, dueMs, peer }: Target, nowMs: number): boolean {
    return !dialing && dueMs <= nowMs && (peer === undefined || !this.#options.isConnected(peer));
  }

  /** Resolves with the peer that answered, or undefined. */
  async #dial(key: string, target: Target): Promise<string | undefined> {
    target.dialing = true;
    target.triedMs = this.#options.nowMs();
    try {
      target.peer = await this.#options.dial(target.addresses);
      target.dueMs = Math.max(target.dueMs, this.#options.nowMs() + REDIAL_MIN_MS);
      // If its hello succeeds, it becomes a known peer.
      if (target.kind === "host") this.#drop(key, target);
      return target.peer;
    } catch (error) {
      const reason = dialReason(error);
      this.#failed(target, reason);
      const isOwn = reason === "own_address";
      const isExhausted =
        target.kind === "host" || (target.kind === "hint" && (isOwn || target.attempts >= HINT_ATTEMPTS));
      if (isExhausted) this.#drop(key, target);
      else if (isOwn) this.#targets.delete(key);
      return undefined;
    } finally {
      target.dialing = false;
    }
  }

  #drop(key: string, target: Target): void {
    // A hello may have made it a known peer meanwhile; a known peer stays.
    if (this.#targets.get(key) === target) this.#targets.delete(key);
    this.#resting.add(target.addresses);
  }

  #failed(target: Target, reason: DialReason): void {
    const before = target.reason;
    const waitMs = waitAfter(target, reason);
    target.reason = reason;
    target.triedMs = this.#options.nowMs();
    target.attempts += 1;
    if (describeDial(reason).foreign === true) target.foreign += 1;
    target.dueMs = Math.max(target.dueMs, this.#options.nowMs() + this.#jitter(waitMs));
    this.#options.failed(this.#report(target), before);
  }

  #report(target: Target): DialReport {
    return reportOf(target, target.peer !== undefined && this.#options.isConnected(target.peer));
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

  #addBootstrap(address: DialAddress): void {
    const key = address.peer ?? address.bare;
    const known = this.#targets.get(key);
    if (address.peer === this.#options.ownPeer) return;
    if (known === undefined) this.#add(key, "bootstrap", [address]);
    else if (!known.addresses.some(({ bare }) => bare === address.bare)) {
      known.addresses = [...known.addresses, address];
    }
  }

  #add(
    key: string,
    kind: Target["kind"],
    addresses: readonly DialAddress[],
    state: Partial<Target> = {},
    source?: string,
  ): void {
    const { attempts = 0, foreign = 0, dueMs = 0, reason, triedMs } = state;
    const peer = addresses[0]?.peer;
    const fresh = { attempts, foreign, dueMs, reason, triedMs, dialing: false };
    this.#targets.set(key, { kind, addresses, peer, source, ...fresh });
    if (kind !== "bootstrap") this.#capKind(kind, CAPS[kind]);
  }

  /** Drops the oldest of a kind beyond its cap. */
  #capKind(kind: keyof typeof CAPS, cap: number): void {
    const keys = [...this.#targets].filter(([, target]) => target.kind === kind).map(([key]) => key);
    for (const key of keys.slice(0, Math.max(0, keys.length - cap))) this.#targets.delete(key);
  }
}
