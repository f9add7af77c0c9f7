import { createHash } from "node:crypto";
import type { Ticket } from "./schedule.js";

/** A digest of all calls of a run, in their order: when, and of whom. Cheap for each call. */
export class RunDigest {
  #a = 0x811c9dc5;
  #b = 0x9e3779b9;
  readonly #names = new Map<string, number>();

  add({ atUs, order, life }: Ticket): void {
    this.#mix(atUs % 4_294_967_296);
    this.#mix(order);
    this.#mix(life === undefined ? 0 : this.#number(life.name));
  }

  /** The digest with more text, 64 hex digits. */
  with(text: string): string {
    return createHash("sha256").update(`${this.#a} ${this.#b} ${text}`).digest("hex");
  }

  #number(name: string): number {
    let number = this.#names.get(name);
    if (number === undefined) {
      number = this.#names.size + 1;
      this.#names.set(name, number);
    }
    return number;
  }

  #mix(word: number): void {
    this.#a = Math.imul(this.#a ^ word, 0x01000193) >>> 0;
    this.#b = (Math.imul(this.#b ^ (word >>> 7), 0x85ebca6b) + word) >>> 0;
  }
}
