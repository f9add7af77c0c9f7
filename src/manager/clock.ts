/** The engine's waits are whole seconds; half of one is the most that a tick may add to them. */
const TICK_MS = 500;
/** Shortest wait for something due: a bundle of own records is sent within 5 ms. */
const DUE_MIN_MS = 1;

export interface ClockPorts {
  readonly nowMs: () => number;
  /** When the engine next wants a tick, in ms since the epoch; undefined when nothing waits. */
  readonly nextDueMs: () => number | undefined;
  readonly tick: () => void;
}

/** Turns real time into `tick` events: regularly, and earlier when the engine says that something is due. */
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

  /** To be called after every step: what the engine wants may have come nearer. */
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
