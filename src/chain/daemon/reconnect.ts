import { Backoff } from "../../engine/index.js";

/** The first pause: a daemon that was killed is back within 0.1 to 0.35 s. */
const FIRST_MS = 100;
/**
 * On this machine a refused connection is known at once and costs nothing, so that the daemon is found within a second of its
 * return; elsewhere each attempt may be a burden to somebody.
 */
const LOOPBACK_MAX_MS = 1000;
const REMOTE_MAX_MS = 10_000;
/** Who answers wrongly most likely goes on doing so until a person mends it. */
const FAULTY_MAX_MS = 10_000;
/** Another network, likewise; but when it is mended the daemon itself comes back as a new one. */
const WRONG_NETWORK_MAX_MS = 5000;
/** A connection that lived so long was a good one. */
const GOOD_LIFE_MS = 5000;

/** What ended the last attempt, as far as it matters for the next one. */
export type Setback = "gone" | "faulty" | "wrong_network";

/**
 * When the next attempt is made. Pauses double as long as one attempt after the other fails for the same reason, and are up to
 * a quarter shorter at random, so that a thousand nodes don't come back together. Pure: time and chance are arguments.
 */
export class Reconnection {
  readonly #loopback: boolean;
  #last: Setback | undefined;
  #failures = 0;

  constructor(loopback: boolean) {
    this.#loopback = loopback;
  }

  /**
   * Milliseconds until the next attempt.
   *
   * @param livedMs how long the attempt and its connection lasted
   * @param chance uniform in [0, 1)
   */
  pauseMs(setback: Setback, livedMs: number, chance: number): number {
    this.#failures = setback === this.#last && livedMs < GOOD_LIFE_MS ? this.#failures + 1 : 1;
    this.#last = setback;
    const backoff = new Backoff(FIRST_MS, limitMs(setback, this.#loopback));
    return Math.round(backoff.waitMs(this.#failures - 1) * (1 - chance / 4));
  }
}

function limitMs(setback: Setback, loopback: boolean): number {
  switch (setback) {
    case "gone":
      return loopback ? LOOPBACK_MAX_MS : REMOTE_MAX_MS;
    case "faulty":
      return FAULTY_MAX_MS;
    case "wrong_network":
      return WRONG_NETWORK_MAX_MS;
  }
}
