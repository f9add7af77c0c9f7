/** The kinds of findings of a database check. */
const FINDING_KINDS = [
  /** A value, or a range of values, that the database can't read. */
  "unreadable",
  /** A value that can't be decoded: a record, a window or a kept message. */
  "value_damaged",
  /** A name of a record without the record. */
  "record_missing",
  /** An envelope that can't be decoded or has another record id. */
  "record_damaged",
  /** A record under another task, strand or window than its own, or without its name. */
  "record_misfiled",
  "signature_wrong",
  /** A stored window whose count or state differs from its members. */
  "window_differs",
  /** A checkpoint of a task that is damaged, or differs from the records of the task. */
  "checkpoint_differs",
  /** A vote or an alert that can't be decoded or has a wrong signature. */
  "kept_damaged",
  "body_missing",
  /** A body whose hash differs. */
  "body_damaged",
  /** The batched verdict differs from the verdict that is updated record by record: a defect of this program. */
  "verdict_differs",
] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

export interface Finding {
  readonly kind: FindingKind;
  /** The place: a record, a task, a window or a body. */
  readonly at: string;
}

/** Findings that are named; all are counted. A person reads about this many. */
const FINDINGS_NAMED = 100;

/** Counts findings, and names the first ones. */
export class Findings {
  readonly #counts = new Map<FindingKind, number>();
  readonly #named: Finding[] = [];

  add(kind: FindingKind, at: string): void {
    this.count(kind, 1);
    if (this.#named.length < FINDINGS_NAMED) this.#named.push({ kind, at });
  }

  /** Counts findings without a place. */
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
