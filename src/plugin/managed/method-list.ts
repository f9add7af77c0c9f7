import { isMethodName, METHOD_NAMES, type MethodName } from "../../api/index.js";

/** What each method is for, in the words that a node may show beside its own methods. */
const DESCRIPTIONS: Readonly<Record<MethodName, string>> = {
  ai_get_network_info: "who this node is on the AI-mining network and how it fares",
  ai_get_peers: "the peers of the AI-mining network that it is connected to",
  ai_publish_task: "publishes a task",
  ai_submit_solution: "submits a solution to a task",
  ai_validate_submission: "validates a submission",
  ai_cancel_task: "cancels a task of an own author",
  ai_get_task_details: "a task with its submissions, validations and verdict",
  ai_get_fraud_alerts: "proofs that an author signed against itself",
  ai_get_miner_stats: "what an author has done",
  ai_get_submission: "a submission with its answer, where it may be shown",
  ai_list_active_tasks: "tasks that a miner may still join, or those of another status",
  ai_get_state_digest: "one hash over all that this node believes at a time",
  ai_sync_task: "asks peers for what they know of a task",
};

/** The methods that the host may offer to its own callers. */
export const METHOD_LIST: readonly { readonly name: MethodName; readonly description: string }[] = METHOD_NAMES.map(
  (name) => ({ name, description: DESCRIPTIONS[name] }),
);

export { isMethodName, type MethodName };
