/**
 * Checks the contract of a stream of chain events: each block once, in order, without gaps, and every rewind emitted.
 * The lives of a follower form one stream: a new life begins where the stored state of the last one ended.
 */
export class StreamLedger {
  /** Hashes by topoheight, as emitted. */
  hashes = [];
  blocks = 0;
  rewinds = 0;
  skipped = 0;
  lost = 0;
  duplicates = 0;
  #next = 0;
  /** All blocks that were ever emitted, rewound ones too. */
  #emitted = new Set();

  take(event) {
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
    // A start after a block that was never emitted is a fault. A start after a rewound block is allowed: the follower
    // must then emit the rewind.
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
