import type { Schedule } from "../world/schedule.js";

/** The wall clock of one node: simulated time with an offset, a drift and steps. Its timers run on true time. */
export class NodeClock {
  readonly #schedule: Schedule;
  #offsetMs = 0;
  /** Parts per million that the clock gains. */
  #driftPpm = 0;
  /** Time at which offset and drift were set last. */
  #sinceMs: number;

  constructor(schedule: Schedule) {
    this.#schedule = schedule;
    this.#sinceMs = schedule.nowMs;
  }

  /** Whole milliseconds since the epoch as this node believes. */
  readonly nowMs = (): number => Math.floor(this.#schedule.nowMs + this.errorMs);

  /** How far the clock is ahead of true time; negative: behind. */
  get errorMs(): number {
    return this.#offsetMs + ((this.#schedule.nowMs - this.#sinceMs) * this.#driftPpm) / 1_000_000;
  }

  /** Moves the clock by `byMs` at once. */
  step(byMs: number): void {
    this.#settle();
    this.#offsetMs += byMs;
  }

  drift(ppm: number): void {
    this.#settle();
    this.#driftPpm = ppm;
  }

  /** Sets the clock to true time. */
  correct(): void {
    this.#offsetMs = 0;
    this.#driftPpm = 0;
    this.#sinceMs = this.#schedule.nowMs;
  }

  #settle(): void {
    this.#offsetMs = this.errorMs;
    this.#sinceMs = this.#schedule.nowMs;
  }
}
