import { groupState } from "../../protocol/digests.js";
import type { Blake3 } from "../../protocol/hash.js";

export interface DayStatePorts {
  readonly blake3: Blake3;
  readonly windowsPerDay: number;
  /** Non-empty windows of a strand, ascending. */
  windows(strand: string): readonly number[];
  /** State of a non-empty window, 32 bytes. */
  windowState(strand: string, window: number): Uint8Array;
}

/** States of the days of a strand (protocol.md, "Fingerprints"). A change costs the hash of one day. */
export class DayStates {
  readonly #ports: DayStatePorts;
  /** By strand and day, as far as computed since the last change. Bounded by the days with a member. */
  readonly #states = new Map<string, Map<number, Uint8Array>>();

  constructor(ports: DayStatePorts) {
    this.#ports = ports;
  }

  /** A window has changed. */
  changed(strand: string, window: number): void {
    this.#states.get(strand)?.delete(Math.floor(window / this.#ports.windowsPerDay));
  }

  /** Days from `from` on with a member, ascending. */
  days(strand: string, from: number): number[] {
    const { windowsPerDay } = this.#ports;
    const windows = this.#ports.windows(strand);
    const days: number[] = [];
    for (let at = firstFrom(windows, from * windowsPerDay); at < windows.length; ) {
      const day = Math.floor((windows[at] as number) / windowsPerDay);
      days.push(day);
      at = firstFrom(windows, (day + 1) * windowsPerDay);
    }
    return days;
  }

  /** The state of a day with a member, 32 bytes: the same array until the day changes. */
  state(strand: string, day: number): Uint8Array {
    const held = this.#states.get(strand)?.get(day);
    if (held !== undefined) return held;
    const { blake3, windowsPerDay } = this.#ports;
    const windows = this.#ports.windows(strand);
    const [first, end] = [day, day + 1].map((each) => firstFrom(windows, each * windowsPerDay));
    const parts = windows.slice(first, end).map((number) => ({
      number,
      state: this.#ports.windowState(strand, number),
    }));
    const state = groupState(blake3, parts);
    const states = this.#states.get(strand) ?? new Map<number, Uint8Array>();
    this.#states.set(strand, states.set(day, state));
    return state;
  }
}

/** Index of the first window that is not below `least`. */
function firstFrom(windows: readonly number[], least: number): number {
  let [low, high] = [0, windows.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((windows[middle] as number) < least) low = middle + 1;
    else high = middle;
  }
  return low;
}
