import type { NotableRow } from "../facts/index.js";

/** Enough for what a person reads. Older rows are dropped; their counters stay. */
export const NOTABLE_MAX = 200;
/** Equal counts within this time are one row, so that a refused peer that tries again fills no log. */
const MERGE_MS = 60_000;

/** Counters whose every increment is worth a line, with the labels that are; undefined: every label. */
const NOTABLE: Readonly<Record<string, readonly string[] | undefined>> = {
  chain_events: ["rewound", "skipped"],
  chain_troubles: undefined,
  clock_steps: undefined,
  connections_refused: ["rejected_bundles"],
  standing_faults: undefined,
  alerts_out: ["made"],
};

/** The newest notable counts with their times. */
export class NotableLog {
  readonly #rows: NotableRow[] = [];
  readonly #nowMs: () => number;

  constructor(nowMs: () => number = Date.now) {
    this.#nowMs = nowMs;
  }

  count(name: string, label: string): void {
    if (!Object.hasOwn(NOTABLE, name)) return;
    if (NOTABLE[name]?.includes(label) === false) return;
    const atMs = this.#nowMs();
    const index = this.#rows.findLastIndex((row) => row.name === name && row.label === label);
    const last = this.#rows[index];
    if (last !== undefined && atMs - last.atMs < MERGE_MS) {
      this.#rows[index] = { ...last, times: last.times + 1 };
      return;
    }
    this.#rows.push({ atMs, name, label, times: 1 });
    if (this.#rows.length > NOTABLE_MAX) this.#rows.shift();
  }

  /** Oldest first. */
  rows(): NotableRow[] {
    return [...this.#rows];
  }
}
