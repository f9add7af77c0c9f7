/**
 * The metrics of a node in Prometheus text: counters of the engine and the node, and the specification's names.
 *
 * In: `NodeCount` calls and a reading of `NodeControl` for each scrape. Out: the text of `/metrics`.
 *
 * Bounds: every label is of a closed list; a name outside of it is counted as `other`. A scrape reads counters only.
 */
export {
  ApiMetrics,
  type GossipDropLabel,
  isSubscription,
  NODE_COUNTER_LABELS,
  type NodeCount,
  type NodeCounter,
  type RefusedReason,
} from "./metrics.js";
