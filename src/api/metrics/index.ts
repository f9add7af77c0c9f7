export { ApiMetrics, type GossipDropLabel, isSubscription, type NodeCount, type RefusedReason } from "./metrics.js";
