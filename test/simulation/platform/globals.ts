import type { Ticket } from "../world/schedule.js";
import { platform } from "./ambient.js";

/** A simulated timer. `ref` and `unref` do nothing: the schedule decides when a run ends. */
class SimTimer {
  ticket: Ticket | undefined;

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  hasRef(): boolean {
    return true;
  }

  [Symbol.dispose](): void {
    clear(this);
  }
}

function clear(timer: unknown): void {
  if (!(timer instanceof SimTimer) || timer.ticket === undefined) return;
  platform().schedule.cancel(timer.ticket);
  timer.ticket = undefined;
}

/** Node.js raises a delay below 1 ms to 1 ms. */
function whole(delayMs: number | undefined): number {
  return delayMs === undefined || !(delayMs >= 1) ? 1 : Math.floor(delayMs);
}

export function setTimeout<A extends unknown[]>(run: (...args: A) => void, delayMs?: number, ...args: A): SimTimer {
  const { schedule } = platform();
  const timer = new SimTimer();
  timer.ticket = schedule.after(whole(delayMs), schedule.life, () => run(...args));
  return timer;
}

export function setInterval<A extends unknown[]>(run: (...args: A) => void, delayMs?: number, ...args: A): SimTimer {
  const { schedule } = platform();
  const { life } = schedule;
  const timer = new SimTimer();
  const arm = (): void => {
    timer.ticket = schedule.after(whole(delayMs), life, () => {
      arm();
      run(...args);
    });
  };
  arm();
  return timer;
}

export function setImmediate<A extends unknown[]>(run: (...args: A) => void, ...args: A): SimTimer {
  const { schedule } = platform();
  const timer = new SimTimer();
  timer.ticket = schedule.after(0, schedule.life, () => run(...args));
  return timer;
}

export const clearTimeout = clear;
export const clearInterval = clear;
export const clearImmediate = clear;

/** Steady milliseconds since the start of the run. */
export const performance = {
  /** The time of the world at its start, ms since the epoch. */
  get timeOrigin(): number {
    return platform().schedule.startUs / 1000;
  },
  now(): number {
    const { schedule } = platform();
    return (schedule.nowUs - schedule.startUs) / 1000;
  },
};

/** The wall clock of the world. Nodes get theirs, which may be wrong, as an option. */
export function dateNow(): number {
  return Math.floor(platform().schedule.nowMs);
}

/** `Math.random` from the seed. */
export function mathRandom(): number {
  return platform().random.unit();
}
