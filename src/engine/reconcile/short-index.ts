import type { ShortId } from "../../protocol/difference-frames.js";
import type { ShortIds } from "./short-ids.js";

const FIRST_SLOTS = 16;

/**
 * A set of short ids: open addressing. Short ids are keyed hashes, so nobody can choose some that collide. A peer that
 * knows the key names at most a few thousand at once.
 */
export class ShortIndex {
  #slots = new Uint32Array(2 * FIRST_SLOTS);
  #used = new Uint8Array(FIRST_SLOTS);
  #held = 0;
  #size = 0;

  /** The short ids of a list. */
  static of(ids: Iterable<ShortId>): ShortIndex {
    const index = new ShortIndex();
    for (const { high, low } of ids) index.add(high, low);
    return index;
  }

  get size(): number {
    return this.#size;
  }

  has(high: number, low: number): boolean {
    return this.#used[this.#find(high, low)] === HELD;
  }

  /** False: it was in the set. */
  add(high: number, low: number): boolean {
    const found = this.#find(high, low);
    if (this.#used[found] === HELD) return false;
    if (this.#used[found] === FREE && 4 * ++this.#held > 3 * this.#used.length) {
      this.#grow();
      return this.add(high, low);
    }
    this.#slots[2 * found] = high;
    this.#slots[2 * found + 1] = low;
    this.#used[found] = HELD;
    this.#size++;
    return true;
  }

  /** False: it was not in the set. */
  delete(high: number, low: number): boolean {
    const found = this.#find(high, low);
    if (this.#used[found] !== HELD) return false;
    this.#used[found] = DELETED;
    this.#size--;
    return true;
  }

  /** The slot of the short id, or the one in which it would be put. */
  #find(high: number, low: number): number {
    const mask = this.#used.length - 1;
    for (let at = low & mask; ; at = (at + 1) & mask) {
      if (this.#used[at] === FREE) return at;
      if (this.#slots[2 * at] === high && this.#slots[2 * at + 1] === low) return at;
    }
  }

  #grow(): void {
    const { length } = this.#used;
    const [slots, used] = [this.#slots, this.#used];
    this.#slots = new Uint32Array(4 * length);
    this.#used = new Uint8Array(2 * length);
    this.#held = 0;
    this.#size = 0;
    for (let at = 0; at < length; at++) {
      if (used[at] === HELD) this.add(slots[2 * at] as number, slots[2 * at + 1] as number);
    }
  }
}

const FREE = 0;
const HELD = 1;
/** Its slot stays in use, so that searches go on past it. */
const DELETED = 2;

/** The indexes of `ids` whose short id is in `sought`. */
export function matches(ids: ShortIds, sought: ShortIndex): number[] {
  const found: number[] = [];
  for (let at = 0; at < ids.count; at++) if (sought.has(ids.high(at), ids.low(at))) found.push(at);
  return found;
}
