/** How many entries a peer may send: `perSecond` in the long run, and `burst` at once. */
export interface EntryRate {
  readonly perSecond: number;
  readonly burst: number;
}

/** A token bucket for the gossip control entries of one peer. */
export class GossipBudget {
  readonly #rate: EntryRate;
  #left: number;
  #filledMs: number;

  constructor(rate: EntryRate, nowMs: number) {
    this.#rate = rate;
    this.#left = rate.burst;
    this.#filledMs = nowMs;
  }

  /** Takes up to `count` entries and returns how many it took. A clock that was set back adds none. */
  take(count: number, nowMs: number): number {
    const seconds = Math.max(0, nowMs - this.#filledMs) / 1000;
    this.#filledMs = nowMs;
    this.#left = Math.min(this.#rate.burst, this.#left + seconds * this.#rate.perSecond);
    const taken = Math.min(count, Math.floor(this.#left));
    this.#left -= taken;
    return taken;
  }
}
