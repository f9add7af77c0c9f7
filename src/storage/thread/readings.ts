/** Rows of one page: few enough that their decoding blocks the main thread only briefly. */
const PAGE_ROWS = 256;

/** Readings of ranges, page by page. The reader bounds how many it begins and ends each. */
export class Readings<T> {
  readonly #under = new Map<number, AsyncIterator<T>>();
  #next = 0;

  /** Returns the number of the reading. */
  begin(rows: AsyncIterable<T>): number {
    const number = this.#next++;
    this.#under.set(number, rows[Symbol.asyncIterator]());
    return number;
  }

  /** The next rows; none at the end, which ends the reading. */
  async page(number: number): Promise<T[]> {
    const reading = this.#under.get(number);
    const rows: T[] = [];
    while (reading !== undefined && rows.length < PAGE_ROWS) {
      const next = await reading.next();
      if (next.done === true) {
        this.#under.delete(number);
        break;
      }
      rows.push(next.value);
    }
    return rows;
  }

  /** Ends a reading before its end. */
  async leave(number: number): Promise<void> {
    const reading = this.#under.get(number);
    this.#under.delete(number);
    await reading?.return?.();
  }
}
