import type { StoreWrite } from "../../../src/engine/index.js";
import type { RecordStore } from "../../../src/storage/index.js";
import type { Random } from "../world/random.js";

/** A record in a node's store, as the simulator needs it. */
export interface HeldRecord {
  readonly id: string;
  readonly author: string;
  /** Tasks, submissions, validations: 0, 1, 2. */
  readonly type: number;
  readonly number: number;
  readonly timestampSeconds: number;
}

/** A record and when the node wrote it. */
export interface TimedRecord extends HeldRecord {
  readonly heldMs: number;
}

/**
 * What one node has written to its store, by the writes themselves: the simulator's own knowledge of the set. Two nodes
 * have equal sets exactly if `count` and `sum` are equal, up to a chance of 2^-96.
 */
export class HeldRecords {
  readonly records = new Map<string, TimedRecord>();
  readonly bodies = new Map<string, number>();
  /** Envelopes of the kept votes and alerts, by "kind key". */
  readonly messages = new Map<string, Uint8Array>();
  /** XOR of the first 96 bits of all ids, three words. */
  readonly sum = new Uint32Array(3);
  /** Ids in the order in which they were written; some may have left the set. */
  readonly #order: string[] = [];

  get count(): number {
    return this.records.size;
  }

  /** Equal text for equal sets. */
  get root(): string {
    return `${this.records.size}:${this.sum.join(":")}`;
  }

  /** Reads the set from a store as the engine does. */
  async load(store: Pick<RecordStore, "members" | "bodies" | "kept">, nowMs: number): Promise<void> {
    this.#clear();
    for await (const { entry } of store.members()) this.add(entry, nowMs);
    for await (const { hash } of store.bodies()) this.bodies.set(hash, (this.bodies.get(hash) ?? 0) + 1);
    for await (const { entry, envelope } of store.kept()) this.messages.set(`${entry.kind} ${entry.key}`, envelope);
  }

  apply(writes: readonly StoreWrite[], nowMs: number, made: (record: HeldRecord) => void): void {
    for (const write of writes) {
      switch (write.kind) {
        case "put_record":
          if (this.records.has(write.entry.id)) break;
          this.add(write.entry, nowMs);
          made(write.entry);
          break;
        case "drop_record":
          if (this.records.delete(write.entry.id)) this.#flip(write.entry.id);
          break;
        case "put_body":
        case "refer_body":
          this.bodies.set(write.hash, (this.bodies.get(write.hash) ?? 0) + 1);
          break;
        case "drop_body": {
          const left = (this.bodies.get(write.hash) ?? 0) - 1;
          if (left > 0) this.bodies.set(write.hash, left);
          else this.bodies.delete(write.hash);
          break;
        }
        case "put_kept":
          this.messages.set(`${write.entry.kind} ${write.entry.key}`, write.envelope);
          break;
        case "drop_kept":
          this.messages.delete(`${write.entry.kind} ${write.entry.key}`);
          break;
        case "put_event":
        case "put_window":
        case "drop_window":
        case "drop_events":
        case "put_meta":
        case "drop_meta":
          break;
      }
    }
  }

  add({ id, author, type, number, timestampSeconds }: HeldRecord, heldMs: number): void {
    this.records.set(id, { id, author, type, number, timestampSeconds, heldMs });
    this.#order.push(id);
    this.#flip(id);
  }

  /** One of the held records; undefined if the draw found none. */
  sample(random: Random): TimedRecord | undefined {
    const { length } = this.#order;
    return length === 0 ? undefined : this.records.get(this.#order[random.below(length)] as string);
  }

  #clear(): void {
    this.records.clear();
    this.bodies.clear();
    this.messages.clear();
    this.sum.fill(0);
    this.#order.length = 0;
  }

  #flip(id: string): void {
    for (let i = 0; i < 3; i++) {
      this.sum[i] = (this.sum[i] as number) ^ Number.parseInt(id.slice(8 * i, 8 * i + 8), 16);
    }
  }
}
