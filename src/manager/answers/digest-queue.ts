import { setImmediate } from "node:timers/promises";
import type { Engine } from "../../engine/index.js";
import { toHex } from "../../protocol/bytes.js";
import { NetworkError } from "../../protocol/errors.js";

/** Longest that the digest keeps the event loop to itself: gossip and peers go on between two slices. */
const SLICE_MS = 5;

/** Digests that wait for their turn or are computed: each reads every record. */
export const DIGESTS_MAX = 8;

export interface DigestQueuePorts {
  readonly engine: Pick<Engine, "digestSteps">;
  /** A clock for the length of slices only. */
  readonly elapsedMs: () => number;
}

/** Computes state digests for callers: in slices, and one after the other. */
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

  /** Hex. `peer_busy` while others wait or a task is read back from the disk, `stopped` when the node stops. */
  take(atSeconds: number): Promise<string> {
    if (this.#waiting >= DIGESTS_MAX) {
      return Promise.reject(new NetworkError("peer_busy", `${DIGESTS_MAX} state digests are being computed already`));
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

  /** Ends what is under way. */
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
          throw new NetworkError("peer_busy", "a task is being read back from the disk: ask again");
        } while (elapsedMs() < untilMs);
        await setImmediate();
      }
    } finally {
      // Ends the hashes under way.
      steps.return(undefined);
    }
  }
}
