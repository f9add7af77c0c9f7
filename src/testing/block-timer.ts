/** Blocks are mined so often at most; between two of these moments several may be due. */
const MIN_TICK_MS = 5;
/** After a pause of the machine not all that was missed comes at once. */
const MAX_AT_ONCE = 1000;

/** Mines by the clock. */
export class BlockTimer {
  readonly #mine: (count: number) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(mine: (count: number) => void) {
    this.#mine = mine;
  }

  /** Undefined: never. */
  start(blockMs: number | undefined): void {
    this.stop();
    if (blockMs === undefined) return;
    let due = performance.now() + blockMs;
    this.#timer = setInterval(
      () => {
        const count = Math.min(MAX_AT_ONCE, Math.floor((performance.now() - due) / blockMs) + 1);
        if (count < 1) return;
        due = Math.max(due + count * blockMs, performance.now());
        this.#mine(count);
      },
      Math.max(MIN_TICK_MS, blockMs),
    );
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
