import { HINTS_MAX } from "../constants.js";
import type { DialAddress } from "./address-scope.js";

function keyOf({ bare, peer }: DialAddress): string {
  return `${bare}/p2p/${peer ?? ""}`;
}

/** Addresses whose dials failed, and when. The oldest leave first. */
export class RestingAddresses {
  readonly #nowMs: () => number;
  readonly #sinceMs = new Map<string, number>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  get size(): number {
    return this.#sinceMs.size;
  }

  rests(address: DialAddress, restMs: number): boolean {
    const sinceMs = this.#sinceMs.get(keyOf(address));
    return sinceMs !== undefined && this.#nowMs() - sinceMs < restMs;
  }

  add(addresses: readonly DialAddress[]): void {
    for (const address of addresses) {
      this.#sinceMs.delete(keyOf(address));
      this.#sinceMs.set(keyOf(address), this.#nowMs());
    }
    for (const oldest of this.#sinceMs.keys()) {
      if (this.#sinceMs.size <= HINTS_MAX) return;
      this.#sinceMs.delete(oldest);
    }
  }
}
