/** Upper ends of the classes of peers by score. */
export const SCORE_CLASSES = ["0.2", "0.4", "0.6", "0.8", "1.0"] as const;

/** One bounded structure. */
export interface BoundRow {
  readonly name: string;
  readonly size: number;
  readonly cap: number;
}

/** A kind of duration that the node measures: how many, and their sum. */
export interface LatencyRow {
  readonly name: string;
  readonly label: string;
  readonly count: number;
  readonly sumSeconds: number;
}

/** The load of this process. */
export interface ProcessLoad {
  /** Processor time since the start of the process. */
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  readonly heapUsedBytes: number;
  /** Time in garbage collection since the node started. */
  readonly gcSeconds: number;
  /** How late timers of the event loop were in the last full window of 5 s; undefined before its end. */
  readonly loopDelay: { readonly p50Ms: number; readonly p99Ms: number; readonly maxMs: number } | undefined;
}

/** A rare count that a person wants to know of, such as a reorganisation of the chain. */
export interface NotableRow {
  /** Unix milliseconds of the first one. */
  readonly atMs: number;
  /** Name of the counter. */
  readonly name: string;
  readonly label: string;
  /** How many of them came within a minute. */
  readonly times: number;
}

/** What the node counted and measured since the start. Names and labels are those of `/metrics`. */
export interface Observed {
  readonly counters: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly latencies: readonly LatencyRow[];
  readonly load: ProcessLoad;
  /** Oldest first. */
  readonly notable: readonly NotableRow[];
}

/** The state of the node's machinery, for people and for charts. */
export interface NodeStats extends Observed {
  /** Unix milliseconds. */
  readonly atMs: number;
  readonly bounds: readonly BoundRow[];
  /** Peers by score, in the order of {@link SCORE_CLASSES}. */
  readonly peerScores: readonly number[];
}

/** Counts of the peers by score, each 0..1. */
export function scoreClasses(scores: readonly number[]): number[] {
  const counts = SCORE_CLASSES.map(() => 0);
  for (const score of scores) {
    const index = Math.min(SCORE_CLASSES.length - 1, Math.floor(score * SCORE_CLASSES.length));
    counts[index] = (counts[index] ?? 0) + 1;
  }
  return counts;
}

/** The answer of `ai_get_node_stats`. */
export function statsAnswer(stats: NodeStats): Readonly<Record<string, unknown>> {
  const { load, latencies } = stats;
  return {
    at_ms: stats.atMs,
    counters: stats.counters,
    bounds: stats.bounds,
    latencies: latencies.map(({ sumSeconds, ...row }) => ({ ...row, sum_seconds: sumSeconds })),
    load: {
      cpu_seconds: load.cpuSeconds,
      resident_bytes: load.residentBytes,
      heap_used_bytes: load.heapUsedBytes,
      gc_seconds: load.gcSeconds,
      loop_delay:
        load.loopDelay === undefined
          ? null
          : { p50_ms: load.loopDelay.p50Ms, p99_ms: load.loopDelay.p99Ms, max_ms: load.loopDelay.maxMs },
    },
    peer_scores: Object.fromEntries(SCORE_CLASSES.map((name, index) => [name, stats.peerScores[index] ?? 0])),
    notable: stats.notable.map(({ atMs, ...row }) => ({ at_ms: atMs, ...row })),
  };
}
