import { Backoff } from "../../engine/index.js";

/** The first pause: a daemon that was killed is back within 0.1 to 0.35 s. */
const FIRST_MS = 100;
/**
 * On the same machine a refused connection costs nothing, so a daemon that returns is found within a second. On another
 * machine each attempt costs a round trip and work, so the pause grows to ten seconds.
 */
const LOOPBACK_MAX_MS = 1000;
const REMOTE_MAX_MS = 10_000;
/** A daemon with wrong answers most likely stays so until a person fixes it. */
const FAULTY_MAX_MS = 10_000;
/** A daemon of the wrong network stays so until a person restarts it with another configuration. */
const WRONG_NETWORK_MAX_MS = 5000;
/** A connection of this duration resets the backoff. */
const GOOD_LIFE_MS = 5000;

/** The kind of failure of the last attempt. */
export type Setback = "gone" | "faulty" | "wrong_network";

/**
 * The backoff between attempts. The pause doubles while attempts fail for the same reason, and is up to a quarter
 * shorter at random, so that many nodes don't reconnect at once. Pure: time and chance are arguments.
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
