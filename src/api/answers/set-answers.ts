import type { AlertView, ExcludedValidation, MinerStats, Outlier, UncountedSubmission } from "../../engine/index.js";
import { toHex } from "../../protocol/bytes.js";
import { decodeCertificate } from "../../protocol/verdict-messages.js";
import type { MinerOnChain, SubmissionCertificates, SubmissionVotes } from "../control.js";
import type { Answer } from "./answer.js";

export function alertAnswer(alert: AlertView): Answer {
  return {
    kind: alert.alertKind,
    equivocator: alert.equivocator,
    proof: alert.recordIds,
    task_ids: alert.taskIds,
    signer: alert.signer,
    signed_at: alert.timestampSeconds,
  };
}

/** A held submission that does not count. */
export function uncountedAnswer({ id, submitter, timestampSeconds, reason }: UncountedSubmission): Answer {
  return { submission_id: id, submitter, submitted_at: timestampSeconds, accepted: false, reason };
}

/** A held validation of an excluded author. */
export function excludedValidationAnswer(validation: ExcludedValidation): Answer {
  const { id, submissionId, validator, score, timestampSeconds } = validation;
  return { validation_id: id, submission_id: submissionId, validator, score, validated_at: timestampSeconds };
}

/** The payloads are hex: `verify-certificate` reads such a file. */
export function certificatesAnswer({ taskId, contested, certificates }: SubmissionCertificates): Answer {
  return {
    task_id: taskId,
    contested,
    certificates: certificates.map(({ id, value, payload }) => ({
      certificate_id: id,
      value,
      ...votesAnswer(payload),
      certificate: toHex(payload),
    })),
  };
}

/** The open votes on a submission. */
export function openVotesAnswer({ taskId, ballots }: SubmissionVotes): Answer {
  return {
    task_id: taskId,
    ballots: ballots.map(({ roster, quorum, weight, votes }) => ({
      roster,
      quorum: quorum ?? null,
      weight: weight ?? null,
      votes: votes.map((vote) => ({
        vote_id: vote.id,
        voter: vote.voter,
        round: vote.round,
        step: vote.step,
        value: vote.value,
        weight: vote.weight ?? null,
        voted_at: vote.timestampSeconds,
      })),
    })),
  };
}

/** The round of a certificate, and its votes by the place of the voter in the roster. */
function votesAnswer(payload: Uint8Array): Answer {
  const decoded = decodeCertificate(payload);
  if (!decoded.ok) return { round: null, votes: [] };
  const { round, commits } = decoded.value;
  return { round, votes: commits.map((commit) => ({ member: commit.rosterIndex, at: commit.timestampSeconds })) };
}

/** An author's statistics from the set and the author's entry on the chain. The mean is for display only. */
export function minerAnswer(miner: string, stats: MinerStats, chain: MinerOnChain | undefined): Answer {
  return {
    miner,
    tasks_published: stats.tasksPublished,
    submissions: stats.submissions,
    submissions_counted: stats.submissionsCounted,
    submissions_reached: stats.submissionsReached,
    submissions_scored: stats.submissionsScored,
    mean_score: stats.meanScore ?? null,
    validations: stats.validations,
    validations_counted: stats.validationsCounted,
    validations_unknown: stats.validationsUnknown,
    tasks_excluded: stats.tasksExcluded,
    first_seen: stats.firstSeconds ?? null,
    last_seen: stats.lastSeconds ?? null,
    ...(chain === undefined ? {} : { chain: { registered_at: chain.registeredAt, reputation: chain.reputation } }),
  };
}

export function outlierAnswer({ validationId, validator, score, neededMore }: Outlier): Answer {
  return { validation_id: validationId, validator, score, validators_needed: neededMore ?? null };
}
