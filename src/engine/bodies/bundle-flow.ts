/** Bytes and bodies in flight from a peer whose rate is not known yet, or is low. */
const BYTES_MIN = 128 * 1024;
const BODIES_MIN = 128;
/** The most: 4 s of a link of 4 Mbit, or a quarter of the bytes that may be in flight from all peers. */
const BYTES_MAX = 2 * 1024 * 1024;
const BODIES_MAX = 1024;
/** The rate is that of the last whole interval, or of this one when it is higher already. */
const INTERVAL_MS = 1000;
/** Seconds of the rate that may be in flight. With fewer than those of a round trip the rate would not grow. */
const SECONDS = 4;

/**
 * What may be in flight from one peer: four times what came in a second, so that a link is full at round trips of up to
 * four seconds, as a busy machine has them too, and no more than a few seconds wait behind a body that becomes wanted.
 */
export class BundleFlow {
  #bytes = 0;
  #bodies = 0;
  #sinceMs = 0;
  #cameBytes = 0;
  #cameBodies = 0;
  #bytesMax = BYTES_MIN;
  #bodiesMax = BODIES_MIN;

  get bytes(): number {
    return this.#bytes;
  }

  get bodies(): number {
    return this.#bodies;
  }

  /** At most half of the room is taken: another request is worth its signature. */
  get isLow(): boolean {
    return 2 * this.#bodies <= this.#bodiesMax && 2 * this.#bytes <= this.#bytesMax;
  }

  /** Whether another body of this length may be requested. One larger than the room is taken when the flow is low. */
  fits(length: number): boolean {
    return this.#bodies < this.#bodiesMax && (this.isLow || this.#bytes + length <= this.#bytesMax);
  }

  /** A body of this announced length is requested. */
  add(length: number): void {
    this.#bytes += length;
    this.#bodies++;
  }

  /** The answer for a body of this announced length came, or its request ended. */
  remove(length: number): void {
    this.#bytes -= length;
    this.#bodies--;
  }

  /** An answer came: it counts for the rate. */
  came(bytes: number, nowMs: number): void {
    const elapsedMs = nowMs - this.#sinceMs;
    if (elapsedMs >= INTERVAL_MS) {
      const inSecond = (count: number): number => Math.floor((SECONDS * count * INTERVAL_MS) / elapsedMs);
      this.#bytesMax = clamp(inSecond(this.#cameBytes), BYTES_MIN, BYTES_MAX);
      this.#bodiesMax = clamp(inSecond(this.#cameBodies), BODIES_MIN, BODIES_MAX);
      this.#sinceMs = nowMs;
      this.#cameBytes = 0;
      this.#cameBodies = 0;
    }
    this.#cameBytes += bytes;
    this.#cameBodies++;
    this.#bytesMax = Math.min(BYTES_MAX, Math.max(this.#bytesMax, SECONDS * this.#cameBytes));
    this.#bodiesMax = Math.min(BODIES_MAX, Math.max(this.#bodiesMax, SECONDS * this.#cameBodies));
  }

  /** A request timed out: the peer starts with the least room again. */
  stalled(): void {
    this.#bytesMax = BYTES_MIN;
    this.#bodiesMax = BODIES_MIN;
    this.#cameBytes = 0;
    this.#cameBodies = 0;
  }
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, value));
}
