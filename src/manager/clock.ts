/** Longest time between ticks. The engine waits in whole seconds, and a tick may be half a second late. */
const TICK_MS = 500;
/** Shortest time to a tick: a bundle of own records leaves within 5 ms. */
const DUE_MIN_MS = 1;

export interface ClockPorts {
  readonly nowMs: () => number;
  /** Time of the engine's next due work, ms since the epoch; undefined for none. */
  readonly nextDueMs: () => number | undefined;
  readonly tick: () => void;
}

/** Calls `tick` at least each `TICK_MS`, and earlier when the engine has work due. */
export class Clock {
  readonly #ports: ClockPorts;
  #timer: NodeJS.Timeout | undefined;
  #dueMs = Number.POSITIVE_INFINITY;
  #stopped = true;

  constructor(ports: ClockPorts) {
    this.#ports = ports;
  }

  start(): void {
    this.#stopped = false;
    this.#arm(this.#ports.nowMs() + TICK_MS);
  }

  /** Call it after each step: the due time may be earlier now. */
  touched(): void {
    const dueMs = this.#ports.nextDueMs();
    if (dueMs !== undefined && dueMs < this.#dueMs) this.#arm(dueMs);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(dueMs: number): void {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    this.#dueMs = dueMs;
    this.#timer = setTimeout(() => this.#fire(), Math.max(DUE_MIN_MS, dueMs - this.#ports.nowMs()));
  }

  #fire(): void {
    const nowMs = this.#ports.nowMs();
    this.#dueMs = Number.POSITIVE_INFINITY;
    this.#ports.tick();
    this.#arm(
      Math.min(nowMs + TICK_MS, Math.max(nowMs + DUE_MIN_MS, this.#ports.nextDueMs() ?? Number.POSITIVE_INFINITY)),
    );
  }
}
