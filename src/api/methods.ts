import type { z } from "zod";
import type { TaskStatus } from "../engine/index.js";
import { decodeAddress } from "../protocol/address.js";
import { fromHex, toHex } from "../protocol/bytes.js";
import { NetworkError } from "../protocol/errors.js";
import { TASK_TYPES } from "../protocol/records.js";
import { NETWORKS } from "../protocol/rules.js";
import {
  type Answer,
  alertAnswer,
  certificatesAnswer,
  infoAnswer,
  minerAnswer,
  openVotesAnswer,
  publishedAnswer,
  rewardsAnswer,
  stateDigestAnswer,
  submissionAnswer,
  taskDetailsAnswer,
  taskPageAnswer,
} from "./answers/index.js";
import type { NodeControl } from "./control.js";
import { dialsAnswer, fraudAnalysisAnswer, peerAnswer, statsAnswer } from "./facts/index.js";
import type { MethodName } from "./method-names.js";
import {
  alertParams,
  cancelTaskParams,
  digestParams,
  listParams,
  minerParams,
  noParams,
  parseWith,
  publishTaskParams,
  resolveParams,
  submissionParams,
  submitSolutionParams,
  taskParams,
  validateSubmissionParams,
} from "./params/index.js";

export { METHOD_NAMES, type MethodName } from "./method-names.js";

/** A method: takes the node and the parameters as they came (undefined if they were left out). */
export type Method = (control: NodeControl, params: unknown) => Answer | Promise<Answer>;

/** The sister document's active tasks: a miner may still join them. */
const ACTIVE: readonly TaskStatus[] = ["Published", "InProgress"];

/** If every parameter is optional, the whole object is optional. */
function optionalParams<T extends z.ZodType>(schema: T, params: unknown): z.output<T> {
  const none = params === undefined || params === null || (Array.isArray(params) && params.length === 0);
  return parseWith(schema, none ? {} : params);
}

async function listTasks(control: NodeControl, params: unknown): Promise<Answer> {
  const query = optionalParams(listParams, params);
  const { limit, after, task_type: type } = query;
  const page = await control.listTasks({
    statuses: query.status ?? ACTIVE,
    beforeDeadline: query.status === undefined,
    taskType: type === undefined ? undefined : TASK_TYPES.indexOf(type),
    limit,
    after,
  });
  return taskPageAnswer(page);
}

/** Reads an author's key or TOS address of this network, as the sister documents name miners. */
function minerKey(control: NodeControl, text: string): string {
  if (fromHex(text.toLowerCase(), 32) !== undefined) return text.toLowerCase();
  const key = decodeAddress(text, NETWORKS.indexOf(control.info().network));
  if (key.ok) return toHex(key.value);
  throw new NetworkError(
    "bad_parameters",
    "Invalid params: miner: expected 64 hex digits or an address of this network",
  );
}

/** The methods. A method of the sister document has its name (reference 3, "Doc RPC surface"). */
export const METHODS = {
  ai_get_network_info(control, params) {
    noParams(params);
    return infoAnswer(control.info());
  },
  ai_get_peers(control, params) {
    noParams(params);
    return { peers: control.peers().map(peerAnswer), dials: dialsAnswer(control.reach()) };
  },
  ai_get_node_stats(control, params) {
    noParams(params);
    return statsAnswer(control.stats());
  },
  async ai_publish_task(control, params) {
    return publishedAnswer(await control.publishTask(parseWith(publishTaskParams, params)));
  },
  async ai_submit_solution(control, params) {
    return publishedAnswer(await control.submitSolution(parseWith(submitSolutionParams, params)));
  },
  async ai_validate_submission(control, params) {
    return publishedAnswer(await control.validateSubmission(parseWith(validateSubmissionParams, params)));
  },
  async ai_cancel_task(control, params) {
    return publishedAnswer(await control.cancelTask(parseWith(cancelTaskParams, params)));
  },
  async ai_get_task_details(control, params) {
    return taskDetailsAnswer(await control.taskDetails(parseWith(taskParams, params).task_id));
  },
  ai_get_fraud_alerts(control, params) {
    const { task_id: taskId, limit } = optionalParams(alertParams, params);
    return { alerts: control.fraudAlerts(taskId, limit).map(alertAnswer) };
  },
  async ai_get_miner_stats(control, params) {
    const miner = minerKey(control, parseWith(minerParams, params).miner);
    return minerAnswer(miner, control.minerStats(miner), await control.minerOnChain(miner));
  },
  async ai_get_submission(control, params) {
    return submissionAnswer(await control.submission(parseWith(submissionParams, params).submission_id));
  },
  async ai_get_certificates(control, params) {
    return certificatesAnswer(await control.certificates(parseWith(submissionParams, params).submission_id));
  },
  ai_get_votes(control, params) {
    return openVotesAnswer(control.votes(parseWith(submissionParams, params).submission_id));
  },
  async ai_get_reward_distribution(control, params) {
    const { task_id: taskId } = parseWith(taskParams, params);
    return rewardsAnswer(taskId, await control.rewards(taskId));
  },
  async ai_get_fraud_analysis(control, params) {
    return fraudAnalysisAnswer(await control.fraudAnalysis(parseWith(submissionParams, params).submission_id));
  },
  ai_list_active_tasks: listTasks,
  ai_resolve_id(control, params) {
    const { prefix, kind } = parseWith(resolveParams, params);
    const { id, kind: found, taskId } = control.resolveId(prefix, kind);
    return { id, kind: found, task_id: taskId };
  },
  async ai_get_state_digest(control, params) {
    return stateDigestAnswer(await control.stateDigest(optionalParams(digestParams, params).at));
  },
  async ai_sync_task(control, params) {
    const { task_id: taskId } = parseWith(taskParams, params);
    await control.syncTask(taskId);
    return { task_id: taskId, requested: true };
  },
} as const satisfies Record<MethodName, Method>;

export function isMethodName(name: string): name is MethodName {
  return Object.hasOwn(METHODS, name);
}
