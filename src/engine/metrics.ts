/**
 * The closed lists of counter names and labels (specification: SyncMetrics). A label is a reason code, a message name or
 * a word of these lists, never something that a peer sent.
 */
export const COUNTERS = [
  /** Envelopes looked at, by what became of them. */
  "records_in",
  /** Envelopes sent to verification, by lane. */
  "signatures_checked",
  /** Gossip bundles, by verdict. */
  "bundles_in",
  /** Own bundles (specification: record_broadcast). */
  "bundles_out",
  /** Sync requests sent, by kind (specification: record_sync_request). */
  "requests_out",
  /** Sync requests served, by status (specification: record_sync_response_sent). */
  "responses_out",
  /** Sync responses that ended an exchange, by status (specification: record_sync_response_received). */
  "responses_in",
  /** Things that an honest peer does not do, by reason. */
  "faults",
  /** Bodies fetched, refused or given up. */
  "bodies_in",
  /** Members that left with their day. */
  "records_expired",
  /** Entries dropped because a bounded structure was full, by its name. */
  "dropped",
] as const;
export type CounterName = (typeof COUNTERS)[number];
