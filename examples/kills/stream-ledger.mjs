/**
 * Holds a stream of chain events to its contract: each block once, in order, without gaps, what no longer holds said.
 * Over the lives of a follower it is one stream: a new life begins where the last one's memory ended.
 */
export class StreamLedger {
  /** Hashes by topoheight, as told. */
  hashes = [];
  blocks = 0;
  rewinds = 0;
  skipped = 0;
  lost = 0;
  duplicates = 0;
  #next = 0;
  /** All that was ever told, also what holds no longer. */
  #emitted = new Set();

  hear(event) {
    switch (event.kind) {
      case "start":
        this.#begin(event.hash === undefined ? event.topoheight : event.topoheight + 1, event.hash);
        break;
      case "block":
        this.#block(event);
        break;
      case "rewound":
        this.rewinds++;
        this.#cut(event.toTopoheight + 1);
        break;
      case "skipped":
        this.skipped += event.toTopoheight - event.fromTopoheight + 1;
        this.#next = event.toTopoheight + 1;
        break;
      default:
        break;
    }
  }

  /** The number of these that differ from what was emitted. */
  differences(hashes) {
    const length = Math.max(hashes.length, this.hashes.length);
    return Array.from({ length }, (_, i) => i).filter((i) => hashes[i] !== this.hashes[i]).length;
  }

  #begin(next, hash) {
    // It goes on after a block that was never told. One that holds no longer it may remember: it must then say so.
    const known = hash === undefined ? next <= this.hashes.length : this.#emitted.has(`${next - 1} ${hash}`);
    if (!known) this.lost++;
    this.#cut(next);
    if (hash !== undefined) this.hashes[next - 1] = hash;
  }

  #block({ topoheight, hash }) {
    this.blocks++;
    if (topoheight < this.#next) this.duplicates++;
    if (topoheight > this.#next) this.lost += topoheight - this.#next;
    this.hashes[topoheight] = hash;
    this.#emitted.add(`${topoheight} ${hash}`);
    this.#next = topoheight + 1;
  }

  #cut(next) {
    this.hashes.length = Math.min(this.hashes.length, next);
    this.#next = next;
  }
}
