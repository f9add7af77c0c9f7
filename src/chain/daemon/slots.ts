import { NetworkError } from "../../protocol/errors.js";

/** Requests in flight on one connection: enough to hide the latency, too few to load the daemon. */
export const IN_FLIGHT_MAX = 16;
/**
 * Callers that wait for a slot. The node's rounds need a few dozen; more means a caller that does not wait for answers.
 */
export const WAITING_MAX = 256;

/** A semaphore with a bounded FIFO queue. Throws `peer_busy` if the queue is full. */
export class Slots {
  readonly #waiting: (() => void)[] = [];
  #taken = 0;

  get sizes(): { readonly taken: number; readonly waiting: number } {
    return { taken: this.#taken, waiting: this.#waiting.length };
  }

  /** Resolves with a function that releases the slot. */
  async take(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#taken < IN_FLIGHT_MAX) this.#taken++;
    else await this.#wait(signal);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#free();
    };
  }

  #free(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#taken--;
    else next();
  }

  async #wait(signal: AbortSignal): Promise<void> {
    if (this.#waiting.length >= WAITING_MAX)
      throw new NetworkError("peer_busy", "too many requests wait for the daemon");
    await new Promise<void>((resolve, reject) => {
      const turn = () => {
        signal.removeEventListener("abort", leave);
        resolve();
      };
      const leave = () => {
        const at = this.#waiting.indexOf(turn);
        if (at >= 0) this.#waiting.splice(at, 1);
        reject(signal.reason);
      };
      this.#waiting.push(turn);
      signal.addEventListener("abort", leave, { once: true });
    });
  }
}
