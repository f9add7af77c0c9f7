/** The first pause, after which a host that was busy signs again, and the longest, for one that refuses for good. */
const PAUSE_FIRST_MS = 1000;
const PAUSE_MAX_MS = 600_000;

/**
 * Own records whose intent is on the disk and whose signature could not be had: they are finished as after a crash, again and
 * again with longer pauses, until all of them are signed. Keys that lie here are never refused; those of a host may be.
 */
export class OwnRetry {
  /** Tries all that is unfinished; must not reject. */
  readonly #finish: () => Promise<void>;
  #pauseMs = PAUSE_FIRST_MS;
  #timer: NodeJS.Timeout | undefined;
  #running = false;
  #failed = false;
  #stopped = false;

  constructor(finish: () => Promise<void>) {
    this.#finish = finish;
  }

  /** A signature could not be had. */
  unsigned(): void {
    this.#failed = true;
    if (!this.#running) this.#later();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #later(): void {
    if (this.#stopped || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => void this.#run(), this.#pauseMs);
    this.#timer.unref();
  }

  async #run(): Promise<void> {
    this.#timer = undefined;
    this.#running = true;
    this.#failed = false;
    await this.#finish();
    this.#running = false;
    this.#pauseMs = this.#failed ? Math.min(PAUSE_MAX_MS, 2 * this.#pauseMs) : PAUSE_FIRST_MS;
    if (this.#failed) this.#later();
  }
}
