import { Backoff } from "../../engine/index.js";

/** A host that was busy signs after the first pause. The longest pause is for a host that always refuses. */
const PAUSE = new Backoff(1000, 600_000);

/**
 * Own records whose intent is on the disk and whose signature could not be had: they are finished as after a crash, again and
 * again with longer pauses, until all of them are signed. Keys that lie here are never refused; those of a host may be.
 */
export class OwnRetry {
  /** Tries all that is unfinished; must not reject. */
  readonly #finish: () => Promise<void>;
  /** Runs in a row after which a signature was still lacking. */
  #failures = 0;
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
    this.#timer = setTimeout(() => void this.#run(), PAUSE.waitMs(this.#failures));
    this.#timer.unref();
  }

  async #run(): Promise<void> {
    this.#timer = undefined;
    this.#running = true;
    this.#failed = false;
    await this.#finish();
    this.#running = false;
    this.#failures = this.#failed ? this.#failures + 1 : 0;
    if (this.#failed) this.#later();
  }
}
