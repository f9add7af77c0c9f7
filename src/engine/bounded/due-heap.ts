/** An item with a due time. The heap maintains `heapAt`, the item's index in it; -1 while the item is in no heap. */
export interface Due {
  due: number;
  heapAt: number;
}

/** Items by due time, the earliest first. Each item holds its index, so it can be removed from any place. */
export class DueHeap<T extends Due> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  first(): T | undefined {
    return this.#items[0];
  }

  /** The item must be in no heap, and its `due` must not change while it is in this one. */
  add(item: T): void {
    item.heapAt = this.#items.length;
    this.#items.push(item);
    this.#rise(item);
  }

  remove(item: T): void {
    const at = item.heapAt;
    if (at < 0) return;
    item.heapAt = -1;
    const last = this.#items.pop();
    if (last === undefined || last === item) return;
    this.#put(last, at);
    this.#rise(last);
    this.#sink(last);
  }

  #put(item: T, at: number): void {
    this.#items[at] = item;
    item.heapAt = at;
  }

  #rise(item: T): void {
    while (item.heapAt > 0) {
      const at = item.heapAt;
      const above = this.#items[(at - 1) >> 1];
      if (above === undefined || above.due <= item.due) return;
      this.#put(item, above.heapAt);
      this.#put(above, at);
    }
  }

  #sink(item: T): void {
    for (;;) {
      const at = item.heapAt;
      const left = this.#items[2 * at + 1];
      const right = this.#items[2 * at + 2];
      const below = right !== undefined && left !== undefined && right.due < left.due ? right : left;
      if (below === undefined || below.due >= item.due) return;
      this.#put(item, below.heapAt);
      this.#put(below, at);
    }
  }
}
