import { NetworkError } from "../../protocol/errors.js";
import { isDamage } from "../damage.js";
import { rootMessage } from "../storage-error.js";
import type { KeyRange } from "../types.js";

/** Rows of one fetch, off the main thread: few enough that their decoding blocks the event loop only briefly. */
const FETCH_ROWS = 256;
/** Leading bytes of keys that the search for the end of a damaged range compares. */
const NUMBER_BYTES = 48;
const NUMBER_BITS = NUMBER_BYTES * 8;
/** Damaged ranges that one reading skips; each takes some 400 short reads. With more the database must be replaced. */
const SKIPS_MAX = 1000;
/** Consecutive damaged blocks that are skipped one by one. Further damage is skipped as one range. */
const BLOCKS_APART_MAX = 16;

export type Row = readonly [Uint8Array, Uint8Array];

/** Rows of a range. */
export interface Rows {
  nextv(size: number): Promise<readonly Row[]>;
  close(): Promise<void>;
}

/** Opens the rows of a range, any number of times. Keys have the form in which they were written. */
export type OpenRows = (range: KeyRange) => Rows;

/**
 * Reads a range in order and skips damage. An iterator of either database stops at a damaged block for good, so a
 * binary search finds the first readable key after the block.
 */
export class RangeReader {
  readonly #range: KeyRange;
  readonly #passedOver: (reason: string) => void;
  #rows: Rows | undefined;
  /** The range that is not read yet. */
  #left: KeyRange;
  /** Reads row by row after a failed page, so that every row before the damage is read. */
  #careful = false;
  #skips = 0;
  /** Skips since the last row. */
  #skipsInRow = 0;
  #finished = false;

  /** `passedOver` is called for each damaged range with the database's message. */
  constructor(range: KeyRange, passedOver: (reason: string) => void) {
    this.#range = range;
    this.#left = range;
    this.#passedOver = passedOver;
  }

  /** The next rows; none at the end. Throws on too much damage, and on errors other than damage. */
  async next(open: OpenRows): Promise<readonly Row[]> {
    while (!this.#finished) {
      const count = Math.min(this.#careful ? 1 : FETCH_ROWS, this.#left.limit ?? FETCH_ROWS);
      if (count === 0) break;
      try {
        this.#rows ??= open(this.#left);
        const rows = await this.#rows.nextv(count);
        const last = rows.at(-1);
        if (last === undefined) break;
        this.#advance(after(last[0]), rows.length);
        this.#skipsInRow = 0;
        return rows;
      } catch (cause) {
        if (!isDamage(cause)) throw cause;
        await this.close();
        if (!this.#careful) this.#careful = true;
        else await this.#passOver(open, cause);
      }
    }
    this.#finished = true;
    return [];
  }

  async close(): Promise<void> {
    const rows = this.#rows;
    this.#rows = undefined;
    await rows?.close();
  }

  /** `key` is the place where reading continues: the first key, or with `reverse` the first unread key. */
  #advance(key: { readonly from: Uint8Array; readonly until: Uint8Array }, rows: number): void {
    const { limit } = this.#left;
    const rest = limit === undefined ? {} : { limit: Math.max(0, limit - rows) };
    const bounds = this.#left.reverse ? { lt: key.until } : { gte: key.from };
    this.#left = { ...this.#left, ...bounds, ...rest };
  }

  async #passOver(open: OpenRows, cause: unknown): Promise<void> {
    this.#skips++;
    this.#passedOver(rootMessage(cause));
    if (this.#skips > SKIPS_MAX) {
      throw new NetworkError("storage_corrupt", `more than ${SKIPS_MAX} places are damaged: ${rootMessage(cause)}`);
    }
    // The message of the database names the block. A different message means another block, maybe with rows between.
    const words = ++this.#skipsInRow > BLOCKS_APART_MAX ? undefined : rootMessage(cause);
    const edge = await this.#edge(open, words);
    if (edge === undefined) this.#finished = true;
    else this.#left = this.#from(edge);
    this.#careful = false;
  }

  /** The end of the damage with this message, or of all damage; undefined if no row comes after it. */
  async #edge(open: OpenRows, words: string | undefined): Promise<bigint | undefined> {
    const { reverse = false } = this.#range;
    const start = numberOf(reverse ? this.#left.lt : this.#left.gte);
    const end = numberOf(reverse ? this.#left.gte : this.#left.lt);
    const room = reverse ? start - end : end - start;
    const at = (distance: bigint): bigint => (reverse ? start - distance : start + distance);
    /** Distance of the first row at or after this one; this distance at other damage; undefined inside the damage. */
    const first = async (distance: bigint): Promise<bigint | undefined> => {
      if (distance >= room) return room;
      const row = await this.#first(open, at(distance));
      if (row === undefined) return room;
      if (typeof row === "string") return words === undefined || row === words ? undefined : distance;
      return reverse ? start - numberOf(row) : numberOf(row) - start;
    };
    // First the power of two after which reading continues, then the place between the two powers.
    let bad = -1;
    let good = NUMBER_BITS;
    while (good - bad > 1) {
      const middle = (bad + good) >> 1;
      if ((await first(1n << BigInt(middle))) !== undefined) good = middle;
      else bad = middle;
    }
    let low = bad < 0 ? 0n : 1n << BigInt(bad);
    let high = 1n << BigInt(good);
    let row = (await first(high)) ?? room;
    // The search must be exact: keys form groups with large gaps between them, and a small gap after the damage may
    // hold the rest of a group.
    while (high - low > 1n) {
      const middle = (low + high) >> 1n;
      const found = await first(middle);
      if (found === undefined) low = middle;
      else [high, row] = [middle, found];
    }
    return row >= room ? undefined : at(high);
  }

  #from(edge: bigint): KeyRange {
    return this.#range.reverse ? { ...this.#left, lt: keyOf(edge) } : { ...this.#left, gte: keyOf(edge) };
  }

  /** Key of the first row from there on; undefined if there is none; the database's message if it can't be read. */
  async #first(open: OpenRows, edge: bigint): Promise<Uint8Array | string | undefined> {
    const rows = open({ ...this.#from(edge), limit: 1 });
    try {
      const [row] = await rows.nextv(1);
      return row?.[0];
    } catch (cause) {
      if (isDamage(cause)) return rootMessage(cause);
      throw cause;
    } finally {
      await rows.close();
    }
  }
}

/** The bounds of the ranges on both sides of a key. */
function after(key: Uint8Array): { readonly from: Uint8Array; readonly until: Uint8Array } {
  const from = new Uint8Array(key.length + 1);
  from.set(key);
  return { from, until: key.slice() };
}

function numberOf(key: Uint8Array): bigint {
  const bytes = new Uint8Array(NUMBER_BYTES);
  bytes.set(key.subarray(0, NUMBER_BYTES));
  return BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
}

function keyOf(number: bigint): Uint8Array {
  return new Uint8Array(Buffer.from(number.toString(16).padStart(NUMBER_BYTES * 2, "0"), "hex"));
}
