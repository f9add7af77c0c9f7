/** A seeded generator (xoshiro128**, 32-bit): the same seed gives the same numbers on every machine. */
export class Random {
  readonly #state = new Uint32Array(4);

  /** `seed`: any integer; its low 32 bits count. */
  constructor(seed: number) {
    let mix = seed >>> 0;
    for (let i = 0; i < 4; i++) {
      // splitmix32 fills the state, so that close seeds give unrelated numbers.
      mix = (mix + 0x9e3779b9) >>> 0;
      let word = mix;
      word = Math.imul(word ^ (word >>> 16), 0x21f0aaad);
      word = Math.imul(word ^ (word >>> 15), 0x735a2d97);
      this.#state[i] = word ^ (word >>> 15);
    }
  }

  /** A generator of its own for one part: what one part draws does not change what another part draws. */
  fork(part: string): Random {
    let hash = this.#next();
    for (let i = 0; i < part.length; i++) hash = Math.imul(hash ^ part.charCodeAt(i), 0x01000193);
    return new Random(hash);
  }

  /** An integer, 0 <= x < 2^32. */
  word(): number {
    return this.#next();
  }

  /** 0 <= x < 1 */
  unit(): number {
    return this.#next() / 4_294_967_296;
  }

  /** An integer, 0 <= x < `count`. */
  below(count: number): number {
    return Math.floor(this.unit() * count);
  }

  /** An integer, `least` <= x <= `most`. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  /** Exponentially distributed with this mean; at most 20 times the mean. */
  exponential(mean: number): number {
    return Math.min(20 * mean, -mean * Math.log(1 - this.unit()));
  }

  /** One of `items`, which is not empty. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  /** `items` in random order, a new array. */
  shuffled<T>(items: readonly T[]): T[] {
    const out = [...items];
    for (let i = out.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [out[i], out[j]] = [out[j] as T, out[i] as T];
    }
    return out;
  }

  bytes(length: number): Uint8Array {
    const out = new Uint8Array(length);
    for (let i = 0; i < length; i += 4) {
      const word = this.#next();
      for (let j = i; j < Math.min(length, i + 4); j++) out[j] = word >>> (8 * (j - i));
    }
    return out;
  }

  #next(): number {
    const s = this.#state;
    const [a, b, c, d] = [s[0] as number, s[1] as number, s[2] as number, s[3] as number];
    const x = Math.imul(b, 5);
    const result = Math.imul((x << 7) | (x >>> 25), 9) >>> 0;
    const t = b << 9;
    const c2 = c ^ a;
    const d2 = d ^ b;
    s[1] = b ^ c2;
    s[0] = a ^ d2;
    s[2] = c2 ^ t;
    s[3] = (d2 << 11) | (d2 >>> 21);
    return result;
  }
}
