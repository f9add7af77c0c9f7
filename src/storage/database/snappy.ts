/** The largest unpacked block of LevelDB. The index of a table of 2 MiB has some KiB. */
const UNPACKED_MAX_BYTES = 64 * 1024 * 1024;

/** Unpacks Snappy's raw format. Throws RangeError for other bytes. */
export function unsnap(packed: Uint8Array): Uint8Array {
  let at = 0;
  const byte = (): number => {
    const value = packed[at++];
    if (value === undefined) throw new RangeError("the compressed block is cut short");
    return value;
  };
  const number = (bytes: number): number => {
    let value = 0;
    for (let i = 0; i < bytes; i++) value += byte() * 2 ** (8 * i);
    return value;
  };
  let length = 0;
  for (let shift = 1; ; shift *= 128) {
    const value = byte();
    length += (value & 0x7f) * shift;
    if (value < 0x80) break;
    if (shift > 2 ** 28) throw new RangeError("the compressed block has no length");
  }
  if (length > UNPACKED_MAX_BYTES) throw new RangeError("the compressed block is too long");
  const out = new Uint8Array(length);
  let end = 0;
  const room = (count: number): void => {
    if (end + count > length) throw new RangeError("the compressed block is longer than its header states");
  };
  const copy = (distance: number, count: number): void => {
    room(count);
    if (distance === 0 || distance > end) throw new RangeError("the compressed block refers to bytes before its start");
    // Byte by byte: a copy may overlap its own output.
    for (let i = 0; i < count; i++, end++) out[end] = out[end - distance] ?? 0;
  };
  while (at < packed.length) {
    const tag = byte();
    const high = tag >> 2;
    switch (tag & 3) {
      case 0: {
        const count = 1 + (high < 60 ? high : number(high - 59));
        room(count);
        if (at + count > packed.length) throw new RangeError("the compressed block is cut short");
        out.set(packed.subarray(at, at + count), end);
        at += count;
        end += count;
        break;
      }
      case 1:
        copy((high >> 3) * 256 + byte(), 4 + (high & 7));
        break;
      default:
        copy(number((tag & 3) === 2 ? 2 : 4), 1 + high);
    }
  }
  if (end !== length) throw new RangeError("the compressed block is shorter than its header states");
  return out;
}
