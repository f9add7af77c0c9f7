import type { StoreWrite } from "../engine/index.js";
import { toHex } from "../protocol/bytes.js";
import type { Damage } from "./damage.js";
import { recordIdOf } from "./keys.js";

/** Cap of the named losses: a whole database may be damaged. All losses are counted. */
export const LOSSES_NAMED = 100;
/** Cap of the remembered lost records and bodies, each counted once. Above it the oldest is forgotten. */
export const LOSSES_KNOWN_MAX = 10_000;

/** Lost records and bodies, hex. */
export interface Lost {
  readonly records: readonly string[];
  readonly bodies: readonly string[];
}

/** One loss. */
export interface Loss {
  /** Such as "record <id>", "part of derived". */
  readonly at: string;
  readonly reason: string;
  /** True if the database can't read it; false for a readable value that can't be decoded. */
  readonly unreadable: boolean;
}

/** Counts lost values, names the first, and reports which records and bodies must be fetched again. */
export class Losses {
  readonly #named: Loss[] = [];
  /** Name of a loss to whether it is unreadable. */
  readonly #known = new Map<string, boolean>();
  readonly #counts = { unreadable: 0, undecodable: 0, missing: 0 };
  #unreadable = false;
  #ranges = 0;
  #records: string[] = [];
  #bodies: string[] = [];
  #listener: ((lost: Lost) => void) | undefined;

  /** Number of losses: values, and ranges of an unknown number of rows. */
  get count(): number {
    const { unreadable, undecodable, missing } = this.#counts;
    return unreadable + undecodable + missing;
  }

  /** Losses by kind: unreadable, undecodable, and missing although an index names them. */
  get counts(): Readonly<Record<"unreadable" | "undecodable" | "missing", number>> {
    return this.#counts;
  }

  /** The first losses. */
  get named(): readonly Loss[] {
    return this.#named;
  }

  /** The number of skipped ranges of rows. */
  get ranges(): number {
    return this.#ranges;
  }

  /** Parts of the database can't be read; they remain until it is rebuilt. */
  get unreadable(): boolean {
    return this.#unreadable;
  }

  /** Sets the one listener. It gets lost records and bodies from now on, those of one read together. */
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
      this.#ranges++;
      // One range counts once, however often it is skipped.
      this.#isNew(`part of ${family}`, reason, "unreadable", reason);
      return;
    }
    const id = family === "records" ? recordIdOf(key) : undefined;
    if (id !== undefined) this.#record(id, reason, "unreadable");
    else if (family === "bodies") this.#body(toHex(key), reason);
    else this.#isNew(`${family} ${toHex(key)}`, reason, "unreadable");
  }

  /** Counts damage that was found in the files before the opening. */
  file(reason: string): void {
    this.#isNew("file", reason, "unreadable", reason);
  }

  /** Counts a record that is missing or too short. */
  missing(id: string, reason: string): void {
    this.#record(id, reason, "missing");
  }

  /** Records and bodies of these writes are stored again. */
  stored(writes: readonly StoreWrite[]): void {
    if (this.#known.size === 0) return;
    for (const write of writes) {
      if (write.kind === "put_record") this.#known.delete(`record ${write.entry.id}`);
      else if (write.kind === "put_body") this.#known.delete(`body ${write.hash}`);
    }
  }

  undecodable(what: string): void {
    this.#add(what, "it differs from what was written", "undecodable");
  }

  repaired(): void {
    this.#unreadable = false;
  }

  #record(id: string, reason: string, kind: "unreadable" | "missing"): void {
    if (this.#isNew(`record ${id}`, reason, kind)) this.#report(this.#records, id);
  }

  #body(hash: string, reason: string): void {
    if (this.#isNew(`body ${hash}`, reason, "unreadable")) this.#report(this.#bodies, hash);
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

  /** Calls the listener once for all losses of one read. */
  #report(list: string[], id: string): void {
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
