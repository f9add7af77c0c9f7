import { toHex } from "../../protocol/bytes.js";
import { listValue } from "../../protocol/certificate.js";
import type { TaskRef } from "../../protocol/records.js";
import { BoundedMap } from "../bounded/index.js";
import type { Context } from "../context.js";

/** Verdict lists by their value, and the values whose lists this node wants from peers. */
export class ListShelf {
  readonly #context: Context;
  readonly #lists: BoundedMap<string, Uint8Array>;
  readonly #wanted: BoundedMap<string, TaskRef>;

  constructor(context: Context) {
    this.#context = context;
    this.#lists = new BoundedMap(context.limits.verdict_lists);
    this.#wanted = new BoundedMap(context.limits.wanted_lists);
  }

  get size(): number {
    return this.#lists.size;
  }

  get wantedCount(): number {
    return this.#wanted.size;
  }

  get(value: string): Uint8Array | undefined {
    return this.#lists.get(value);
  }

  /** Keeps an own list. */
  put(value: string, bytes: Uint8Array): void {
    this.#lists.set(value, bytes);
    this.#wanted.delete(value);
  }

  want(value: string, task: TaskRef): void {
    if (this.#lists.has(value) || this.#wanted.has(value)) return;
    if (this.#wanted.set(value, task) !== undefined) this.#context.out.count("dropped", "wanted_lists");
  }

  wanted(): IterableIterator<[string, TaskRef]> {
    return this.#wanted.entries();
  }

  isWanted(value: string): boolean {
    return this.#wanted.has(value);
  }

  /** No peer has it now. */
  giveUp(value: string): void {
    this.#wanted.delete(value);
  }

  /** Takes the list of a value from a peer. False: its hash is another. */
  receive(value: string, bytes: Uint8Array): boolean {
    if (toHex(listValue(this.#context.blake3, bytes)) !== value) return false;
    this.put(value, bytes.slice());
    return true;
  }
}
