/** The store's contract is one second. Half of it leaves time for a busy event loop. */
export const SYNC_DELAY_MS = 500;

/** Syncs writes that were made without one: the first starts a timer, which syncs the write-ahead log. */
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

  /** Notes a write that is not synced yet. */
  wrote(): void {
    this.#timer ??= setTimeout(() => this.#due(), this.#delayMs);
  }

  /** Ends the timer and syncs the pending writes. */
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
