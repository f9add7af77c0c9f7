/** How much a peer may send: `perSecond` for ever, and `burst` at once. */
export interface EntryRate {
  readonly perSecond: number;
  readonly burst: number;
}

/** The entries of gossip control that one peer may still send: a bucket that time fills. */
export class GossipBudget {
  readonly #rate: EntryRate;
  #left: number;
  #filledMs: number;

  constructor(rate: EntryRate, nowMs: number) {
    this.#rate = rate;
    this.#left = rate.burst;
    this.#filledMs = nowMs;
  }

  /** Takes up to `count` entries; returns how many there were left for. A clock that was put back fills nothing. */
  take(count: number, nowMs: number): number {
    const seconds = Math.max(0, nowMs - this.#filledMs) / 1000;
    this.#filledMs = nowMs;
    this.#left = Math.min(this.#rate.burst, this.#left + seconds * this.#rate.perSecond);
    const taken = Math.min(count, Math.floor(this.#left));
    this.#left -= taken;
    return taken;
  }
}
