/**
 * Ids, keys and hashes of 32 bytes as 8 words: u32, big-endian, so that the order of words is the order of bytes and of
 * lowercase hex.
 */

/** Words of a key. */
export const KEY_WORDS = 8;
const HEX_DIGITS = 64;
const NOT_HEX = 16;

const DIGIT_CODES = Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));
/** The value of each ASCII code that is a lowercase hex digit; {@link NOT_HEX} for others. */
const DIGIT_VALUES = new Uint8Array(128).fill(NOT_HEX);
for (const [value, code] of DIGIT_CODES.entries()) DIGIT_VALUES[code] = value;

/** Writes the words of 64 lowercase hex digits to `out` at `at`. False: the text is anything else. */
export function readKeyHex(text: string, out: Uint32Array, at = 0): boolean {
  if (text.length !== HEX_DIGITS) return false;
  for (let word = 0; word < KEY_WORDS; word++) {
    let value = 0;
    for (let digit = 8 * word; digit < 8 * word + 8; digit++) {
      const digitValue = DIGIT_VALUES[text.charCodeAt(digit)] ?? NOT_HEX;
      if (digitValue === NOT_HEX) return false;
      value = (value << 4) | digitValue;
    }
    out[at + word] = value;
  }
  return true;
}

/** Reused: a text is made from it at once. */
const codes: number[] = new Array(HEX_DIGITS).fill(0);

/** The 64 lowercase hex digits of the words at `at`: a flat string, where repeated `+=` keeps all its parts. */
export function keyHex(words: Uint32Array, at = 0): string {
  for (let word = 0; word < KEY_WORDS; word++) {
    const value = words[at + word] as number;
    for (let digit = 0; digit < 8; digit++) {
      codes[8 * word + digit] = DIGIT_CODES[(value >>> (28 - 4 * digit)) & 15] as number;
    }
  }
  return String.fromCharCode.apply(null, codes);
}

/** Writes the 32 bytes of the words at `at` to `out` at `offset`. */
export function writeKeyBytes(words: Uint32Array, at: number, out: Uint8Array, offset: number): void {
  for (let word = 0; word < KEY_WORDS; word++) {
    const value = words[at + word] as number;
    const byte = offset + 4 * word;
    out[byte] = value >>> 24;
    out[byte + 1] = value >>> 16;
    out[byte + 2] = value >>> 8;
    out[byte + 3] = value;
  }
}

/** Reads the words of 32 bytes. */
export function readKeyBytes(bytes: Uint8Array, out: Uint32Array): void {
  for (let word = 0; word < KEY_WORDS; word++) {
    const at = 4 * word;
    const high = ((bytes[at] as number) << 24) | ((bytes[at + 1] as number) << 16);
    out[word] = high | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
  }
}
