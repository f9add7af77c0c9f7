import { createHash } from "node:crypto";

/** Random values of a seed: the same calls in the same order give the same values on every machine. */
export class Seeded {
  readonly #seed: string;
  #drawn = 0;

  constructor(seed: string) {
    this.#seed = seed;
  }

  /** 64 lowercase hex digits, different at each call. */
  hash(): string {
    return hashOf(`${this.#seed}/${this.#drawn++}`);
  }

  /** From 0 to `below` - 1. */
  integer(below: number): number {
    return Number.parseInt(this.hash().slice(0, 12), 16) % below;
  }

  /** A u64, usually above 2^53. */
  u64(): bigint {
    return BigInt(`0x${this.hash().slice(0, 16)}`);
  }

  shuffled<T>(items: readonly T[]): T[] {
    const left = [...items];
    const order: T[] = [];
    while (left.length > 0) order.push(...left.splice(this.integer(left.length), 1));
    return order;
  }
}

export function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
