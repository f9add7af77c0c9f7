import { Heap } from "./heap.js";

/** One incarnation of a process. Its timers, reads and writes end with it. */
export class Life {
  /** Name of the node. */
  readonly name: string;
  alive = true;

  constructor(name: string) {
    this.name = name;
  }
}

/** A scheduled call. It runs at most once. */
export interface Ticket {
  readonly atUs: number;
  readonly order: number;
  readonly life: Life | undefined;
  /** Undefined after it ran or was cancelled. */
  run: (() => void) | undefined;
}

/** Calls in one turn of the real event loop; all microtasks run between two calls. */
const CALLS_A_TURN = 64;

const realSetImmediate = globalThis.setImmediate;

/**
 * Simulated time: calls in the order of their time, then of their scheduling. A call belongs to a life and does not run
 * after the end of that life. All promise reactions of a call run before the next call, with {@link Schedule.life}
 * still set: a simulated part that schedules from a promise reaction schedules for the right node.
 */
export class Schedule {
  /** Microseconds since the epoch, an integer. */
  #nowUs: number;
  readonly startUs: number;
  readonly #heap = new Heap<Ticket>((a, b) => a.atUs < b.atUs || (a.atUs === b.atUs && a.order < b.order));
  #order = 0;
  #life: Life | undefined;
  /** Real work that simulated time waits for. */
  #held = 0;
  /** Goes on with the run after the last held work. */
  #resume: (() => void) | undefined;
  /** Calls that ran. */
  events = 0;
  /** Called before each call, with its number of the run. */
  onEvent: ((ticket: Ticket) => void) | undefined;

  constructor(startMs: number) {
    this.startUs = startMs * 1000;
    this.#nowUs = this.startUs;
  }

  /** The life of the call that runs; undefined in a call of the world. */
  get life(): Life | undefined {
    return this.#life;
  }

  get nowUs(): number {
    return this.#nowUs;
  }

  /** Milliseconds since the epoch, with a fraction. */
  get nowMs(): number {
    return this.#nowUs / 1000;
  }

  /** Calls that wait, cancelled ones included until their time. */
  get waiting(): number {
    return this.#heap.size;
  }

  /** Calls `run` after `delayMs` (a fraction counts to the microsecond; negative counts as 0) in the given life. */
  after(delayMs: number, life: Life | undefined, run: () => void): Ticket {
    const delayUs = Math.max(0, Math.round(delayMs * 1000));
    const ticket: Ticket = { atUs: this.#nowUs + delayUs, order: this.#order++, life, run };
    this.#heap.push(ticket);
    return ticket;
  }

  cancel(ticket: Ticket): void {
    ticket.run = undefined;
  }

  /** A promise that resolves after `delayMs` in the life of the running call; never, if that life ends before. */
  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.after(delayMs, this.#life, resolve));
  }

  /**
   * Stops simulated time until a real promise has settled. Its reactions that were added before this call run first.
   * They must not schedule: the order of two real promises is not a function of the seed.
   */
  hold(real: Promise<unknown>): void {
    this.#held++;
    const settled = (): void => {
      this.#held--;
      if (this.#held > 0) return;
      const resume = this.#resume;
      this.#resume = undefined;
      resume?.();
    };
    real.then(settled, settled);
  }

  /** Calls `work` in a life, now: scheduling inside it is for that life. */
  within<T>(life: Life | undefined, work: () => T): T {
    const before = this.#life;
    this.#life = life;
    try {
      return work();
    } finally {
      this.#life = before;
    }
  }

  /**
   * Runs all calls up to `untilMs` and sets the time to it. Stops before that when `stop` returns true, which it asks
   * before each call. Rejects with the first error that a call throws.
   */
  run(untilMs: number, stop: () => boolean = () => false): Promise<void> {
    const untilUs = Math.round(untilMs * 1000);
    return new Promise((resolve, reject) => {
      let over = false;
      const end = (settle: () => void): void => {
        over = true;
        this.#life = undefined;
        settle();
      };
      const call = (): void => {
        if (over || this.#held > 0) return;
        try {
          if (stop() || !this.#advance(untilUs)) end(resolve);
        } catch (error) {
          end(() => reject(error));
        }
      };
      const turn = (): void => {
        if (over) return;
        if (this.#held > 0) {
          this.#resume = turn;
          return;
        }
        for (let i = 0; i < CALLS_A_TURN; i++) realSetImmediate(call);
        realSetImmediate(turn);
      };
      turn();
    });
  }

  /** Runs the next call; false: none is due, and the time is `untilUs`. */
  #advance(untilUs: number): boolean {
    const next = this.#next(untilUs);
    if (next === undefined) this.#nowUs = untilUs;
    else this.#call(next);
    return next !== undefined;
  }

  /** Takes the next call that is due and not cancelled. */
  #next(untilUs: number): Ticket | undefined {
    for (;;) {
      const first = this.#heap.first;
      if (first === undefined || first.atUs > untilUs) return undefined;
      this.#heap.pop();
      if (first.run !== undefined && first.life?.alive !== false) return first;
    }
  }

  #call(ticket: Ticket): void {
    const { run } = ticket;
    ticket.run = undefined;
    this.#nowUs = ticket.atUs;
    this.#life = ticket.life;
    this.events++;
    this.onEvent?.(ticket);
    run?.();
  }
}
