/**
 * The metrics of a node in Prometheus text: counters of the engine and the node, and the specification's names.
 *
 * In: `NodeCount` and `NodeObserve` calls, and a reading of `NodeControl` for each scrape. Out: the text of `/metrics`,
 * and the same counts for `ai_get_node_stats`.
 *
 * Bounds: every label is of a closed list; a name outside of it is counted as `other`. NOTABLE_MAX notable counts are
 * kept with their times. A scrape reads counters only.
 */
export { LATENCY_LABELS, type LatencyName, type NodeObserve } from "./latencies.js";
export { ApiMetrics, isSubscription, type MetricsOptions } from "./metrics.js";
export {
  type GossipDropLabel,
  NODE_COUNTER_LABELS,
  type NodeCount,
  type NodeCounter,
  type RefusedReason,
} from "./node-counters.js";
