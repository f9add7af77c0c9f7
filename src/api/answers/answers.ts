import type { CertifiedVerdict, CountedSubmission, Outlier, TaskRecord, TaskView } from "../../engine/index.js";
import type { ComputationProof, SubmissionBody, TaskBody, ValidationBody } from "../../protocol/bodies.js";
import { toHex } from "../../protocol/bytes.js";
import { DIFFICULTIES, TASK_TYPES, VERIFICATIONS } from "../../protocol/records.js";
import type {
  NodeInfo,
  Published,
  StateDigest,
  SubmissionDetails,
  SubmissionSummary,
  TaskDetails,
  TaskOnChain,
  TaskPage,
} from "../control.js";
import { authorAnswer, clockAnswer, healthAnswer, reachAnswer, syncAnswer } from "../facts/index.js";
import { taskTypeJson } from "../params/index.js";
import type { Answer } from "./answer.js";
import { alertAnswer, excludedValidationAnswer, outlierAnswer, uncountedAnswer } from "./set-answers.js";

/** Cap of the validations in one answer: a submission may have one from every validator. */
const MAX_SHOWN_VALIDATIONS = 1000;
/** Cap of the uncounted submissions in one answer: a task may have one from every author. */
const MAX_SHOWN_UNCOUNTED = 1000;

export function infoAnswer(info: NodeInfo): Answer {
  return {
    version: info.version,
    network: info.network,
    network_name: info.networkName ?? null,
    genesis: info.genesis,
    rules: info.rulesDigest,
    node_key: info.nodeKey,
    node_address: info.nodeAddress,
    peer_id: info.peerId,
    multiaddrs: info.multiaddrs,
    reach: reachAnswer(info.reach),
    kernel: { backend: info.kernel.backend, reason: info.kernel.reason ?? null },
    storage: info.storageEngine,
    authors: info.authors.map(authorAnswer),
    peers: info.peerCount,
    tasks: info.tasks,
    records: info.records,
    sync: syncAnswer(info.sync),
    registry: {
      kind: info.registry.kind,
      digest: info.registry.digest,
      time: info.registry.timeSeconds.toString(),
    },
    chain: chainAnswer(info.chain),
    started_at: info.startedSeconds,
    uptime_seconds: info.uptimeSeconds,
    event_sequence: info.eventSequence,
    damaged_values: info.damagedValues,
    message_cache: info.messageCache,
    health: healthAnswer(info.health),
    clock: clockAnswer(info.clock),
  };
}

/** Unknown values are null, never 0. */
function chainAnswer(chain: NodeInfo["chain"]): Answer {
  const { mode, place, trouble = null } = chain;
  const received = place === "received";
  const known = place !== "unknown";
  return {
    mode,
    place,
    height: received ? chain.height : null,
    topoheight: known ? chain.topoheight : null,
    stable_height: received ? chain.stableHeight : null,
    hash: known ? chain.hash : null,
    timestamp: received ? chain.timestampSeconds : null,
    trouble,
  };
}

function recordAnswer(record: Omit<TaskRecord, "payload">): Answer {
  return {
    id: record.id,
    author: record.author,
    timestamp: record.timestampSeconds,
    number: record.number,
    strand: record.strand,
  };
}

export function publishedAnswer(published: Published): Answer {
  return {
    task_id: published.taskId,
    record: recordAnswer(published.record),
    ...(published.deadlineSeconds === undefined ? {} : { deadline: published.deadlineSeconds }),
    duplicate: published.duplicate,
    ...(published.warning === undefined ? {} : { warning: published.warning }),
  };
}

