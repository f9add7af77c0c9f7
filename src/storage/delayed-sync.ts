import type { NetworkError } from "../protocol/errors.js";
import { storageError } from "./storage-error.js";

/** What the store contract promises is one second; half of it leaves room for a busy event loop. */
export const SYNC_DELAY_MS = 500;

/**
 * Brings writes that did not wait for the disk there soon after: the first of them starts a timer, the timer syncs the
 * write-ahead log. A sync that fails is told to the next writer: from then on nothing may be promised.
 */
export class DelayedSync {
  readonly #sync: () => Promise<void>;
  readonly #delayMs: number;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #failure: NetworkError | undefined;

  constructor(sync: () => Promise<void>, delayMs = SYNC_DELAY_MS) {
    this.#sync = sync;
    this.#delayMs = delayMs;
  }

  /** Throws the failure of an earlier sync. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Something was written that is not on the disk yet. */
  wrote(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#running = this.#running.then(() => this.#run());
    }, this.#delayMs);
  }

  /** Ends the timer and syncs what it was waiting for. Never throws: the failure is in {@link check}. */
  async stop(): Promise<void> {
    if (this.#timer !== undefined) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#running = this.#running.then(() => this.#run());
    }
    await this.#running;
  }

  async #run(): Promise<void> {
    try {
      await this.#sync();
    } catch (cause) {
      this.#failure = storageError("the write-ahead log could not be synced", cause);
    }
  }
}
