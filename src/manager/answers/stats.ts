import { type NodeStats, type Observed, scoreClasses } from "../../api/index.js";
import { boundRows } from "./report.js";
import type { ReportParts } from "./report-parts.js";

const BASIS_POINTS = 10_000;

/** What a manager without metrics reports. */
const NOTHING: Observed = {
  counters: {},
  latencies: [],
  load: { cpuSeconds: 0, residentBytes: 0, heapUsedBytes: 0, gcSeconds: 0, loopDelay: undefined },
  notable: [],
};

/** Counts and sizes of the node, for `ai_get_node_stats`. */
export function nodeStats(parts: ReportParts): NodeStats {
  const nowMs = parts.nowMs();
  const reports = parts.engine.peerReports(Math.floor(nowMs / 1000));
  return {
    ...(parts.options.observed?.() ?? NOTHING),
    atMs: nowMs,
    bounds: boundRows(parts),
    peerScores: scoreClasses(reports.map(({ score }) => score.overall / BASIS_POINTS)),
  };
}
