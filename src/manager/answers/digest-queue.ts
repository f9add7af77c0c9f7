import { setImmediate } from "node:timers/promises";
import type { Engine } from "../../engine/index.js";
import { toHex } from "../../protocol/bytes.js";
import { NetworkError } from "../../protocol/errors.js";

/** Longest time that a slice blocks the event loop. */
const SLICE_MS = 5;

/** Most digests that wait or are computed: the first one reads every record, and people ask for few. */
export const DIGESTS_MAX = 8;

export interface DigestQueuePorts {
  readonly engine: Pick<Engine, "digestSteps">;
  /** A monotonic clock; it only measures slices. */
  readonly elapsedMs: () => number;
}

/** Computes state digests one after the other, in slices. */
export class DigestQueue {
  readonly #ports: DigestQueuePorts;
  readonly #stopping = new AbortController();
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(ports: DigestQueuePorts) {
    this.#ports = ports;
  }

  /** Digests under way. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Hex. Throws `peer_busy` beyond the bound or while a task is read from the disk, and `stopped` at a stop. */
  take(atSeconds: number): Promise<string> {
    if (this.#waiting >= DIGESTS_MAX) {
      const details = { limit: DIGESTS_MAX };
      const busy = `${DIGESTS_MAX} state digests are being computed already`;
      return Promise.reject(new NetworkError("peer_busy", busy, { details }));
    }
    this.#waiting++;
    const digest = this.#last
      .then(() => this.#compute(atSeconds))
      .finally(() => {
        this.#waiting--;
      });
    this.#last = digest.catch(() => undefined);
    return digest;
  }

  /** Aborts the digests and waits for their end. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#last;
  }

  async #compute(atSeconds: number): Promise<string> {
    const { engine, elapsedMs } = this.#ports;
    const steps = engine.digestSteps(atSeconds);
    try {
      for (;;) {
        if (this.#stopping.signal.aborted) throw new NetworkError("stopped", "the node stops");
        const untilMs = elapsedMs() + SLICE_MS;
        do {
          const { value, done } = steps.next();
          if (done !== true) continue;
          if (value !== undefined) return toHex(value);
          throw new NetworkError("peer_busy", "a task is being read from the disk: ask again");
        } while (elapsedMs() < untilMs);
        await setImmediate();
      }
    } finally {
      // Releases unfinished hashes.
      steps.return(undefined);
    }
  }
}
