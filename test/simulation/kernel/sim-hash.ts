/** State words before the first block: the square roots of the first primes, as in SHA-256. */
const START = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19] as const;
const BLOCK = 32;
/** Rounds without input at the end: each word of the state reaches all others in two. */
const LAST_ROUNDS = 4;
const ZEROS = new DataView(new ArrayBuffer(BLOCK));

/**
 * A 256-bit hash of the simulator: quick, well mixed, not cryptographic. It stands in for BLAKE3 in the mock kernel: no
 * simulated peer searches for collisions. A block changes the eight state words one after another; each is a bijection
 * of the word before it, so that a change of one word of the input changes the whole state.
 */
export class SimHash {
  readonly #state = Int32Array.from(START);
  readonly #rest = new Uint8Array(BLOCK);
  readonly #restView = new DataView(this.#rest.buffer);
  #restLength = 0;
  #length = 0;

  update(part: Uint8Array): this {
    const { length } = part;
    this.#length += length;
    let at = 0;
    if (this.#restLength > 0) {
      at = Math.min(length, BLOCK - this.#restLength);
      this.#rest.set(part.subarray(0, at), this.#restLength);
      this.#restLength += at;
      if (this.#restLength < BLOCK) return this;
      absorb(this.#state, this.#restView, 0, BLOCK);
    }
    const whole = length - ((length - at) % BLOCK);
    if (whole > at) absorb(this.#state, new DataView(part.buffer, part.byteOffset, length), at, whole);
    this.#rest.set(part.subarray(whole));
    this.#restLength = length - whole;
    return this;
  }

  /** Writes 32 bytes and starts anew. */
  digest(out: Uint8Array): void {
    const state = this.#state;
    this.#rest.fill(0, this.#restLength);
    absorb(state, this.#restView, 0, BLOCK);
    // The length tells an input from the same input with zeros after it.
    state[0] = (state[0] as number) ^ this.#length;
    state[1] = (state[1] as number) ^ Math.floor(this.#length / 2 ** 32);
    for (let i = 0; i < LAST_ROUNDS; i++) absorb(state, ZEROS, 0, BLOCK);
    for (let i = 0; i < 8; i++) {
      const word = state[i] as number;
      out[4 * i] = word;
      out[4 * i + 1] = word >>> 8;
      out[4 * i + 2] = word >>> 16;
      out[4 * i + 3] = word >>> 24;
      state[i] = START[i] as number;
    }
    this.#restLength = 0;
    this.#length = 0;
  }
}

/** Absorbs the whole blocks from `from` to `to`. */
function absorb(state: Int32Array, view: DataView, from: number, to: number): void {
  let [a, b, c, d] = [state[0] as number, state[1] as number, state[2] as number, state[3] as number];
  let [e, f, g, h] = [state[4] as number, state[5] as number, state[6] as number, state[7] as number];
  for (let i = from; i < to; i += BLOCK) {
    a = Math.imul((a ^ view.getInt32(i, true)) + h, 0xcc9e2d51);
    a ^= a >>> 15;
    b = Math.imul((b ^ view.getInt32(i + 4, true)) + a, 0x1b873593);
    b ^= b >>> 13;
    c = Math.imul((c ^ view.getInt32(i + 8, true)) + b, 0x85ebca6b);
    c ^= c >>> 15;
    d = Math.imul((d ^ view.getInt32(i + 12, true)) + c, 0xc2b2ae35);
    d ^= d >>> 13;
    e = Math.imul((e ^ view.getInt32(i + 16, true)) + d, 0x9e3779b1);
    e ^= e >>> 15;
    f = Math.imul((f ^ view.getInt32(i + 20, true)) + e, 0x85ebca77);
    f ^= f >>> 13;
    g = Math.imul((g ^ view.getInt32(i + 24, true)) + f, 0xc2b2ae3d);
    g ^= g >>> 15;
    h = Math.imul((h ^ view.getInt32(i + 28, true)) + g, 0x27d4eb2f);
    h ^= h >>> 13;
  }
  state[0] = a;
  state[1] = b;
  state[2] = c;
  state[3] = d;
  state[4] = e;
  state[5] = f;
  state[6] = g;
  state[7] = h;
}

const shared = new SimHash();

/** {@link SimHash} of one input into `out`, 32 bytes. */
export function simHash(input: Uint8Array, out: Uint8Array): void {
  shared.update(input).digest(out);
}

/** {@link SimHash} of parts, 32 new bytes. */
export function simHashOf(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(32);
  for (const part of parts) shared.update(part);
  shared.digest(out);
  return out;
}
