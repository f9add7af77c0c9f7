/** A place in a doubly linked list; the links belong to the list. */
export interface Linked<T> {
  previous: T | undefined;
  next: T | undefined;
}

/** A list that an item can leave from anywhere without a search. */
class LinkedList<T extends Linked<T>> {
  #first: T | undefined;
  #last: T | undefined;

  get first(): T | undefined {
    return this.#first;
  }

  addFirst(item: T): void {
    item.next = this.#first;
    item.previous = undefined;
    if (this.#first === undefined) this.#last = item;
    else this.#first.previous = item;
    this.#first = item;
  }

  addLast(item: T): void {
    item.previous = this.#last;
    item.next = undefined;
    if (this.#last === undefined) this.#first = item;
    else this.#last.next = item;
    this.#last = item;
  }

  remove(item: T): void {
    if (item.previous === undefined) this.#first = item.next;
    else item.previous.next = item.next;
    if (item.next === undefined) this.#last = item.previous;
    else item.next.previous = item.previous;
    item.previous = undefined;
    item.next = undefined;
  }
}

/** An item of a {@link TurnQueue}. `line` belongs to the queue: undefined while the item is in none. */
export interface Queued<T extends Linked<T>> extends Linked<T> {
  readonly owner: string;
  line: Line<T> | undefined;
}

/** The items of one owner. */
export interface Line<T extends Linked<T>> extends Linked<Line<T>> {
  readonly owner: string;
  readonly items: LinkedList<T>;
}

/** A queue in which owners take turns, so that many items of one owner do not delay others. Every operation is O(1). */
export class TurnQueue<T extends Queued<T>> {
  readonly #lines = new Map<string, Line<T>>();
  readonly #turns = new LinkedList<Line<T>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** `first`: before the other items of the same owner. The item is in no queue. */
  add(item: T, first: boolean): void {
    let line = this.#lines.get(item.owner);
    if (line === undefined) {
      line = { owner: item.owner, items: new LinkedList(), previous: undefined, next: undefined };
      this.#lines.set(item.owner, line);
      this.#turns.addLast(line);
    }
    item.line = line;
    if (first) line.items.addFirst(item);
    else line.items.addLast(item);
    this.#size++;
  }

  remove(item: T): void {
    const { line } = item;
    if (line === undefined) return;
    line.items.remove(item);
    item.line = undefined;
    this.#size--;
    if (line.items.first !== undefined) return;
    this.#lines.delete(line.owner);
    this.#turns.remove(line);
  }

  /** Takes the first item of the next owner in turn. */
  take(): T | undefined {
    const line = this.#turns.first;
    const item = line?.items.first;
    if (line === undefined || item === undefined) return undefined;
    this.#turns.remove(line);
    this.#turns.addLast(line);
    this.remove(item);
    return item;
  }
}
