/** The result of {@link SharedRoom.take}; `gone` is the key that was dropped for the new one. */
export interface Taken {
  readonly taken: boolean;
  readonly gone: string | undefined;
}

/**
 * A cap on keys, shared by their owners. When it is full, the owner with the most keys loses its oldest to an owner
 * with fewer, so that one owner can't shut out the others. Also keeps the order in which owners take turns.
 */
export class SharedRoom {
  readonly #cap: number;
  readonly #owners = new Map<string, Set<string>>();
  readonly #ownerOf = new Map<string, string>();

  constructor(cap: number) {
    this.#cap = cap;
  }

  get size(): number {
    return this.#ownerOf.size;
  }

  /** Number of keys of an owner. */
  count(owner: string): number {
    return this.#owners.get(owner)?.size ?? 0;
  }

  /**
   * Adds a key; if full, in place of a key of the owner with the most. `mayDrop` returns whether a key may be dropped.
   */
  take(owner: string, key: string, mayDrop: (key: string) => boolean = () => true): Taken {
    let gone: string | undefined;
    if (this.#ownerOf.size >= this.#cap) {
      gone = this.#victim(owner, mayDrop);
      if (gone === undefined) return { taken: false, gone: undefined };
      this.leave(gone);
    }
    const keys = this.#owners.get(owner) ?? new Set();
    this.#owners.set(owner, keys.add(key));
    this.#ownerOf.set(key, owner);
    return { taken: true, gone };
  }

  leave(key: string): void {
    const owner = this.#ownerOf.get(key);
    if (owner === undefined) return;
    this.#ownerOf.delete(key);
    const keys = this.#owners.get(owner);
    keys?.delete(key);
    if (keys?.size === 0) this.#owners.delete(owner);
  }

  /** The owner of this key goes to the end of the turns. */
  served(key: string): void {
    const owner = this.#ownerOf.get(key);
    const keys = owner === undefined ? undefined : this.#owners.get(owner);
    if (owner === undefined || keys === undefined) return;
    this.#owners.delete(owner);
    this.#owners.set(owner, keys);
  }

  /** Every key: the oldest of each owner, then the next of each, and so on. */
  *inTurns(): Generator<string> {
    let queues = [...this.#owners.values()].map((keys) => keys.values());
    while (queues.length > 0) {
      const left: typeof queues = [];
      for (const queue of queues) {
        const { value, done } = queue.next();
        if (done === true) continue;
        left.push(queue);
        yield value;
      }
      queues = left;
    }
  }

  #victim(owner: string, mayDrop: (key: string) => boolean): string | undefined {
    let most: Set<string> | undefined;
    for (const keys of this.#owners.values()) if (keys.size > (most?.size ?? 0)) most = keys;
    if (most === undefined || most.size <= this.count(owner) + 1) return undefined;
    for (const key of most) if (mayDrop(key)) return key;
    return undefined;
  }
}
