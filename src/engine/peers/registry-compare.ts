import type { Peer } from "./peers.js";

/**
 * How a peer's registry stands to this node's:
 * - `later`: the peer knows the chain further than this node, which can't say yet;
 * - `earlier`: it is one that this node had at that time, or of a time that this node does not know;
 * - `differs`: this node had another one at that time. On one chain that is a fault of one of the two.
 */
export type RegistryStanding = "equal" | "later" | "earlier" | "differs";

/** Registries remembered with the time from which they held; older ones are not compared. */
const REGISTRIES_MAX = 64;
/** A registry is sent up to ten seconds after it is read, and several blocks share a second. */
const SLACK_SECONDS = 60n;
/** How long registries may differ: nodes on two branches of one chain differ until it reorganises. */
const DIFFERS_MS = 120_000;

interface Held {
  readonly fromSeconds: bigint;
  readonly digest: string;
}

/** Compares the registries of peers with the present and past registries of this node. */
export class RegistryCompare {
  /** Ascending; the last one holds. */
  #held: Held[] = [];
  #timeSeconds = 0n;
  #differing = 0;
  #comparable = 0;
  /** Since when at least half of those that can be compared differ. */
  #sinceMs: number | undefined;

  /** This node's registry: another one, or known further. */
  own(digest: string, timeSeconds: bigint): void {
    // Registries later than the present time of the chain were undone.
    this.#held = this.#held.filter(({ fromSeconds }) => fromSeconds <= timeSeconds);
    this.#timeSeconds = timeSeconds;
    if (this.#held.at(-1)?.digest === digest) return;
    this.#held.push({ fromSeconds: timeSeconds, digest });
    if (this.#held.length > REGISTRIES_MAX) this.#held.shift();
  }

  standing({
    registryDigest,
    registryTimeSeconds,
  }: Pick<Peer, "registryDigest" | "registryTimeSeconds">): RegistryStanding {
    const first = this.#held[0];
    if (this.#held.at(-1)?.digest === registryDigest) return "equal";
    if (registryTimeSeconds > this.#timeSeconds + SLACK_SECONDS) return "later";
    if (first === undefined || registryTimeSeconds < first.fromSeconds) return "earlier";
    return this.#held.some((held, i) => held.digest === registryDigest && this.#heldAt(i, registryTimeSeconds))
      ? "earlier"
      : "differs";
  }

  /** Counts the peers anew: one came, went or said something, or the own registry changed. */
  count(peers: Iterable<Peer>, nowMs: number): void {
    this.#differing = 0;
    this.#comparable = 0;
    for (const peer of peers) {
      const standing = this.standing(peer);
      if (standing === "differs") this.#differing++;
      if (standing === "differs" || standing === "equal") this.#comparable++;
    }
    const many = this.#differing > 0 && 2 * this.#differing >= this.#comparable;
    this.#sinceMs = many ? (this.#sinceMs ?? nowMs) : undefined;
  }

  /**
   * Peers that differ, while at least half of those that can be compared do so, and for long: one peer alone among others
   * may say what it likes. Undefined: there is no such fault.
   */
  fault(nowMs: number): { readonly differing: number; readonly comparable: number } | undefined {
    if (this.#sinceMs === undefined || Math.abs(nowMs - this.#sinceMs) < DIFFERS_MS) return undefined;
    return { differing: this.#differing, comparable: this.#comparable };
  }

  #heldAt(index: number, timeSeconds: bigint): boolean {
    const from = this.#held[index]?.fromSeconds ?? 0n;
    const next = this.#held[index + 1]?.fromSeconds;
    return from <= timeSeconds + SLACK_SECONDS && (next === undefined || timeSeconds <= next + SLACK_SECONDS);
  }
}
