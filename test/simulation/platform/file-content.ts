import type { Random } from "../world/random.js";
import { type Counts, count, type DiskSettings } from "./disk-settings.js";

/** A change of a file that is not synced, with what undoes it. */
interface Change {
  readonly truncates: boolean;
  readonly at: number;
  readonly data: Uint8Array;
  /** The bytes that it replaced, from `at`. */
  readonly before: Uint8Array;
  readonly sizeBefore: number;
}

const NONE = new Uint8Array(0);

/** The bytes of a file. Changes are in memory until {@link sync}; {@link crash} keeps some of the rest. */
export class FileContent {
  /** Zero from `#size` on. */
  #bytes: Uint8Array;
  #size: number;
  #changes: Change[] = [];

  constructor(bytes: Uint8Array = NONE) {
    this.#bytes = bytes;
    this.#size = bytes.length;
  }

  get size(): number {
    return this.#size;
  }

  get isSynced(): boolean {
    return this.#changes.length === 0;
  }

  /** A view of the bytes, valid until the next change. */
  view(from = 0, to = this.#size): Uint8Array {
    return this.#bytes.subarray(Math.min(from, this.#size), Math.min(to, this.#size));
  }

  write(at: number, bytes: Uint8Array): void {
    const change: Change = {
      truncates: false,
      at,
      data: bytes.slice(),
      before: this.view(at, at + bytes.length).slice(),
      sizeBefore: this.#size,
    };
    this.#changes.push(change);
    this.#apply(change, bytes.length);
  }

  truncate(size: number): void {
    const change = { truncates: true, at: size, data: NONE, before: this.view(size).slice(), sizeBefore: this.#size };
    this.#changes.push(change);
    this.#apply(change, 0);
  }

  sync(): void {
    this.#changes = [];
  }

  /** Loses the unsynced bytes, as a kernel does after a failed sync. The size stays. */
  drop(): void {
    const size = this.#size;
    this.#undo();
    if (size !== this.#size) this.truncate(size);
  }

  /** Keeps, loses or tears each unsynced change, in order. */
  crash(random: Random, settings: DiskSettings, counts: Counts): void {
    const changes = this.#undo();
    for (const change of changes) {
      const { truncates, at, data } = change;
      const place = random.unit();
      if (place < settings.keepWrite) {
        count(counts, "write kept");
        this.#apply(change, data.length);
        continue;
      }
      const isTorn = !truncates && place < settings.keepWrite + settings.tearWrite;
      count(counts, isTorn ? "write torn" : "write lost");
      if (isTorn) this.#apply(change, random.below(data.length));
      if (!truncates && random.chance(settings.zeroTail)) {
        count(counts, "zero tail");
        this.#resize(Math.max(this.#size, at + data.length));
      }
    }
  }

  /** Changes one bit. */
  flip(at: number, bit: number): void {
    this.#bytes[at] = (this.#bytes[at] ?? 0) ^ (1 << bit);
  }

  /** A synced copy. */
  clone(): FileContent {
    return new FileContent(this.view().slice());
  }

  #undo(): readonly Change[] {
    const changes = this.#changes;
    for (let i = changes.length - 1; i >= 0; i--) {
      const { at, before, sizeBefore } = changes[i] as Change;
      this.#resize(sizeBefore);
      this.#bytes.set(before, at);
    }
    this.#changes = [];
    return changes;
  }

  #apply({ truncates, at, data }: Change, length: number): void {
    if (truncates) this.#resize(at);
    if (length === 0) return;
    this.#resize(Math.max(this.#size, at + length));
    this.#bytes.set(data.subarray(0, length), at);
  }

  #resize(size: number): void {
    if (size < this.#size) this.#bytes.fill(0, size, this.#size);
    else if (size > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(size, 2 * this.#bytes.length));
      larger.set(this.view());
      this.#bytes = larger;
    }
    this.#size = size;
  }
}
