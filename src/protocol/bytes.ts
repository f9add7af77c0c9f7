/** Big-endian integers, hex and comparison over Uint8Array. All offsets and lengths are in bytes. */

const DIGIT_CODES = Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));
const NOT_HEX = 255;
/** The value of each ASCII code that is a hex digit of either case; {@link NOT_HEX} for others. */
const DIGIT_VALUES = new Uint8Array(128).fill(NOT_HEX);
for (const [value, code] of DIGIT_CODES.entries()) {
  DIGIT_VALUES[code] = value;
  DIGIT_VALUES[String.fromCharCode(code).toUpperCase().charCodeAt(0)] = value;
}

/** Bytes that {@link toHex} turns into text at once. */
const HEX_PART_BYTES = 32;
/** Reused: a text is made from it at once. */
const hexCodes: number[] = new Array(2 * HEX_PART_BYTES).fill(0);

/** The 32 bytes at `offset` in lowercase hex. */
export function readHex32(bytes: Uint8Array, offset: number): string {
  return partToHex(bytes, offset, hexCodes);
}

/** Lowercase hex. The text of up to 32 bytes is flat; text that `+=` makes would keep all its parts in memory. */
export function toHex(bytes: Uint8Array): string {
  if (bytes.length === HEX_PART_BYTES) return partToHex(bytes, 0, hexCodes);
  let text = "";
  for (let at = 0; at < bytes.length; at += HEX_PART_BYTES) {
    const isWhole = bytes.length - at >= HEX_PART_BYTES;
    text += partToHex(bytes, at, isWhole ? hexCodes : new Array(2 * (bytes.length - at)).fill(0));
  }
  return text;
}

function partToHex(bytes: Uint8Array, offset: number, codes: number[]): string {
  for (let digit = 0; digit < codes.length; digit += 2) {
    const byte = bytes[offset + (digit >>> 1)] as number;
    codes[digit] = DIGIT_CODES[byte >>> 4] as number;
    codes[digit + 1] = DIGIT_CODES[byte & 15] as number;
  }
  return String.fromCharCode.apply(null, codes);
}

/** Strict: lowercase or uppercase hex of an even length, or undefined. */
export function fromHex(text: string, length?: number): Uint8Array | undefined {
  if (text.length % 2 !== 0) return undefined;
  if (length !== undefined && text.length !== length * 2) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let at = 0; at < bytes.length; at++) {
    const high = DIGIT_VALUES[text.charCodeAt(2 * at)] ?? NOT_HEX;
    const low = DIGIT_VALUES[text.charCodeAt(2 * at + 1)] ?? NOT_HEX;
    if (high === NOT_HEX || low === NOT_HEX) return undefined;
    bytes[at] = (high << 4) | low;
  }
  return bytes;
}

/** Lexicographic order: negative, zero or positive. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && compareBytes(a, b) === 0;
}

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}

/**
 * One byte per UTF-16 unit. A unit that is not ASCII becomes 0xff, which no ASCII text contains. So a text from a peer,
 * such as a gossip topic, never has the bytes of an ASCII text of this program.
 */
export function ascii(text: string): Uint8Array {
  const out = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    out[i] = unit < 0x80 ? unit : 0xff;
  }
  return out;
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function u8(value: number): Uint8Array {
  return Uint8Array.of(value);
}

export function u16(value: number): Uint8Array {
  const out = new Uint8Array(2);
  view(out).setUint16(0, value);
  return out;
}

export function u32(value: number): Uint8Array {
  const out = new Uint8Array(4);
  view(out).setUint32(0, value);
  return out;
}

export function u64(value: bigint | number): Uint8Array {
  const out = new Uint8Array(8);
  view(out).setBigUint64(0, BigInt(value));
  return out;
}

/** Throws where the `length` bytes at `offset` are not all within the bytes. */
function checkRange(bytes: Uint8Array, offset: number, length: number): void {
  if (!(offset >= 0 && offset + length <= bytes.length)) throw new RangeError("offset is outside of the bytes");
}

export function readU16(bytes: Uint8Array, offset: number): number {
  checkRange(bytes, offset, 2);
  return ((bytes[offset] as number) << 8) | (bytes[offset + 1] as number);
}

export function readU32(bytes: Uint8Array, offset: number): number {
  checkRange(bytes, offset, 4);
  const low = ((bytes[offset + 1] as number) << 16) | ((bytes[offset + 2] as number) << 8);
  return (((bytes[offset] as number) << 24) | low | (bytes[offset + 3] as number)) >>> 0;
}

/** u48 fits a double exactly. */
export function readU48(bytes: Uint8Array, offset: number): number {
  const [high, low] = [readU16(bytes, offset), readU32(bytes, offset + 2)];
  // A sum with a product of 2^32 would be a boxed double in each object that keeps it.
  return high === 0 ? low : high * 2 ** 32 + low;
}

export function writeU16(bytes: Uint8Array, offset: number, value: number): void {
  checkRange(bytes, offset, 2);
  bytes[offset] = value >>> 8;
  bytes[offset + 1] = value;
}

export function writeU32(bytes: Uint8Array, offset: number, value: number): void {
  checkRange(bytes, offset, 4);
  bytes[offset] = value >>> 24;
  bytes[offset + 1] = value >>> 16;
  bytes[offset + 2] = value >>> 8;
  bytes[offset + 3] = value;
}

export function writeU48(bytes: Uint8Array, offset: number, value: number): void {
  writeU16(bytes, offset, Math.floor(value / 2 ** 32));
  writeU32(bytes, offset + 2, value % 2 ** 32);
}
