/** Words of a key of {@link sipHash}. */
export const SIP_KEY_WORDS = 4;
/** Words of a hash: the high one first. */
export const SIP_HASH_WORDS = 2;

/** "somepseudorandomlygeneratedbytes", the constant of the algorithm, as halves: high, low. */
const [I0H, I0L, I1H, I1L] = [0x736f6d65, 0x70736575, 0x646f7261, 0x6e646f6d];
const [I2H, I2L, I3H, I3L] = [0x6c796765, 0x6e657261, 0x74656462, 0x79746573];
/** The last block of a message of 32 bytes: its length in the highest byte. */
const LENGTH_BLOCK_HIGH = 32 << 24;
const BLOCKS = 4;
const BLOCK_ROUNDS = 2;
const LAST_ROUNDS = 4;

/**
 * SipHash-2-4 of the 32 bytes whose big-endian words begin at `words[at]`, written to `out[to]` (high half) and
 * `out[to + 1]`. `key`: the two 64-bit halves k0 and k1, each as high and low word.
 */
export function sipHash(key: Uint32Array, words: Uint32Array, at: number, out: Uint32Array, to: number): void {
  const [k0h, k0l, k1h, k1l] = [key[0] as number, key[1] as number, key[2] as number, key[3] as number];
  let [ah, al, bh, bl] = [k0h ^ I0H, k0l ^ I0L, k1h ^ I1H, k1l ^ I1L];
  let [ch, cl, dh, dl] = [k0h ^ I2H, k0l ^ I2L, k1h ^ I3H, k1l ^ I3L];
  for (let block = 0; block <= BLOCKS + 1; block++) {
    // Four blocks of the message, one with its length, and then the finalization, which takes none.
    let mh = 0;
    let ml = 0;
    let rounds = BLOCK_ROUNDS;
    if (block < BLOCKS) {
      ml = swapBytes(words[at + 2 * block] as number);
      mh = swapBytes(words[at + 2 * block + 1] as number);
    } else if (block === BLOCKS) {
      mh = LENGTH_BLOCK_HIGH;
    } else {
      rounds = LAST_ROUNDS;
      cl ^= 0xff;
    }
    dh ^= mh;
    dl ^= ml;
    for (let round = 0; round < rounds; round++) {
      let low = (al + bl) | 0;
      ah = (ah + bh + (low >>> 0 < al >>> 0 ? 1 : 0)) | 0;
      al = low;
      let high = (bh << 13) | (bl >>> 19);
      bl = ((bl << 13) | (bh >>> 19)) ^ al;
      bh = high ^ ah;
      low = al;
      al = ah;
      ah = low;
      low = (cl + dl) | 0;
      ch = (ch + dh + (low >>> 0 < cl >>> 0 ? 1 : 0)) | 0;
      cl = low;
      high = (dh << 16) | (dl >>> 16);
      dl = ((dl << 16) | (dh >>> 16)) ^ cl;
      dh = high ^ ch;
      low = (al + dl) | 0;
      ah = (ah + dh + (low >>> 0 < al >>> 0 ? 1 : 0)) | 0;
      al = low;
      high = (dh << 21) | (dl >>> 11);
      dl = ((dl << 21) | (dh >>> 11)) ^ al;
      dh = high ^ ah;
      low = (cl + bl) | 0;
      ch = (ch + bh + (low >>> 0 < cl >>> 0 ? 1 : 0)) | 0;
      cl = low;
      high = (bh << 17) | (bl >>> 15);
      bl = ((bl << 17) | (bh >>> 15)) ^ cl;
      bh = high ^ ch;
      low = cl;
      cl = ch;
      ch = low;
    }
    ah ^= mh;
    al ^= ml;
  }
  out[to] = ah ^ bh ^ ch ^ dh;
  out[to + 1] = al ^ bl ^ cl ^ dl;
}

function swapBytes(word: number): number {
  return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}
