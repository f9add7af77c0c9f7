/** Rows of one chunk. A full chunk is split. */
const CHUNK_ROWS = 128;

interface Chunk<V> {
  readonly keys: string[];
  readonly values: V[];
}

export type SortedRow<V> = readonly [key: string, value: V];

/** The first index of an ascending list whose item is not below. */
function lowerBound(count: number, isBelow: (index: number) => boolean): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBelow(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function placeIn<V>({ keys }: Chunk<V>, key: string): number {
  return lowerBound(keys.length, (index) => (keys[index] as string) < key);
}

/** A sorted map of latin1 keys: a list of sorted chunks. Latin1 text compares as its bytes. */
export class SortedKeys<V> {
  #chunks: Chunk<V>[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: string): V | undefined {
    const chunk = this.#chunks[this.#chunkOf(key)];
    if (chunk === undefined) return undefined;
    const at = placeIn(chunk, key);
    return chunk.keys[at] === key ? chunk.values[at] : undefined;
  }

  /** Returns the value that it replaces. */
  set(key: string, value: V): V | undefined {
    const index = Math.min(this.#chunkOf(key), this.#chunks.length - 1);
    const chunk = this.#chunks[index];
    if (chunk === undefined) {
      this.#chunks.push({ keys: [key], values: [value] });
      this.#size++;
      return undefined;
    }
    const at = placeIn(chunk, key);
    if (chunk.keys[at] === key) {
      const before = chunk.values[at];
      chunk.values[at] = value;
      return before;
    }
    chunk.keys.splice(at, 0, key);
    chunk.values.splice(at, 0, value);
    this.#size++;
    if (chunk.keys.length > CHUNK_ROWS) this.#split(index, chunk);
    return undefined;
  }

  /** Returns the removed value. */
  delete(key: string): V | undefined {
    const index = this.#chunkOf(key);
    const chunk = this.#chunks[index];
    if (chunk === undefined) return undefined;
    const at = placeIn(chunk, key);
    if (chunk.keys[at] !== key) return undefined;
    const [before] = chunk.values.splice(at, 1);
    chunk.keys.splice(at, 1);
    this.#size--;
    if (chunk.keys.length === 0) this.#chunks.splice(index, 1);
    return before;
  }

  /** At most `limit` rows with `gte` <= key < `lt`, ascending; with `reverse` the last rows, descending. */
  rows(gte: string, lt: string, limit: number, reverse = false): SortedRow<V>[] {
    const out: SortedRow<V>[] = [];
    if (reverse) this.#descend(gte, lt, limit, out);
    else this.#ascend(gte, lt, limit, out);
    return out;
  }

  /** The row at an index of the order. */
  at(index: number): SortedRow<V> | undefined {
    let left = index;
    for (const { keys, values } of this.#chunks) {
      if (left < keys.length) return [keys[left] as string, values[left] as V];
      left -= keys.length;
    }
    return undefined;
  }

  *[Symbol.iterator](): Generator<SortedRow<V>> {
    for (const { keys, values } of this.#chunks) {
      for (let i = 0; i < keys.length; i++) yield [keys[i] as string, values[i] as V];
    }
  }

  /** A copy with the same values. */
  clone(): SortedKeys<V> {
    const copy = new SortedKeys<V>();
    copy.#chunks = this.#chunks.map(({ keys, values }) => ({ keys: keys.slice(), values: values.slice() }));
    copy.#size = this.#size;
    return copy;
  }

  #ascend(gte: string, lt: string, limit: number, out: SortedRow<V>[]): void {
    for (let index = this.#chunkOf(gte); index < this.#chunks.length; index++) {
      const chunk = this.#chunks[index] as Chunk<V>;
      for (let at = placeIn(chunk, gte); at < chunk.keys.length; at++) {
        const key = chunk.keys[at] as string;
        if (out.length >= limit || key >= lt) return;
        out.push([key, chunk.values[at] as V]);
      }
    }
  }

  #descend(gte: string, lt: string, limit: number, out: SortedRow<V>[]): void {
    for (let index = Math.min(this.#chunkOf(lt), this.#chunks.length - 1); index >= 0; index--) {
      const chunk = this.#chunks[index] as Chunk<V>;
      for (let at = placeIn(chunk, lt) - 1; at >= 0; at--) {
        const key = chunk.keys[at] as string;
        if (out.length >= limit || key < gte) return;
        out.push([key, chunk.values[at] as V]);
      }
    }
  }

  /** The first chunk whose last key is not below `key`; the number of chunks if there is none. */
  #chunkOf(key: string): number {
    const chunks = this.#chunks;
    return lowerBound(chunks.length, (index) => {
      const { keys } = chunks[index] as Chunk<V>;
      return (keys[keys.length - 1] as string) < key;
    });
  }

  #split(index: number, chunk: Chunk<V>): void {
    // Keys that come in order leave nearly full chunks behind.
    const half = index === this.#chunks.length - 1 ? CHUNK_ROWS - 8 : CHUNK_ROWS >> 1;
    const first = { keys: chunk.keys.slice(0, half), values: chunk.values.slice(0, half) };
    const second = { keys: chunk.keys.slice(half), values: chunk.values.slice(half) };
    this.#chunks.splice(index, 1, first, second);
  }
}
