import { toHex } from "../protocol/bytes.js";
import type { Damage } from "./damage.js";
import { recordIdOf } from "./keys.js";

/** Losses that are named; all are counted. A person reads so many, and a whole database may be damaged. */
export const LOSSES_NAMED = 100;
/** Records and bodies known to be lost, so that one is counted and told once; above that the oldest is forgotten. */
export const LOSSES_KNOWN_MAX = 10_000;

/** What the disk was believed to hold and does not; hex. */
export interface Lost {
  readonly records: readonly string[];
  readonly bodies: readonly string[];
}

/** One thing that can't be read. */
export interface Loss {
  /** Such as "record <id>", "part of derived". */
  readonly at: string;
  readonly reason: string;
}

/**
 * Counts what a database holds and can't give back, names the first, and tells which records and bodies have to be fetched
 * again.
 */
export class Losses {
  readonly #named: Loss[] = [];
  readonly #known = new Set<string>();
  #count = 0;
  #unreadable = false;
  #stretches = 0;
  #records: string[] = [];
  #bodies: string[] = [];
  #listener: ((lost: Lost) => void) | undefined;

  /** Values, and stretches of rows of which nobody knows how many values they hold. */
  get count(): number {
    return this.#count;
  }

  /** The first ones. */
  get named(): readonly Loss[] {
    return this.#named;
  }

  /** Stretches of rows passed over. */
  get stretches(): number {
    return this.#stretches;
  }

  /** Parts of the database can't be read: they stay where they are until it is rebuilt. */
  get unreadable(): boolean {
    return this.#unreadable;
  }

  /** Hears of records and bodies, of one read together, from now on. One listener. */
  onLost(listener: (lost: Lost) => void): void {
    this.#listener = listener;
  }

  damaged({ family, key, reason }: Damage): void {
    this.#unreadable = true;
    if (key === undefined) {
      this.#stretches++;
      this.#add(`part of ${family}`, reason);
      return;
    }
    const id = family === "records" ? recordIdOf(key) : undefined;
    if (id !== undefined) this.record(id, reason);
    else if (family === "bodies") this.#body(toHex(key), reason);
    else this.#add(`${family} ${toHex(key)}`, reason);
  }

  record(id: string, reason: string): void {
    if (!this.#isKnown(`record ${id}`, reason)) this.#tell(this.#records, id);
  }

  /** The record (`body`: the body of this hash) is written again. */
  held(id: string, body = false): void {
    if (this.#known.size > 0) this.#known.delete(body ? `body ${id}` : `record ${id}`);
  }

  undecodable(what: string): void {
    this.#add(what, "it does not say what was written");
  }

  repaired(): void {
    this.#unreadable = false;
  }

  #body(hash: string, reason: string): void {
    if (!this.#isKnown(`body ${hash}`, reason)) this.#tell(this.#bodies, hash);
  }

  #isKnown(at: string, reason: string): boolean {
    if (this.#known.has(at)) return true;
    const oldest = this.#known.values().next().value;
    if (this.#known.size >= LOSSES_KNOWN_MAX && oldest !== undefined) this.#known.delete(oldest);
    this.#known.add(at);
    this.#add(at, reason);
    return false;
  }

  #add(at: string, reason: string): void {
    this.#count++;
    if (this.#named.length < LOSSES_NAMED) this.#named.push({ at, reason });
  }

  /** Once for all that one read finds. */
  #tell(list: string[], id: string): void {
    if (this.#listener === undefined) return;
    const first = this.#records.length + this.#bodies.length === 0;
    list.push(id);
    if (!first) return;
    queueMicrotask(() => {
      const lost = { records: this.#records, bodies: this.#bodies };
      this.#records = [];
      this.#bodies = [];
      this.#listener?.(lost);
    });
  }
}
