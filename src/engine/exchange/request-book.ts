import { BoundedMap } from "../bounded/index.js";

/** Ids of exchanges that ended a moment ago: distinguishes a late frame from an unsolicited one. */
export class RequestBook {
  readonly #recent: BoundedMap<string, true>;

  constructor(cap: number) {
    this.#recent = new BoundedMap(cap);
  }

  get size(): number {
    return this.#recent.size;
  }

  close(peer: string, requestId: string): void {
    this.#recent.set(`${peer}:${requestId}`, true);
  }

  isRecent(peer: string, requestId: string): boolean {
    return this.#recent.has(`${peer}:${requestId}`);
  }
}
