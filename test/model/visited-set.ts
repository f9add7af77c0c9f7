/** Slots are never all taken: a search in a full table would not end. */
const LOAD_PERCENT = 70;

function mix(hash: number, word: number): number {
  let mixed = Math.imul(word, 0xcc9e2d51);
  mixed = Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593) ^ hash;
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

function finish(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/**
 * A set of states as fingerprints of 64 bits, 8 bytes each. Two states with one fingerprint are taken for one: among
 * 100 million states the probability that any two have the same is below one in 3,000.
 */
export class VisitedSet {
  readonly #slots: Uint32Array;
  readonly #mask: number;
  #low = 0;
  #high = 0;
  size = 0;

  /** Room for so many states, up to 2^29. */
  constructor(capacity: number) {
    let slots = 1024;
    while ((slots * LOAD_PERCENT) / 100 < capacity) slots *= 2;
    this.#slots = new Uint32Array(2 * slots);
    this.#mask = slots - 1;
  }

  /** Adds a state of three numbers, each an integer below 2^53; false if it is there. */
  add(first: number, second: number, third: number): boolean {
    const slot = this.#find(first, second, third);
    if (this.#slots[2 * slot + 1] !== 0) return false;
    this.#slots[2 * slot] = this.#low;
    this.#slots[2 * slot + 1] = this.#high;
    this.size++;
    return true;
  }

  has(first: number, second: number, third: number): boolean {
    return this.#slots[2 * this.#find(first, second, third) + 1] !== 0;
  }

  /** The slot of a state, or the free one in which it belongs. Leaves the fingerprint in `#low` and `#high`. */
  #find(first: number, second: number, third: number): number {
    let low = 0x2545f491;
    let high = 0x8f1bbcdc;
    for (const part of [first, second, third]) {
      const word = part >>> 0;
      const rest = Math.floor(part / 2 ** 32);
      low = mix(mix(low, word), rest);
      high = mix(mix(high, rest), word);
    }
    this.#low = finish(low);
    // Zero marks a free slot.
    this.#high = finish(high ^ this.#low) || 1;
    let slot = this.#low & this.#mask;
    while (!this.#isFreeOrSame(slot)) slot = (slot + 1) & this.#mask;
    return slot;
  }

  #isFreeOrSame(slot: number): boolean {
    const held = this.#slots[2 * slot + 1];
    return held === 0 || (held === this.#high && this.#slots[2 * slot] === this.#low);
  }
}
