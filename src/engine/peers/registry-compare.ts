import type { Peer } from "./peers.js";

/**
 * A peer's registry compared with this node's:
 * - `later`: the peer knows the chain further than this node, so they can't be compared yet;
 * - `earlier`: this node had the same one at that time, or does not know that time;
 * - `differs`: this node had a different one at that time. On one chain one of the two is wrong.
 */
export type RegistryRelation = "equal" | "later" | "earlier" | "differs";

/** Registries remembered with their start times; older ones are not compared. */
const REGISTRIES_MAX = 64;
/** A registry is sent up to ten seconds after it is read, and several blocks share a second. */
const SLACK_SECONDS = 60n;
/** How long registries may differ without a fault: nodes on two branches of a chain differ until a reorganisation. */
const DIFFERS_MS = 120_000;
/** The most that one tick adds to that time. Ticks are 0.5 s apart; a longer gap is a stall or a changed clock. */
const TICK_GAP_MAX_MS = 10_000;

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
  /** How long at least half of the comparable peers have differed, as of the last tick; undefined when fewer do. */
  #differsMs: number | undefined;
  #countedToMs = 0;

  /** Takes this node's registry: a new one, or the same at a later time. */
  own(digest: string, timeSeconds: bigint): void {
    // A reorganisation undid registries later than the present time of the chain.
    this.#held = this.#held.filter(({ fromSeconds }) => fromSeconds <= timeSeconds);
    this.#timeSeconds = timeSeconds;
    if (this.#held.at(-1)?.digest === digest) return;
    this.#held.push({ fromSeconds: timeSeconds, digest });
    if (this.#held.length > REGISTRIES_MAX) this.#held.shift();
  }

  relation({
    registryDigest,
    registryTimeSeconds,
  }: Pick<Peer, "registryDigest" | "registryTimeSeconds">): RegistryRelation {
    const first = this.#held[0];
    if (this.#held.at(-1)?.digest === registryDigest) return "equal";
    if (registryTimeSeconds > this.#timeSeconds + SLACK_SECONDS) return "later";
    if (first === undefined || registryTimeSeconds < first.fromSeconds) return "earlier";
    return this.#held.some((held, i) => held.digest === registryDigest && this.#heldAt(i, registryTimeSeconds))
      ? "earlier"
      : "differs";
  }

  /** Counts the peers again, after a change of the peers or of a registry. */
  count(peers: Iterable<Peer>, nowMs: number): void {
    this.#differing = 0;
    this.#comparable = 0;
    for (const peer of peers) {
      const relation = this.relation(peer);
      if (relation === "differs") this.#differing++;
      if (relation === "differs" || relation === "equal") this.#comparable++;
    }
    const many = this.#differing > 0 && 2 * this.#differing >= this.#comparable;
    if (many && this.#differsMs === undefined) this.#countedToMs = nowMs;
    this.#differsMs = many ? (this.#differsMs ?? 0) : undefined;
  }

  /** Adds the time since the last tick to the time for which the registries have differed. */
  tick(nowMs: number): void {
    if (this.#differsMs === undefined) return;
    this.#differsMs += Math.min(nowMs - this.#countedToMs, TICK_GAP_MAX_MS);
    this.#countedToMs = nowMs;
  }

  /**
   * The number of differing peers, when at least half of the comparable peers have differed for {@link DIFFERS_MS}: a
   * single lying peer among others is no fault. Undefined: no fault.
   */
  fault(): { readonly differing: number; readonly comparable: number } | undefined {
    if (this.#differsMs === undefined || this.#differsMs < DIFFERS_MS) return undefined;
    return { differing: this.#differing, comparable: this.#comparable };
  }

  #heldAt(index: number, timeSeconds: bigint): boolean {
    const from = this.#held[index]?.fromSeconds ?? 0n;
    const next = this.#held[index + 1]?.fromSeconds;
    return from <= timeSeconds + SLACK_SECONDS && (next === undefined || timeSeconds <= next + SLACK_SECONDS);
  }
}
