import { isMethodName, METHOD_NAMES, type MethodName } from "../../api/methods.js";

/** Descriptions that a node may show beside its own methods. */
const DESCRIPTIONS: Readonly<Record<MethodName, string>> = {
  ai_get_network_info: "this node's identity and state on the AI-mining network",
  ai_get_peers: "connected peers of the AI-mining network",
  ai_get_node_stats: "counts, sizes and load of this node",
  ai_publish_task: "publishes a task",
  ai_submit_solution: "submits a solution to a task",
  ai_validate_submission: "validates a submission",
  ai_cancel_task: "cancels a task of an own author",
  ai_get_task_details: "a task with its submissions, validations and verdict",
  ai_get_fraud_alerts: "proofs of equivocation",
  ai_get_miner_stats: "counts of an author's records",
  ai_get_submission: "a submission, with its answer if it is public",
  ai_get_certificates: "the certificates of a submission",
  ai_get_votes: "the open votes on a submission",
  ai_get_reward_distribution: "how the reward of a final task is split",
  ai_get_fraud_analysis: "what points to fraud in a submission, without proof",
  ai_list_active_tasks: "tasks that a miner may still join, or those of another status",
  ai_resolve_id: "the full id of a record whose first digits are given",
  ai_get_state_digest: "one hash over this node's state at a time",
  ai_sync_task: "requests a task's records from peers",
};

/** Methods that the host may offer to its own callers. */
export const METHOD_LIST: readonly { readonly name: MethodName; readonly description: string }[] = METHOD_NAMES.map(
  (name) => ({ name, description: DESCRIPTIONS[name] }),
);

export { isMethodName, type MethodName };
