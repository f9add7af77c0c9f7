/** What a check of the database can find wrong. */
const FINDING_KINDS = [
  /** A value, or a stretch of values, that the database can't read. */
  "unreadable",
  /** A value that is none: of an index, a window, something kept. */
  "value_damaged",
  /** A member of the index whose envelope is not there, or not under its task. */
  "record_missing",
  /** An envelope that is not the record of its id, or can't be read. */
  "record_damaged",
  /** An index entry that does not say what the record says. */
  "record_misfiled",
  "signature_wrong",
  /** A stored window whose count or state is not that of its members. */
  "window_differs",
  /** A vote or an alert that can't be read or whose signature is wrong. */
  "kept_damaged",
  "body_missing",
  /** A body that is not the one of its hash. */
  "body_damaged",
  /** The verdict taken with many others is another than that kept up record by record: a fault of this program. */
  "verdict_differs",
] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

export interface Finding {
  readonly kind: FindingKind;
  /** What it was found at: a record, a task, a window, a body. */
  readonly at: string;
}

/** Findings that are named; all are counted. A person reads so many, and a whole database may be damaged. */
const FINDINGS_NAMED = 100;

/** Counts what is found, and names the first. */
export class Findings {
  readonly #counts = new Map<FindingKind, number>();
  readonly #named: Finding[] = [];

  add(kind: FindingKind, at: string): void {
    this.count(kind, 1);
    if (this.#named.length < FINDINGS_NAMED) this.#named.push({ kind, at });
  }

  /** What has no name. */
  count(kind: FindingKind, count: number): void {
    if (count > 0) this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + count);
  }

  get none(): boolean {
    return this.#counts.size === 0;
  }

  counts(): Readonly<Partial<Record<FindingKind, number>>> {
    return Object.fromEntries(this.#counts);
  }

  named(): readonly Finding[] {
    return this.#named;
  }
}
