import { z } from "zod";
import type { ReasonCode } from "../../protocol/errors.js";
import type { DISCOVER_METHOD, MethodName, SocketMethodName } from "../method-names.js";
import {
  alertParams,
  cancelTaskParams,
  digestParams,
  listParams,
  minerParams,
  newTasksParams,
  publishTaskParams,
  resolveParams,
  submissionParams,
  submitSolutionParams,
  subscribeParams,
  taskParams,
  taskUpdatesParams,
  unsubscribeParams,
  validateSubmissionParams,
} from "../params/index.js";
import {
  alertsShape,
  certificatesShape,
  digestShape,
  fraudAnalysisShape,
  infoShape,
  minerShape,
  peersShape,
  publishedShape,
  resolvedShape,
  rewardsShape,
  statsShape,
  submissionShape,
  syncRequestedShape,
  taskDetailsShape,
  taskPageShape,
  votesShape,
} from "../shapes/index.js";
import type { RpcErrorName } from "./error-rows.js";

/** What the document tells of a method, besides its example. */
export interface MethodDescription {
  readonly summary: string;
  readonly description?: string;
  /** The schema that parses the parameters; undefined for a method without parameters. */
  readonly params: z.ZodType | undefined;
  readonly result: z.ZodType;
  readonly errors: readonly (ReasonCode | RpcErrorName)[];
  /** The method needs a WebSocket. */
  readonly socket?: true;
}

/** What refuses any record. */
const PUBLISHING = [
  "bad_parameters",
  "payload_too_large",
  "unknown_key",
  "quota_exceeded",
  "clock_behind",
  "store_missing",
  "key_equivocated",
  "key_used_elsewhere",
  "unknown_author",
  "type_not_held",
  "peer_id_in_use",
  "peer_busy",
  "storage_full",
  "storage_failed",
  "stopped",
] as const satisfies readonly ReasonCode[];

/** What refuses any record about a task, besides. */
const IN_TASK = ["not_found", "task_cancelled", "outside_task_max_age"] as const satisfies readonly ReasonCode[];

const ONCE =
  "The answer comes when the record is on the disk. A call with the same idempotency_key and the same content " +
  "publishes nothing: its answer is that of the first call, with `duplicate: true`.";

const discovered = z.object({
  openrpc: z.string(),
  info: z.object({ title: z.string(), version: z.string() }),
  methods: z.array(z.unknown()),
});

const subscribed = z.object({ subscription: z.string().describe("the name to give to unsubscribe") });
const SUBSCRIBING = ["bad_parameters", "not_found", "over_budget", "already_subscribed"] as const;

