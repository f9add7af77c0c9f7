/** Cap of the waiters. */
export const MAX_WAITERS = 1024;

interface Waiter {
  readonly holds: () => boolean;
  readonly resolve: () => void;
  readonly reject: (reason: Error) => void;
}

/** Promises about a changing state. The code that changes the state calls `check`. */
export class Watch {
  readonly #waiters = new Set<Waiter>();

  /** Resolves when `holds` is true, at once if it is true now. Rejects when the daemon is stopped for good. */
  until(holds: () => boolean): Promise<void> {
    if (holds()) return Promise.resolve();
    if (this.#waiters.size >= MAX_WAITERS) return Promise.reject(new RangeError("too many waiters"));
    return new Promise((resolve, reject) => void this.#waiters.add({ holds, resolve, reject }));
  }

  check(): void {
    for (const waiter of this.#waiters) {
      if (!waiter.holds()) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }

  abandon(reason: Error): void {
    for (const { reject } of this.#waiters) reject(reason);
    this.#waiters.clear();
  }
}
