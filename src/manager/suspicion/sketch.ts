/** Bytes of one shingle: two or three words of a text. */
const SHINGLE_BYTES = 8;
/** Hashes of a sketch. The error of a similarity is about 1 / sqrt(128), 0.09. */
const SKETCH_SIZE = 128;
/** The part of a text that is read: a MiB would block the event loop for some hundredths of a second. */
export const READ_BYTES = 65_536;
/** Short answers are equal by chance: a number, or a yes. */
const SHINGLES_MIN = 64;

/** The least hashes of the shingles of a text, ascending and distinct. */
export type Sketch = Uint32Array;

/** Lower case, and one space for any space, so that a new layout makes no new text. */
function plainBytes(bytes: Uint8Array): Uint8Array {
  const plain = new Uint8Array(Math.min(bytes.length, READ_BYTES));
  let length = 0;
  let space = true;
  for (const byte of bytes.subarray(0, READ_BYTES)) {
    const isSpace = byte <= 0x20;
    if (isSpace && space) continue;
    space = isSpace;
    plain[length++] = isSpace ? 0x20 : byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
  }
  return plain.subarray(0, length);
}

/** FNV-1a over the shingle at `start`, then the finalizer of MurmurHash3. */
function hashAt(bytes: Uint8Array, start: number): number {
  let hash = 0x811c9dc5;
  for (let i = start; i < start + SHINGLE_BYTES; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The hashes of all shingles of a text, for example of a task that its answers quote. */
export function shinglesOf(bytes: Uint8Array): Set<number> {
  const plain = plainBytes(bytes);
  const hashes = new Set<number>();
  for (let at = 0; at + SHINGLE_BYTES <= plain.length; at++) hashes.add(hashAt(plain, at));
  return hashes;
}

/** The sketch of a text without the shingles of `quoted`; undefined for a text that is too short to be compared. */
export function sketchOf(bytes: Uint8Array, quoted: ReadonlySet<number>): Sketch | undefined {
  const plain = plainBytes(bytes);
  let least: number[] = [];
  let limit = 2 ** 32;
  let shingles = 0;
  const compact = (): void => {
    least = [...new Set(least)].sort((a, b) => a - b).slice(0, SKETCH_SIZE);
    if (least.length === SKETCH_SIZE) limit = least[SKETCH_SIZE - 1] as number;
  };
  for (let at = 0; at + SHINGLE_BYTES <= plain.length; at++) {
    const hash = hashAt(plain, at);
    if (quoted.has(hash)) continue;
    shingles++;
    if (hash >= limit) continue;
    least.push(hash);
    if (least.length >= 4 * SKETCH_SIZE) compact();
  }
  compact();
  return shingles < SHINGLES_MIN ? undefined : Uint32Array.from(least);
}

/**
 * How similar two texts are, 0 to 1: 2J / (1 + J), where J is the Jaccard index of their shingles, estimated from the
 * least hashes of both (bottom-k MinHash).
 */
export function similarity(a: Sketch, b: Sketch): number {
  let [i, j, shared, seen] = [0, 0, 0, 0];
  while (seen < SKETCH_SIZE && (i < a.length || j < b.length)) {
    const x = a[i] ?? Number.POSITIVE_INFINITY;
    const y = b[j] ?? Number.POSITIVE_INFINITY;
    if (x === y) shared++;
    if (x <= y) i++;
    if (y <= x) j++;
    seen++;
  }
  const jaccard = seen === 0 ? 0 : shared / seen;
  return (2 * jaccard) / (1 + jaccard);
}
