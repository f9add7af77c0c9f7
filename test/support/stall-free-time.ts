import { afterEach, beforeEach, vi } from "vitest";

const STEP_MS = 10;

/**
 * Each test of this file runs on a clock that advances by at most 10 ms for each turn of the event loop. The clock
 * stops while the process does not run, so that a busy machine does not exceed the time limits of a test. For tests
 * with both ends of every connection in this process. Call it before the hooks that close things.
 */
export function stallFreeTime(): void {
  beforeEach(() => {
    vi.useFakeTimers({
      toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"],
      shouldAdvanceTime: true,
      advanceTimeDelta: STEP_MS,
    });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
}

/** A stopwatch on such a clock, for tests with real timers. */
export class StallFreeWatch {
  #turns = 0;
  readonly #clock = setInterval(() => {
    this.#turns += 1;
  }, STEP_MS);

  /** Milliseconds since the watch was made, without those in which the process did not run; stops the watch. */
  stop(): number {
    clearInterval(this.#clock);
    return this.#turns * STEP_MS;
  }
}
