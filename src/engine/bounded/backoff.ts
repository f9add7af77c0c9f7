/**
 * Waits that double from `firstMs` up to `maxMs`. It holds no state: the caller counts the failures, adds the jitter
 * and keeps the timer.
 */
export class Backoff {
  readonly firstMs: number;
  readonly maxMs: number;

  constructor(firstMs: number, maxMs: number) {
    this.firstMs = firstMs;
    this.maxMs = maxMs;
  }

  /** The wait after a failure that followed `earlier` others. Below 1, `earlier` counts as 0. */
  waitMs(earlier: number): number {
    return Math.min(this.maxMs, this.firstMs * 2 ** Math.max(0, earlier));
  }
}
