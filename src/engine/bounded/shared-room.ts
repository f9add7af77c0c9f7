/** What {@link SharedRoom.take} did: `gone` is the key that had to leave for it. */
export interface Taken {
  readonly taken: boolean;
  readonly gone: string | undefined;
}

/**
 * Room for so many keys, shared by their owners. When it is full, the oldest key of the owner who has most gives way to
 * one who has less: keys and peers are cheap, and whoever fills the room must not shut out the others. Also the order in
 * which owners take turns.
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

  /** Keys of an owner. */
  count(owner: string): number {
    return this.#owners.get(owner)?.size ?? 0;
  }

  /** Makes room for a new key if that is fair; `mayGo` says which keys may leave. */
  take(owner: string, key: string, mayGo: (key: string) => boolean = () => true): Taken {
    let gone: string | undefined;
    if (this.#ownerOf.size >= this.#cap) {
      gone = this.#victim(owner, mayGo);
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

  #victim(owner: string, mayGo: (key: string) => boolean): string | undefined {
    let most: Set<string> | undefined;
    for (const keys of this.#owners.values()) if (keys.size > (most?.size ?? 0)) most = keys;
    if (most === undefined || most.size <= this.count(owner) + 1) return undefined;
    for (const key of most) if (mayGo(key)) return key;
    return undefined;
  }
}
