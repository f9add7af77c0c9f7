/** What the store contract promises is one second; half of it leaves room for a busy event loop. */
export const SYNC_DELAY_MS = 500;

/**
 * Brings writes that did not wait for the disk there soon after: the first of them starts a timer, the timer syncs the
 * write-ahead log.
 */
export class DelayedSync {
  readonly #sync: () => Promise<void>;
  readonly #delayMs: number;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();

  /** `sync` never rejects. */
  constructor(sync: () => Promise<void>, delayMs = SYNC_DELAY_MS) {
    this.#sync = sync;
    this.#delayMs = delayMs;
  }

  /** Something was written that is not on the disk yet. */
  wrote(): void {
    this.#timer ??= setTimeout(() => this.#due(), this.#delayMs);
  }

  /** Ends the timer and syncs what it was waiting for. */
  async stop(): Promise<void> {
    if (this.#timer !== undefined) {
      clearTimeout(this.#timer);
      this.#due();
    }
    await this.#running;
  }

  #due(): void {
    this.#timer = undefined;
    this.#running = this.#running.then(this.#sync);
  }
}
