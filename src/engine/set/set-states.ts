import { fromHex, toHex } from "../../protocol/bytes.js";
import { groupState, windowDigest } from "../../protocol/digests.js";
import type { Blake3 } from "../../protocol/hash.js";
import type { WindowState } from "../writes.js";
import type { MemberColumns } from "./member-columns.js";
import type { Window, WindowIndex } from "./window-index.js";

/** Bytes of an id. */
const ID_BYTES = 32;

/** What a hash costs beside its input, and how much input a microsecond takes, as the budgets count it. */
const HASH_US = 8;
const IDS_PER_US = 4;

/** Number of members and digest of a day, or of some days, of a strand. */
export interface GroupState {
  readonly count: number;
  /** 32 bytes. */
  readonly state: Uint8Array;
}

/**
 * The digests of windows, days and roots of the set (protocol.md, Fingerprints). Each is computed at the first call
 * after a change and kept, so that the cost of a comparison depends on what changed since the last one.
 */
export class SetStates {
  readonly #blake3: Blake3;
  readonly #members: MemberColumns;
  readonly #windows: WindowIndex;

  constructor(blake3: Blake3, members: MemberColumns, windows: WindowIndex) {
    this.#blake3 = blake3;
    this.#members = members;
    this.#windows = windows;
  }

  /** Count and digest of a non-empty window. */
  window(strand: string, window: number): WindowState | undefined {
    const held = this.#windows.window(strand, window);
    return held === undefined ? undefined : { strand, window, count: held.count, state: this.#stateOf(held) };
  }

  /** Non-empty days of a strand from `fromDay` to `toDay` (by default the last), ascending. */
  days(strand: string, fromDay: number, toDay = Number.POSITIVE_INFINITY): number[] {
    return this.#windows.days(strand).filter((day) => day >= fromDay && day <= toDay);
  }

  /** Non-empty windows of a day, ascending. */
  windowsOf(strand: string, day: number): readonly number[] {
    return this.#windows.day(strand, day)?.windows ?? [];
  }

  /** Non-empty windows of a strand from `from` to, not including, `to`, descending. */
  windowsBetween(strand: string, from: number, to: number): number[] {
    return this.#windows.between(strand, from, to);
  }

  /** Undefined: the day is empty. The state is the same array until the day changes. */
  day(strand: string, day: number): GroupState | undefined {
    const held = this.#windows.day(strand, day);
    if (held === undefined) return undefined;
    held.state ??= groupState(
      this.#blake3,
      held.windows.flatMap((number) => {
        const window = this.#windows.window(strand, number);
        const state = window === undefined ? undefined : fromHex(this.#stateOf(window));
        return state === undefined ? [] : [{ number, state }];
      }),
    );
    return { count: held.count, state: held.state };
  }

  /** The root over the days from `fromDay` to `toDay`. */
  root(strand: string, fromDay: number, toDay: number): GroupState {
    let count = 0;
    const parts = this.days(strand, fromDay, toDay).flatMap((number) => {
      const day = this.day(strand, number);
      count += day?.count ?? 0;
      return day === undefined ? [] : [{ number, state: day.state }];
    });
    return { count, state: groupState(this.#blake3, parts) };
  }

  /**
   * Computes missing digests of a strand, newest first, until the budget is spent, about so many us. Returns what is
   * left of it; 0: some may still be missing.
   */
  refresh(strand: string, budget: number): number {
    let left = budget;
    for (const day of [...this.#windows.days(strand)].reverse()) {
      const held = this.#windows.day(strand, day);
      if (held === undefined || held.state !== undefined) continue;
      for (const number of held.windows) {
        const window = this.#windows.window(strand, number);
        if (window === undefined || window.state !== undefined) continue;
        if (left <= 0) return 0;
        this.#stateOf(window);
        left -= HASH_US + Math.floor(window.count / IDS_PER_US);
      }
      if (left <= 0) return 0;
      this.day(strand, day);
      left -= HASH_US + Math.floor(held.windows.length / IDS_PER_US);
    }
    return Math.max(0, left);
  }

  #stateOf(window: Window): string {
    const { handles, count } = window;
    if (window.state === undefined) {
      const ids = new Uint8Array(ID_BYTES * count);
      for (let at = 0; at < count; at++) this.#members.writeId(handles[at] as number, ids, ID_BYTES * at);
      window.state = toHex(windowDigest(this.#blake3, count, ids));
    }
    return window.state;
  }
}
