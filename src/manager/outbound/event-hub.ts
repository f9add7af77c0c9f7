import type { StoredEvent } from "../../engine/index.js";
import { NetworkError } from "../../protocol/errors.js";

/** Listeners: subscriptions of API sockets and embedding programs. The API has a lower cap of its own. */
export const LISTENERS_MAX = 1024;

/** Gives each event of the engine to all listeners, in order. A listener that throws is removed. */
export class EventHub {
  readonly #listeners = new Set<(event: StoredEvent) => void>();
  #sequence = 0;

  get listeners(): number {
    return this.#listeners.size;
  }

  /** Sequence of the newest event. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Sets the sequence at the start to that of the newest stored event. */
  resumeAt(sequence: number): void {
    this.#sequence = sequence;
  }

  /** `peer_busy` beyond the cap. */
  subscribe(listener: (event: StoredEvent) => void): () => void {
    if (this.#listeners.size >= LISTENERS_MAX)
      throw new NetworkError("peer_busy", `${LISTENERS_MAX} listeners are registered already`);
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  emit(event: StoredEvent): void {
    this.#sequence = Math.max(this.#sequence, event.sequence);
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch {
        this.#listeners.delete(listener);
      }
    }
  }

  stop(): void {
    this.#listeners.clear();
  }
}
