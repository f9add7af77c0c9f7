/** The shortest tick; several blocks may be due at one tick. */
const MIN_TICK_MS = 5;
/** Cap of the blocks of one tick, for a tick after a pause of the machine. */
const MAX_AT_ONCE = 1000;

/** Mines by the clock. It keeps its rate while it is paused. */
export class BlockTimer {
  readonly #mine: (count: number) => void;
  #blockMs: number | undefined;
  #running = false;
  #timer: NodeJS.Timeout | undefined;

  /** Undefined: never. */
  constructor(mine: (count: number) => void, blockMs: number | undefined) {
    this.#mine = mine;
    this.#blockMs = blockMs;
  }

  /** Undefined: not any more. */
  setRate(blockMs: number | undefined): void {
    this.#blockMs = blockMs;
    if (this.#running) this.run();
  }

  run(): void {
    this.pause();
    this.#running = true;
    const blockMs = this.#blockMs;
    if (blockMs === undefined) return;
    let due = performance.now() + blockMs;
    const mineWhatIsDue = (): void => {
      const late = performance.now() - due;
      if (late < 0) return;
      const count = Math.min(MAX_AT_ONCE, Math.floor(late / blockMs) + 1);
      due = Math.max(due + count * blockMs, performance.now());
      this.#mine(count);
    };
    this.#timer = setInterval(mineWhatIsDue, Math.max(MIN_TICK_MS, blockMs));
  }

  pause(): void {
    this.#running = false;
    clearInterval(this.#timer);
  }
}
