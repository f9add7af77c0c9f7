import { BoundedMap } from "./bounded-map.js";

/** Requests remembered after their end: what is still on its way for them is nobody's fault. */
const RECENT_MAX = 4096;

/** Ids of exchanges that have just ended, so that a late frame is told from one that nobody asked for. */
export class RequestBook {
  readonly #recent = new BoundedMap<string, true>(RECENT_MAX);

  close(peer: string, requestId: string): void {
    this.#recent.set(`${peer}:${requestId}`, true);
  }

  isRecent(peer: string, requestId: string): boolean {
    return this.#recent.has(`${peer}:${requestId}`);
  }
}
