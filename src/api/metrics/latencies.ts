import { Histogram, type Registry } from "prom-client";
import type { LatencyRow } from "../facts/index.js";

/** The durations that the node measures, with their labels: closed lists. */
export const LATENCY_LABELS = {
  /** From a publishing call to the record on the disk, or to the refusal. */
  publish: ["accepted", "refused"],
  /** Verification of one batch, by the kernel that ran it. */
  verification: ["native", "wasm", "reference"],
  /** One write to the database, with or without a sync of the disk. */
  disk_write: ["synced", "plain"],
} as const;

export type LatencyName = keyof typeof LATENCY_LABELS;
/** Adds a duration in seconds. */
export type NodeObserve = <N extends LatencyName>(
  name: N,
  label: (typeof LATENCY_LABELS)[N][number],
  seconds: number,
) => void;

/** From a write to a fast disk to a call that waits for the first peers. */
const BUCKETS_SECONDS = [0.0005, 0.002, 0.01, 0.05, 0.2, 1, 5, 20];

const HELP: Readonly<Record<LatencyName, string>> = {
  publish: "From a publishing call to the record on the disk, or to the refusal",
  verification: "Verification of one batch of signatures, by kernel",
  disk_write: "One write to the database, with or without a sync of the disk",
};

/** Histograms of the durations, and their sums for `ai_get_node_stats`. */
export class Latencies {
  readonly #histograms: Readonly<Record<LatencyName, Histogram>>;
  readonly #rows = new Map<string, { name: string; label: string; count: number; sumSeconds: number }>();

  constructor(registry: Registry) {
    const histogram = (name: LatencyName): Histogram =>
      new Histogram({
        name: `tos_ai_sync_${name}_seconds`,
        help: HELP[name],
        labelNames: ["label"],
        buckets: BUCKETS_SECONDS,
        registers: [registry],
      });
    this.#histograms = {
      publish: histogram("publish"),
      verification: histogram("verification"),
      disk_write: histogram("disk_write"),
    };
  }

  observe(name: LatencyName, label: string, seconds: number): void {
    this.#histograms[name].observe({ label }, seconds);
    const key = `${name} ${label}`;
    const row = this.#rows.get(key) ?? { name, label, count: 0, sumSeconds: 0 };
    row.count++;
    row.sumSeconds += seconds;
    this.#rows.set(key, row);
  }

  rows(): LatencyRow[] {
    return [...this.#rows.values()].map((row) => ({ ...row }));
  }
}
