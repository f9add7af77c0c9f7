import type { MethodResult } from "../../src/api/node-client/index.js";

export type Stats = MethodResult<"ai_get_node_stats">;

/** Points of a chart: five minutes at one point every two seconds. */
export const POINTS_MAX = 150;

/** One point of every chart. Rates are per second since the point before. */
export interface Point {
  readonly atSeconds: number;
  /** Gossip bundles by verdict. */
  readonly bundles: Readonly<Record<string, number>>;
  /** Messages judged by type and outcome: records, and others. */
  readonly records: number;
  readonly messages: number;
  /** Envelopes verified. */
  readonly verified: number;
  readonly dropped: number;
  /** Processor time as a part of one core, 0..1 and more. */
  readonly cpu: number;
  readonly loopDelayMs: number | undefined;
  readonly residentBytes: number;
}

function total(counts: Readonly<Record<string, number>> | undefined): number {
  return Object.values(counts ?? {}).reduce((sum, count) => sum + count, 0);
}

/** The point between two readings; undefined if the node started anew between them. */
export function pointOf(before: Stats, now: Stats): Point | undefined {
  const seconds = (now.at_ms - before.at_ms) / 1000;
  if (seconds <= 0 || now.load.cpu_seconds < before.load.cpu_seconds) return undefined;
  const rate = (later: number, earlier: number): number => Math.max(0, later - earlier) / seconds;
  const family = (name: string): number => rate(total(now.counters[name]), total(before.counters[name]));
  const verdicts = now.counters.bundles_in ?? {};
  return {
    atSeconds: now.at_ms / 1000,
    bundles: Object.fromEntries(
      Object.entries(verdicts).map(([verdict, count]) => [
        verdict,
        rate(count, before.counters.bundles_in?.[verdict] ?? 0),
      ]),
    ),
    records: family("records_in"),
    messages: family("messages_in"),
    verified: family("signatures_checked"),
    dropped: family("gossip_dropped") + family("dropped"),
    cpu: rate(now.load.cpu_seconds, before.load.cpu_seconds),
    loopDelayMs: now.load.loop_delay?.p99_ms,
    residentBytes: now.load.resident_bytes,
  };
}

/** The points with one more; the oldest of too many is dropped. */
export function withPoint(points: readonly Point[], point: Point): readonly Point[] {
  return [...points, point].slice(-POINTS_MAX);
}