/** `{data}` with text if the bytes are UTF-8, else `{data_base64}`. */
function bytesAnswer(name: string, bytes: Uint8Array): Answer {
  try {
    return { [name]: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { [`${name}_base64`]: Buffer.from(bytes).toString("base64") };
  }
}

function verdictAnswer(
  { verdict }: CountedSubmission,
  confidenceBasisPoints: number,
  outlier: Outlier | undefined,
): Answer {
  return {
    reached: verdict.reached,
    validators: verdict.n,
    sum: verdict.sum,
    sum_of_squares: verdict.sumOfSquares,
    weight_sum: verdict.weightSum,
    weighted_sum: verdict.weightedSum,
    // For display only: verdicts are computed from the exact sums above.
    mean: verdict.weightSum === 0 ? null : verdict.weightedSum / verdict.weightSum,
    confidence: confidenceBasisPoints / 10_000,
    blocked_by: outlier === undefined ? null : outlierAnswer(outlier),
  };
}

/** A final verdict: the value and the exact sums that the certificate proves. */
function certifiedAnswer({ submissionId, value, id, reached, n, sum, sumOfSquares }: CertifiedVerdict): Answer {
  return {
    submission_id: submissionId,
    certificate_id: id,
    value,
    reached,
    validators: n,
    sum,
    sum_of_squares: sumOfSquares,
  };
}

function countedAnswer({ counted, confidenceBasisPoints, outlier, bodyHeld }: SubmissionSummary): Answer {
  return {
    submission_id: counted.id,
    submitter: counted.submitter,
    submitted_at: counted.timestampSeconds,
    accepted: true,
    content_hash: counted.body.hash,
    content_length: counted.body.length,
    content_held: bodyHeld,
    verdict: verdictAnswer(counted, confidenceBasisPoints, outlier),
    validations: validationAnswers(counted),
    validations_total: counted.validations.length,
  };
}

function validationAnswers(counted: CountedSubmission): Answer[] {
  return counted.validations
    .ascending()
    .slice(0, MAX_SHOWN_VALIDATIONS)
    .map((validation) => ({
      validation_id: validation.id,
      validator: validation.validator,
      score: validation.score,
      weight: validation.weight,
      validated_at: validation.timestampSeconds,
    }));
}

/** A task in a list. */
export function taskAnswer(view: TaskView): Answer {
  const announcement = view.announcement;
  return {
    task_id: view.taskId,
    status: view.status,
    final: view.final,
    waits_for: view.waitsFor ?? null,
    task_type: TASK_TYPES[view.taskType] ?? null,
    strand: view.strand,
    published_at: view.t0,
    publisher: announcement?.author ?? null,
    ...announcementAnswer(announcement?.payload),
    submissions: view.submissions.length,
    records: view.recordCount,
  };
}

function announcementAnswer(payload: TaskRecord["payload"] | undefined): Answer {
  if (payload?.kind !== "task") return {};
  const count = payload.requiredReviewers;
  const name = VERIFICATIONS[payload.verification] ?? null;
  return {
    deadline: payload.deadlineSeconds,
    reward_amount: payload.rewardNano.toString(),
    difficulty_level: DIFFICULTIES[payload.difficulty] ?? null,
    verification_type:
      name === "PeerReview"
        ? { PeerReview: { required_reviewers: count } }
        : name === "ExpertReview"
          ? { ExpertReview: { expert_count: count } }
          : name,
    max_participants: payload.maxParticipants,
    quality_threshold: payload.qualityThreshold,
    content_hash: payload.body.hash,
    content_length: payload.body.length,
    chain_id: payload.chainId ?? null,
  };
}

export function taskPageAnswer(page: TaskPage): Answer {
  const next = page.more ? (page.tasks.at(-1)?.taskId ?? null) : null;
  return { set: page.set, tasks: page.tasks.map(taskAnswer), next };
}

function taskBodyAnswer(body: TaskBody): Answer {
  return {
    task_type: taskTypeJson(body.detail),
    description: body.description,
    ...bytesAnswer("data", body.data),
    gas_fee: body.gasFeeNano.toString(),
    stake_required: body.stakeRequiredNano.toString(),
  };
}

function chainTaskAnswer(chain: TaskOnChain): Answer {
  return {
    confirmed: chain.confirmed,
    publisher: chain.publisher,
    status: chain.status,
    published_at: chain.publishedAt,
    reward_amount: chain.rewardAmount.toString(),
    deadline_ms: chain.deadlineMs.toString(),
  };
}

export function taskDetailsAnswer(details: TaskDetails): Answer {
  const { view, set, body, submissions, uncounted, alerts, chain } = details;
  const excluded = details.excludedValidations?.slice(0, MAX_SHOWN_VALIDATIONS);
  return {
    ...taskAnswer(view),
    set,
    task_data: body === undefined ? null : taskBodyAnswer(body),
    submissions: submissions.map(countedAnswer),
    certified: view.certified.map(certifiedAnswer),
    contested: view.contested,
    uncounted_submissions: uncounted?.slice(0, MAX_SHOWN_UNCOUNTED).map(uncountedAnswer) ?? null,
    uncounted_total: uncounted?.length ?? null,
    excluded_validations: excluded?.map(excludedValidationAnswer) ?? null,
    excluded_authors: view.excludedAuthors.map(({ author, reason, proof }) => ({ author, reason, proof })),
    alerts: alerts.map(alertAnswer),
    ...(chain === undefined ? {} : { chain: chainTaskAnswer(chain) }),
  };
}

function proofAnswer(proof: ComputationProof): Answer {
  return {
    work_duration: proof.workDurationSeconds.toString(),
    resource_usage: {
      cpu_time: proof.cpuTimeMs.toString(),
      memory_peak: proof.memoryPeakBytes.toString(),
      io_operations: proof.ioOperations.toString(),
      network_requests: proof.networkRequests,
    },
    process_steps: proof.processSteps.map((step) => toHex(step)),
    randomness_proof: proof.randomnessProof.length === 0 ? null : toHex(proof.randomnessProof),
  };
}

function answerBodyAnswer(body: SubmissionBody): Answer {
  return {
    ...bytesAnswer("answer", body.answer),
    stake_amount: body.stakeNano.toString(),
    gas_fee: body.gasFeeNano.toString(),
    computation_proof: body.computationProof === undefined ? null : proofAnswer(body.computationProof),
  };
}

function validationBodyAnswer(body: ValidationBody): Answer {
  return {
    method: body.method,
    reasoning: body.reasoning,
    criteria: Object.fromEntries(body.criteria.map(({ name, score }) => [name, score])),
    evidence: Buffer.from(body.evidence).toString("base64"),
    confidence: body.confidence,
    stake_amount: body.stakeNano.toString(),
  };
}

export function submissionAnswer(details: SubmissionDetails): Answer {
  const bodies = [...details.validationBodies].map(([id, body]) => [id, validationBodyAnswer(body)]);
  return {
    task_id: details.taskId,
    ...countedAnswer(details),
    content: details.body === undefined ? null : answerBodyAnswer(details.body),
    validation_contents: Object.fromEntries(bodies),
  };
}

export function stateDigestAnswer(digest: StateDigest): Answer {
  return {
    at: digest.atSeconds,
    digest: digest.digest,
    registry_digest: digest.registryDigest,
    registry_time: digest.registryTimeSeconds.toString(),
    strands: digest.strands,
    tasks: digest.tasks,
    records: digest.records,
  };
}
