import { decodeList } from "../../protocol/certificate.js";
import type { WeightedKey } from "../../protocol/digests.js";
import type { NetworkRules } from "../../protocol/rules.js";
import { decodeCertificate } from "../../protocol/verdict-messages.js";
import type { TaskView } from "../fold/index.js";
import { type JudgedSubmission, type RewardDistribution, splitRewards } from "./split-rewards.js";

/**
 * Why a task has no final split:
 * - `announcement`: it is not held, or its slot is equivocated
 * - `cancelled`
 * - `no_roster`: nobody votes on the task, so nothing becomes final
 * - `window_open`: submissions and validations may still come
 * - `contested`: a submission has certificates of different value
 * - `not_certified`: a counted submission has no certificate
 * - `no_submissions`
 * - `nothing_reached`: every submission is certified, and none is reached: the documents give the pool back
 * - `certificate_not_held`: a certificate could not be read from the disk
 */
export type RewardsPending =
  | "announcement"
  | "cancelled"
  | "no_roster"
  | "window_open"
  | "contested"
  | "not_certified"
  | "no_submissions"
  | "nothing_reached"
  | "certificate_not_held";

/** The payload of the certificate of a submission, which the set holds, so it was verified. */
export interface CertifiedSubmission {
  readonly submissionId: string;
  readonly payload: Uint8Array;
}

export type RewardsOf =
  | { readonly kind: "final"; readonly distribution: RewardDistribution }
  | { readonly kind: "pending"; readonly reason: RewardsPending };

/** The split of a task's reward at T (unix seconds). `roster`: that of the task, in its order. */
export function rewardsOf(
  view: TaskView,
  roster: readonly WeightedKey[] | undefined,
  certificates: readonly CertifiedSubmission[],
  atSeconds: number,
  rules: Pick<NetworkRules, "validationWindowSeconds">,
): RewardsOf {
  const { announcement } = view;
  if (view.status === "Cancelled") return pending("cancelled");
  if (announcement?.payload.kind !== "task") return pending("announcement");
  if (roster === undefined) return pending("no_roster");
  const { rewardNano: poolNano, taskType, difficulty, qualityThreshold, deadlineSeconds } = announcement.payload;
  if (atSeconds <= deadlineSeconds + rules.validationWindowSeconds) return pending("window_open");
  if (view.contested.length > 0) return pending("contested");
  const certified = new Set(view.certified.map(({ submissionId }) => submissionId));
  if (view.submissions.some(({ id }) => !certified.has(id))) return pending("not_certified");
  if (certified.size === 0) return pending("no_submissions");
  if (!view.certified.some(({ reached }) => reached)) return pending("nothing_reached");
  const submissions = view.certified.flatMap(({ submissionId, reached }) => {
    const payload = certificates.find((one) => one.submissionId === submissionId)?.payload;
    return payload === undefined ? [] : judged(payload, reached, roster);
  });
  if (submissions.length < view.certified.length) return pending("certificate_not_held");
  const facts = { poolNano, taskType, difficulty, qualityThreshold, submissions };
  return { kind: "final", distribution: splitRewards(facts) };
}

function pending(reason: RewardsPending): RewardsOf {
  return { kind: "pending", reason };
}

function judged(payload: Uint8Array, reached: boolean, roster: readonly WeightedKey[]): JudgedSubmission[] {
  const certificate = decodeCertificate(payload);
  const list = certificate.ok ? decodeList(certificate.value.list) : certificate;
  if (!list.ok) return [];
  const { submissionId, submitter } = list.value;
  const validations = list.value.validations.flatMap(({ rosterIndex, score }) => {
    const member = roster[rosterIndex];
    return member === undefined ? [] : [{ validator: member.key, score, weight: member.weight }];
  });
  return [{ submissionId, submitter, reached, validations }];
}
