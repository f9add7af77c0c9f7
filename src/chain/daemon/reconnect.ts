/** The first pause: a daemon that was killed is back within 0.1 to 0.35 s. */
const FIRST_MS = 100;
/**
 * On this machine a refused connection is known at once and costs nothing, so that the daemon is found within a second of its
 * return; elsewhere each attempt may be a burden to somebody.
 */
const LOOPBACK_MAX_MS = 1000;
const REMOTE_MAX_MS = 10_000;
/** Who answers wrongly goes on doing so until a person mends it. */
const FAULTY_MAX_MS = 30_000;
/** Another network, likewise; but when it is mended the daemon itself comes back as a new one. */
const WRONG_NETWORK_MAX_MS = 5000;
/** A connection that lived so long was a good one: the next pause is the first again. */
export const GOOD_LIFE_MS = 5000;

/** What ended the last attempt, as far as it matters for the next one. */
export type Setback = "gone" | "faulty" | "wrong_network";

/**
 * Milliseconds until the next attempt: doubling, and up to a quarter less at random, so that a thousand nodes don't come
 * back together. Pure.
 *
 * @param failures attempts that failed in a row, from 1
 * @param chance uniform in [0, 1)
 */
export function pauseMs(setback: Setback, failures: number, loopback: boolean, chance: number): number {
  const doubled = FIRST_MS * 2 ** Math.min(Math.max(failures, 1) - 1, 20);
  return Math.round(Math.min(doubled, limitMs(setback, loopback)) * (1 - chance / 4));
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
