import { Backoff } from "../../engine/index.js";

/** The first pause is enough for a host that was busy. The longest one is for a host that always refuses. */
const PAUSE = new Backoff(1000, 600_000);

/**
 * Retries own records whose intent is on the disk and which are not stored: the signer did not sign them, the disk
 * refused them, or the database lost them. The pauses of `PAUSE` grow until all records are stored. A local key never
 * refuses; a key of the host may.
 */
export class OwnRetry {
  #finish: (() => Promise<void>) | undefined;
  /** Runs in a row after which a signature was still lacking. */
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  #running = false;
  #failed = false;
  #stopped = false;

  /** `finish` tries all unfinished records; it must not reject. The result stops the retries. */
  start(finish: () => Promise<void>): () => void {
    this.#finish = finish;
    return () => this.#stop();
  }

  /** The signer refused or is unavailable, the disk refuses writes, or the database lost a value. */
  unfinished(): void {
    this.#failed = true;
    if (!this.#running) this.#later();
  }

  #stop(): void {
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
    await this.#finish?.();
    this.#running = false;
    this.#failures = this.#failed ? this.#failures + 1 : 0;
    if (this.#failed) this.#later();
  }
}
