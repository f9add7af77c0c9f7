/** A map in the order of insertion that drops its oldest entry when it is full. */
export class BoundedMap<K, V> {
  readonly #map = new Map<K, V>();
  readonly #cap: number;

  constructor(cap: number) {
    this.#cap = cap;
  }

  get size(): number {
    return this.#map.size;
  }

  get full(): boolean {
    return this.#map.size >= this.#cap;
  }

  get(key: K): V | undefined {
    return this.#map.get(key);
  }

  has(key: K): boolean {
    return this.#map.has(key);
  }

  /** Adds the entry as the newest. Returns the entry that was dropped for it. */
  set(key: K, value: V): readonly [K, V] | undefined {
    this.#map.delete(key);
    let gone: readonly [K, V] | undefined;
    if (this.#map.size >= this.#cap) {
      for (const oldest of this.#map) {
        gone = oldest;
        this.#map.delete(oldest[0]);
        break;
      }
    }
    this.#map.set(key, value);
    return gone;
  }

  delete(key: K): boolean {
    return this.#map.delete(key);
  }

  clear(): void {
    this.#map.clear();
  }

  keys(): IterableIterator<K> {
    return this.#map.keys();
  }

  values(): IterableIterator<V> {
    return this.#map.values();
  }

  entries(): IterableIterator<[K, V]> {
    return this.#map.entries();
  }
}
