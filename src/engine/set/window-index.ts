/** First capacity of a window. */
const FIRST_CAPACITY = 4;

/** The members of one window, as handles in the order of their ids. */
export interface Window {
  /** Only the first `count` count. */
  handles: Uint32Array;
  count: number;
  /** Hex of the digest; undefined after a change. */
  state: string | undefined;
  /** The last handles are in no order. */
  isUnsorted: boolean;
}

/** The non-empty windows of one day. */
export interface Day {
  /** Ascending. */
  readonly windows: number[];
  /** Members. */
  count: number;
  /** Digest, 32 bytes; undefined after a change. */
  state: Uint8Array | undefined;
}

interface Strand {
  readonly windows: Map<number, Window>;
  readonly days: Map<number, Day>;
  /** The numbers of the windows, ascending; undefined after a window was added or removed. */
  order: number[] | undefined;
}

const NO_WINDOWS: readonly number[] = [];

/** Members by strand, day and window. */
export class WindowIndex {
  /** Order of the ids of two handles: negative, zero or positive. */
  readonly #compare: (a: number, b: number) => number;
  readonly #strands = new Map<string, Strand>();

  readonly #windowsPerDay: number;

  /** A window is of one day: `windowsPerDay` windows are a day. */
  constructor(compare: (a: number, b: number) => number, windowsPerDay = 1) {
    this.#compare = compare;
    this.#windowsPerDay = windowsPerDay;
  }

  /** Strands with a member, in no order. */
  strands(): IterableIterator<string> {
    return this.#strands.keys();
  }

  /** Non-empty windows of a strand, ascending. */
  windows(strand: string): readonly number[] {
    const held = this.#strands.get(strand);
    if (held === undefined) return NO_WINDOWS;
    held.order ??= [...held.windows.keys()].sort((a, b) => a - b);
    return held.order;
  }

  /** Non-empty windows of a strand from `from` to, not including, `to`, descending. */
  between(strand: string, from: number, to: number): number[] {
    const windows = this.windows(strand);
    let low = 0;
    let high = windows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((windows[middle] as number) < from) low = middle + 1;
      else high = middle;
    }
    const found: number[] = [];
    for (; low < windows.length && (windows[low] as number) < to; low++) found.push(windows[low] as number);
    return found.reverse();
  }

  window(strand: string, window: number): Window | undefined {
    const held = this.#strands.get(strand)?.windows.get(window);
    if (held?.isUnsorted === true) {
      held.isUnsorted = false;
      held.handles.subarray(0, held.count).sort(this.#compare);
    }
    return held;
  }

  /** Days of a strand with a member, ascending. */
  days(strand: string): number[] {
    return [...(this.#strands.get(strand)?.days.keys() ?? [])].sort((a, b) => a - b);
  }

  day(strand: string, day: number): Day | undefined {
    return this.#strands.get(strand)?.days.get(day);
  }

  add(strand: string, window: number, handle: number): void {
    const members = this.#extended(strand, window);
    const { count } = members;
    const at = members.isUnsorted ? count : this.#position(members, handle);
    members.handles.copyWithin(at + 1, at, count);
    members.handles[at] = handle;
    members.count++;
    members.state = undefined;
  }

  /** The same for many members: the next read of the window brings them into order. */
  append(strand: string, window: number, handle: number): void {
    const members = this.#extended(strand, window);
    members.handles[members.count++] = handle;
    members.isUnsorted = true;
    members.state = undefined;
  }

  /** The window with room for one more member of its day. */
  #extended(strand: string, window: number): Window {
    let held = this.#strands.get(strand);
    if (held === undefined) {
      held = { windows: new Map(), days: new Map(), order: undefined };
      this.#strands.set(strand, held);
    }
    let members = held.windows.get(window);
    if (members === undefined) {
      members = { handles: new Uint32Array(FIRST_CAPACITY), count: 0, state: undefined, isUnsorted: false };
      held.windows.set(window, members);
      held.order = undefined;
    }
    this.#joinDay(held, window, members.count === 0);
    if (members.count === members.handles.length) members.handles = enlarged(members.handles);
    return members;
  }

  /** Removes a member while its id is still known. */
  remove(strand: string, window: number, handle: number): void {
    const held = this.#strands.get(strand);
    const members = this.window(strand, window);
    if (held === undefined || members === undefined) return;
    const at = this.#position(members, handle);
    if (members.handles[at] !== handle || at >= members.count) return;
    members.handles.copyWithin(at, at + 1, members.count);
    members.count--;
    members.state = undefined;
    this.#leaveDay(held, window, members.count === 0);
    if (members.count > 0) return;
    held.windows.delete(window);
    held.order = undefined;
    if (held.windows.size === 0) this.#strands.delete(strand);
  }

  #joinDay({ days }: Strand, window: number, isNew: boolean): void {
    const number = Math.floor(window / this.#windowsPerDay);
    let day = days.get(number);
    if (day === undefined) {
      day = { windows: [], count: 0, state: undefined };
      days.set(number, day);
    }
    day.count++;
    day.state = undefined;
    if (!isNew) return;
    const after = day.windows.findIndex((held) => held > window);
    day.windows.splice(after === -1 ? day.windows.length : after, 0, window);
  }

  #leaveDay({ days }: Strand, window: number, isEmpty: boolean): void {
    const number = Math.floor(window / this.#windowsPerDay);
    const day = days.get(number);
    if (day === undefined) return;
    day.count--;
    day.state = undefined;
    if (isEmpty) day.windows.splice(day.windows.indexOf(window), 1);
    if (day.count === 0) days.delete(number);
  }

  /** The index of a handle, or of its place. */
  #position({ handles, count }: Window, handle: number): number {
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(handles[middle] as number, handle) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function enlarged(handles: Uint32Array): Uint32Array {
  const larger = new Uint32Array(2 * handles.length);
  larger.set(handles);
  return larger;
}