/** Every method. A method of the sister document has its name (reference 3, "Doc RPC surface"). */
export const DESCRIPTIONS: Readonly<Record<MethodName | SocketMethodName | typeof DISCOVER_METHOD, MethodDescription>> =
  {
    ai_get_network_info: {
      summary: "the node: identity, state, keys, health",
      params: undefined,
      result: infoShape,
      errors: ["invalid_params"],
    },
    ai_get_peers: {
      summary: "connected peers, and the addresses that the node dials",
      params: undefined,
      result: peersShape,
      errors: ["invalid_params"],
    },
    ai_get_node_stats: {
      summary: "counts, durations and sizes of the node, and the load of its process",
      description: "The names are those of /metrics. Two answers give a rate.",
      params: undefined,
      result: statsShape,
      errors: ["invalid_params"],
    },
    ai_list_active_tasks: {
      summary: "a page of tasks, newest first",
      description: "Pass `next` as `after` for the next page.",
      params: listParams,
      result: taskPageShape,
      errors: ["bad_parameters"],
    },
    ai_resolve_id: {
      summary: "the full id of a record whose first digits are given",
      description: "The cost does not depend on the number of records.",
      params: resolveParams,
      result: resolvedShape,
      errors: ["bad_parameters", "not_found", "ambiguous_id"],
    },
    ai_get_task_details: {
      summary: "a task with its data, submissions, validations and proofs",
      params: taskParams,
      result: taskDetailsShape,
      errors: ["bad_parameters", "not_found"],
    },
    ai_get_submission: {
      summary: "an accepted submission, with its answer if the node holds it",
      params: submissionParams,
      result: submissionShape,
      errors: ["bad_parameters", "not_found"],
    },
    ai_get_certificates: {
      summary: "the certificates of a submission, which verify-certificate checks without a node",
      params: submissionParams,
      result: certificatesShape,
      errors: ["bad_parameters", "not_found", "storage_corrupt", "storage_failed"],
    },
    ai_get_votes: {
      summary: "the open votes of roster members on a submission",
      description: "There are none before the validation window is over, and none after the certificate.",
      params: submissionParams,
      result: votesShape,
      errors: ["bad_parameters", "not_found"],
    },
    ai_get_reward_distribution: {
      summary: "how the reward of a final task is split, in nanoTOS; this program pays nothing",
      description:
        "The entries, `network_fee` and `refund` sum to `total_reward_pool`. Bonus pools are out: the documents take them " +
        "from a pool that is given away already (docs/deviations.md).",
      params: taskParams,
      result: rewardsShape,
      errors: ["bad_parameters", "not_found", "storage_corrupt", "storage_failed"],
    },
    ai_get_fraud_analysis: {
      summary: "what points to fraud in a submission and in the habits of its validators",
      description:
        "Statistics of this node (docs/suspicion.md): they prove nothing, are told to no peer, and change no verdict. " +
        "More than 8 calls at once get peer_busy.",
      params: submissionParams,
      result: fraudAnalysisShape,
      errors: ["bad_parameters", "not_found", "peer_busy"],
    },
    ai_get_fraud_alerts: {
      summary: "alerts that hold, newest first: proofs of equivocation",
      params: alertParams,
      result: alertsShape,
      errors: ["bad_parameters"],
    },
    ai_get_miner_stats: {
      summary: "counts of an author's records in the last 45 days; zeros for an unknown author",
      params: minerParams,
      result: minerShape,
      errors: ["bad_parameters"],
    },
    ai_publish_task: {
      summary: "publishes a task",
      description: `Give either deadline or duration_seconds. A deadline is at most 30 days ahead (a rule of the network). ${ONCE}`,
      params: publishTaskParams,
      result: publishedShape,
      errors: [...PUBLISHING, "bad_deadline"],
    },
    ai_submit_solution: {
      summary: "submits an answer to a task",
      description: `Give either answer or answer_base64, not empty. ${ONCE}`,
      params: submitSolutionParams,
      result: publishedShape,
      errors: [...PUBLISHING, ...IN_TASK, "own_task", "author_excluded", "already_submitted", "task_over"],
    },
    ai_validate_submission: {
      summary: "gives a submission a score",
      description: `RequestExpertReview is refused: it has no score to record. ${ONCE}`,
      params: validateSubmissionParams,
      result: publishedShape,
      errors: [
        ...PUBLISHING,
        ...IN_TASK,
        "own_task",
        "own_submission",
        "author_excluded",
        "already_validated",
        "validation_over",
        "first_held_late",
      ],
    },
    ai_cancel_task: {
      summary: "cancels a task of an own author",
      description: `A task is cancelled while no submission counts. ${ONCE}`,
      params: cancelTaskParams,
      result: publishedShape,
      errors: [...PUBLISHING, ...IN_TASK, "not_publisher", "has_submissions", "task_over"],
    },
    ai_get_state_digest: {
      summary: "one hash over the state of the node: equal digests mean equal states",
      description:
        "The call hashes what changed since the last digest. Digests are computed one after the other; more than 8 calls " +
        "at once get peer_busy.",
      params: digestParams,
      result: digestShape,
      errors: ["bad_parameters", "peer_busy", "stopped"],
    },
    ai_sync_task: {
      summary: "requests everything about a task from peers",
      params: taskParams,
      result: syncRequestedShape,
      errors: ["bad_parameters"],
    },
    "rpc.discover": {
      summary: "this document",
      params: undefined,
      result: discovered,
      errors: ["invalid_params"],
    },
    subscribe: {
      summary: "sends events from now on, or from a sequence on, under the id of this request",
      params: subscribeParams,
      result: z.literal(true),
      errors: SUBSCRIBING,
      socket: true,
    },
    unsubscribe: {
      summary: "ends a subscription",
      params: unsubscribeParams,
      result: z.literal(true),
      errors: ["bad_parameters", "not_subscribed"],
      socket: true,
    },
    ai_subscribe_new_tasks: {
      summary: "subscribe to task_published, under the sister document's name",
      params: newTasksParams,
      result: subscribed,
      errors: SUBSCRIBING,
      socket: true,
    },
    ai_subscribe_task_updates: {
      summary: "subscribe to every event of a task, under the sister document's name",
      params: taskUpdatesParams,
      result: subscribed,
      errors: SUBSCRIBING,
      socket: true,
    },
  };
