/** Parts of an index. Each grows by itself, so that no insertion moves more than a part. A power of two. */
const PARTS = 64;
const PART_BITS = 6;
const FIRST_SLOTS = 8;
/** A part grows when more than three quarters of its slots are used. */
const isCrowded = (used: number, slots: number): boolean => 4 * used > 3 * slots;

/** Bits of a slot that hold the handle + 1. The other 8 are the high bits of the hash. */
const HANDLE_BITS = 24;
const HANDLE_MASK = (1 << HANDLE_BITS) - 1;
const HANDLES_MAX = HANDLE_MASK - 1;

interface Part {
  /** Handle + 1 and bits of its hash in each used slot; 0 in a free one. The length is a power of two. */
  slots: Uint32Array;
  used: number;
}

/**
 * Finds handles (up to 16 million) by the hash of what they stand for: open addressing with linear probing. Handles
 * with equal hashes may be in it together. About 8 bytes a handle. A slot has 8 bits of the hash, so that a search
 * seldom reads what another handle stands for, which is rarely in the processor's cache.
 */
export class HandleIndex {
  /** The hash of a handle in the index, any u32. */
  readonly #hashOf: (handle: number) => number;
  readonly #parts: Part[] = Array.from({ length: PARTS }, () => ({ slots: new Uint32Array(FIRST_SLOTS), used: 0 }));

  constructor(hashOf: (handle: number) => number) {
    this.#hashOf = hashOf;
  }

  /** Makes room for so many handles, so that their insertions move none. */
  reserve(handles: number): void {
    let slots = FIRST_SLOTS;
    // The parts get unequal numbers of handles.
    while (isCrowded(Math.ceil((11 * handles) / (10 * PARTS)), slots)) slots *= 2;
    for (const part of this.#parts) if (part.slots.length < slots) this.#grow(part, slots);
  }

  /** A handle of this hash for which `isSought` holds; -1: there is none. */
  find(hash: number, isSought: (handle: number) => boolean): number {
    const { slots } = this.#part(hash);
    const mask = slots.length - 1;
    const tag = hash >>> HANDLE_BITS;
    for (let at = slotOf(hash, mask); ; at = (at + 1) & mask) {
      const held = slots[at] as number;
      if (held === 0) return -1;
      if (held >>> HANDLE_BITS !== tag) continue;
      const handle = (held & HANDLE_MASK) - 1;
      if (isSought(handle)) return handle;
    }
  }

  /** Adds a handle that is not in the index. */
  add(hash: number, handle: number): void {
    if (handle > HANDLES_MAX) throw new RangeError("the index is full");
    const part = this.#part(hash);
    part.used++;
    if (isCrowded(part.used, part.slots.length)) this.#grow(part);
    insert(part.slots, hash, handle);
  }

  /** Removes a handle that is in the index, while its hash is still known. */
  remove(hash: number, handle: number): void {
    const part = this.#part(hash);
    const { slots } = part;
    const mask = slots.length - 1;
    let free = slotOf(hash, mask);
    while (((slots[free] as number) & HANDLE_MASK) !== handle + 1) {
      if (slots[free] === 0) throw new RangeError("the handle is not in the index");
      free = (free + 1) & mask;
    }
    part.used--;
    // Later handles move up, so that no search stops before them.
    for (let at = (free + 1) & mask; slots[at] !== 0; at = (at + 1) & mask) {
      const home = slotOf(this.#hashOf(((slots[at] as number) & HANDLE_MASK) - 1), mask);
      if (((at - home) & mask) < ((at - free) & mask)) continue;
      slots[free] = slots[at] as number;
      free = at;
    }
    slots[free] = 0;
  }

  #part(hash: number): Part {
    return this.#parts[hash & (PARTS - 1)] as Part;
  }

  #grow(part: Part, length = 2 * part.slots.length): void {
    const slots = new Uint32Array(length);
    for (const held of part.slots) {
      if (held === 0) continue;
      const handle = (held & HANDLE_MASK) - 1;
      insert(slots, this.#hashOf(handle), handle);
    }
    part.slots = slots;
  }
}

function slotOf(hash: number, mask: number): number {
  return (hash >>> PART_BITS) & mask;
}

function insert(slots: Uint32Array, hash: number, handle: number): void {
  const mask = slots.length - 1;
  let at = slotOf(hash, mask);
  while (slots[at] !== 0) at = (at + 1) & mask;
  slots[at] = (hash & ~HANDLE_MASK) | (handle + 1);
}
