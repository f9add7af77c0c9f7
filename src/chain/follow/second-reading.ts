import { setImmediate as nextTurn } from "node:timers/promises";
import { BLOCKS_PER_CALL, type BlockSource, type FactsReview } from "../types.js";

/** The shortest time from the end of a reading to the next one. */
const GAP_MS = 3_600_000;
/** The same in durations of the last reading: reading again takes at most a tenth of the time, whatever peers say. */
const GAP_DURATIONS = 9;
/** After a reading that failed. */
const RETRY_MS = 60_000;
/** Calls until the reading yields to the event loop: a source may answer without I/O. */
const CALLS_PER_TURN = 16;

export interface SecondReadingOptions {
  readonly source: Pick<BlockSource, "blocks">;
  /** `FactsSource.review`. */
  readonly review: () => FactsReview | undefined;
  readonly nowMs: () => number;
}

/**
 * Reads the stable blocks of the chain a second time, in the background, when there is a doubt about the first reading.
 * One reading runs at a time.
 */
export class SecondReading {
  readonly #options: SecondReadingOptions;
  readonly #stopping = new AbortController();
  #running = false;
  /** When the last reading ended, and when the next one may start. */
  #last: { readonly endMs: number; readonly nextMs: number } | undefined;

  constructor(options: SecondReadingOptions) {
    this.#options = options;
  }

  /**
   * Starts a reading, unless one runs or the last one ended too short a time ago. Callers repeat it while the doubt
   * lasts.
   */
  ask(): void {
    const { nowMs, review } = this.#options;
    const startMs = nowMs();
    if (this.#running || this.#stopping.signal.aborted) return;
    // A clock that was set back causes no delay.
    if (this.#last !== undefined && startMs >= this.#last.endMs && startMs < this.#last.nextMs) return;
    const taken = review();
    if (taken === undefined) return;
    this.#running = true;
    void this.#read(taken).then((isComplete) => {
      const endMs = nowMs();
      const gapMs = taken.end(isComplete) ? Math.max(GAP_MS, GAP_DURATIONS * (endMs - startMs)) : RETRY_MS;
      this.#last = { endMs, nextMs: endMs + gapMs };
      this.#running = false;
    });
  }

  stop(): void {
    this.#stopping.abort();
  }

  /** False: a block is not available, or the chain has another block at the last place. */
  async #read({ last, block }: FactsReview): Promise<boolean> {
    const { signal } = this.#stopping;
    try {
      for (let from = 0, calls = 1; from <= last.topoheight; from += BLOCKS_PER_CALL, calls++) {
        const to = Math.min(last.topoheight, from + BLOCKS_PER_CALL - 1);
        const blocks = await this.#options.source.blocks(from, to, signal);
        if (signal.aborted || blocks.length !== to - from + 1) return false;
        if (to === last.topoheight && blocks.at(-1)?.hash !== last.hash) return false;
        for (const [i, one] of blocks.entries()) {
          if (one.topoheight !== from + i) return false;
          block(one);
        }
        if (calls % CALLS_PER_TURN === 0) await nextTurn();
      }
      return true;
    } catch {
      // The follower reports a source that fails.
      return false;
    }
  }
}
