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
  /** The database can't read it, as against a value that can be read and says nothing. */
  readonly unreadable: boolean;
}

/**
 * Counts what a database holds and can't give back, names the first, and tells which records and bodies have to be fetched
 * again.
 */
export class Losses {
  readonly #named: Loss[] = [];
  /** By what was lost: whether it can't be read. */
  readonly #known = new Map<string, boolean>();
  readonly #counts = { unreadable: 0, undecodable: 0, missing: 0 };
  #unreadable = false;
  #stretches = 0;
  #records: string[] = [];
  #bodies: string[] = [];
  #listener: ((lost: Lost) => void) | undefined;

  /** Values, and stretches of rows of which nobody knows how many values they hold. */
  get count(): number {
    const { unreadable, undecodable, missing } = this.#counts;
    return unreadable + undecodable + missing;
  }

  /** Of these: what can't be read, what can be read and says nothing, what is in an index only. */
  get counts(): Readonly<Record<"unreadable" | "undecodable" | "missing", number>> {
    return this.#counts;
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

  /** Whether a record or body (`record <id>`, `body <hash>`) was found unreadable. */
  isUnreadable(at: string): boolean {
    return this.#known.get(at) ?? false;
  }

  damaged({ family, key, reason }: Damage): void {
    this.#unreadable = true;
    if (key === undefined) {
      this.#stretches++;
      // The same one, whenever it is read past.
      this.#isNew(`part of ${family}`, reason, "unreadable", reason);
      return;
    }
    const id = family === "records" ? recordIdOf(key) : undefined;
    if (id !== undefined) this.#record(id, reason, "unreadable");
    else if (family === "bodies") this.#body(toHex(key), reason);
    else this.#isNew(`${family} ${toHex(key)}`, reason, "unreadable");
  }

  /** Something in the files that was damaged before they were opened, and is lost. */
  file(reason: string): void {
    this.#isNew("file", reason, "unreadable", reason);
  }

  /** A record that is not there, or too short to be one. */
  missing(id: string, reason: string): void {
    this.#record(id, reason, "missing");
  }

  /** The record (`body`: the body of this hash) is written again. */
  held(id: string, body = false): void {
    if (this.#known.size > 0) this.#known.delete(body ? `body ${id}` : `record ${id}`);
  }

  undecodable(what: string): void {
    this.#add(what, "it does not say what was written", "undecodable");
  }

  repaired(): void {
    this.#unreadable = false;
  }

  #record(id: string, reason: string, kind: "unreadable" | "missing"): void {
    if (this.#isNew(`record ${id}`, reason, kind)) this.#tell(this.#records, id);
  }

  #body(hash: string, reason: string): void {
    if (this.#isNew(`body ${hash}`, reason, "unreadable")) this.#tell(this.#bodies, hash);
  }

  #isNew(at: string, reason: string, kind: "unreadable" | "missing", place = ""): boolean {
    const key = place === "" ? at : `${at} ${place}`;
    if (this.#known.has(key)) return false;
    const oldest = this.#known.keys().next().value;
    if (this.#known.size >= LOSSES_KNOWN_MAX && oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(key, kind === "unreadable");
    this.#add(at, reason, kind);
    return true;
  }

  #add(at: string, reason: string, kind: "unreadable" | "undecodable" | "missing"): void {
    this.#counts[kind]++;
    const unreadable = kind === "unreadable";
    if (this.#named.length < LOSSES_NAMED) this.#named.push({ at, reason, unreadable });
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
