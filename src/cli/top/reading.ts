import type { MethodResult, NodeClient } from "../../api/node-client/index.js";

/** Tasks that are listed: more than fit on a screen. */
const TASKS_MAX = 100;
const ALERTS_MAX = 50;

/** The answers of a node at one time. */
export interface Reading {
  readonly info: MethodResult<"ai_get_network_info">;
  readonly stats: MethodResult<"ai_get_node_stats">;
  readonly peers: MethodResult<"ai_get_peers">["peers"];
  readonly tasks: MethodResult<"ai_list_active_tasks">["tasks"];
  readonly alerts: MethodResult<"ai_get_fraud_alerts">["alerts"];
}

/** Asks the node. Rejects with `NodeRefusal` or `NodeUnreachable`. */
export async function readNode(client: NodeClient): Promise<Reading> {
  const [info, stats, { peers }, { tasks }, { alerts }] = await Promise.all([
    client.call("ai_get_network_info"),
    client.call("ai_get_node_stats"),
    client.call("ai_get_peers"),
    client.call("ai_list_active_tasks", { status: "all", limit: TASKS_MAX }),
    client.call("ai_get_fraud_alerts", { limit: ALERTS_MAX }),
  ]);
  return { info, stats, peers, tasks, alerts };
}
