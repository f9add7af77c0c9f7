import type { StoredEvent } from "../../engine/index.js";
import { NetworkError } from "../../protocol/errors.js";

/** Listeners: each is one API socket's subscription or one embedding program; the API caps its own lower. */
export const LISTENERS_MAX = 1024;

/** Hands each event of the engine to those who listen, in order. A listener that throws is dropped, the rest go on. */
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

  /** Called at start with the newest stored event's. */
  resumeAt(sequence: number): void {
    this.#sequence = sequence;
  }

  /** `peer_busy` beyond the cap. */
  subscribe(listener: (event: StoredEvent) => void): () => void {
    if (this.#listeners.size >= LISTENERS_MAX)
      throw new NetworkError("peer_busy", `${LISTENERS_MAX} programs listen already`);
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
