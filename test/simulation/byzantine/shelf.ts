import type { Random } from "../world/random.js";
import type { PeerRecord } from "./records.js";

/** Records that a peer remembers: more than the runs with byzantine peers have. Beyond it none is added. */
const RECORDS_MAX = 20_000;

/** The ids of one window. */
export interface ListedWindow {
  readonly window: number;
  /** Ascending. */
  readonly ids: readonly string[];
}

/** The records and bodies that a byzantine peer heard of or made. */
export class Shelf {
  readonly #records = new Map<string, PeerRecord>();
  readonly #order: PeerRecord[] = [];
  /** By hash. */
  readonly bodies = new Map<string, Uint8Array>();

  add(record: PeerRecord): void {
    if (this.#records.has(record.id) || this.#records.size >= RECORDS_MAX) return;
    this.#records.set(record.id, record);
    this.#order.push(record);
  }

  get(id: string): PeerRecord | undefined {
    return this.#records.get(id);
  }

  /** One of the records; undefined while there is none. */
  pick(random: Random, good: (record: PeerRecord) => boolean = () => true): PeerRecord | undefined {
    for (let i = 0; i < 8 && this.#order.length > 0; i++) {
      const record = random.pick(this.#order);
      if (good(record)) return record;
    }
    return undefined;
  }

  ofTask(taskId: string): PeerRecord[] {
    return this.#order.filter(({ task }) => task.taskId === taskId);
  }

  /** The windows of a strand, newest first. */
  windows(strand: string): ListedWindow[] {
    const byWindow = new Map<number, string[]>();
    for (const record of this.#order) {
      if (record.strand !== strand) continue;
      const ids = byWindow.get(record.window) ?? [];
      byWindow.set(record.window, ids);
      ids.push(record.id);
    }
    return [...byWindow].sort(([a], [b]) => b - a).map(([window, ids]) => ({ window, ids: ids.sort() }));
  }
}
