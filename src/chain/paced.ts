/** Runs one function soon after a request, at a limited rate. Requests before the run share it. */
export class Paced {
  readonly #run: () => void;
  readonly #nowMs: () => number;
  #lastMs = Number.NEGATIVE_INFINITY;
  #dueMs = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(run: () => void, nowMs: () => number) {
    this.#run = run;
    this.#nowMs = nowMs;
  }

  /** Runs `gapMs` after the last run at the earliest, never within this call. A clock set back causes no delay. */
  ask(gapMs: number): void {
    const nowMs = this.#nowMs();
    if (nowMs < this.#lastMs) this.#lastMs = nowMs - gapMs;
    const dueMs = Math.max(nowMs, this.#lastMs + gapMs);
    if (this.#timer !== undefined && this.#dueMs <= dueMs) return;
    clearTimeout(this.#timer);
    this.#dueMs = dueMs;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#lastMs = this.#nowMs();
      this.#run();
    }, dueMs - nowMs);
    this.#timer.unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
