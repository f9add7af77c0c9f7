/** The methods of the API over HTTP and WebSocket. */
export const METHOD_NAMES = [
  "ai_get_network_info",
  "ai_get_peers",
  "ai_get_node_stats",
  "ai_publish_task",
  "ai_submit_solution",
  "ai_validate_submission",
  "ai_cancel_task",
  "ai_get_task_details",
  "ai_get_fraud_alerts",
  "ai_get_miner_stats",
  "ai_get_submission",
  "ai_get_certificates",
  "ai_get_votes",
  "ai_get_reward_distribution",
  "ai_get_fraud_analysis",
  "ai_list_active_tasks",
  "ai_resolve_id",
  "ai_get_state_digest",
  "ai_sync_task",
] as const;
export type MethodName = (typeof METHOD_NAMES)[number];

/** Whether a method changes nothing: no record, no request to a peer. */
const READS: Readonly<Record<MethodName, boolean>> = {
  ai_get_network_info: true,
  ai_get_peers: true,
  ai_get_node_stats: true,
  ai_publish_task: false,
  ai_submit_solution: false,
  ai_validate_submission: false,
  ai_cancel_task: false,
  ai_get_task_details: true,
  ai_get_fraud_alerts: true,
  ai_get_miner_stats: true,
  ai_get_submission: true,
  ai_get_certificates: true,
  ai_get_votes: true,
  ai_get_reward_distribution: true,
  ai_get_fraud_analysis: true,
  ai_list_active_tasks: true,
  ai_resolve_id: true,
  ai_get_state_digest: true,
  ai_sync_task: false,
};

/** Whether a caller who may only read may call the method. */
export function isReadingMethod(name: MethodName): boolean {
  return READS[name];
}

/** The methods that a WebSocket has besides. */
export const SOCKET_METHOD_NAMES = [
  "subscribe",
  "unsubscribe",
  "ai_subscribe_new_tasks",
  "ai_subscribe_task_updates",
] as const;
export type SocketMethodName = (typeof SOCKET_METHOD_NAMES)[number];

/** OpenRPC's method that answers with the document of the API. A host of a managed node does not offer it. */
export const DISCOVER_METHOD = "rpc.discover";
