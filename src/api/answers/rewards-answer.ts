import type { RewardDistribution, RewardEntry, RewardsOf } from "../../engine/index.js";
import type { Answer } from "./answer.js";

const ROLES = { participation: "Participation", validation: "Validation" } as const;

function entryAnswer({ recipient, amountNano, role, rank, qualityScore, submissionId }: RewardEntry): Answer {
  return {
    recipient,
    amount: amountNano.toString(),
    reward_type: role === "winner" ? { Winner: { rank: rank ?? 0, quality_score: qualityScore ?? 0 } } : ROLES[role],
    submission_id: submissionId ?? null,
    bonus_breakdown: {
      base_reward: amountNano.toString(),
      quality_bonus: "0",
      speed_bonus: "0",
      reputation_bonus: "0",
    },
  };
}

function distributionAnswer(taskId: string, distribution: RewardDistribution): Answer {
  const { poolNano, entries, networkFeeNano, refundNano, shares, qualityThreshold } = distribution;
  return {
    task_id: taskId,
    total_reward_pool: poolNano.toString(),
    distributions: entries.map(entryAnswer),
    network_fee: networkFeeNano.toString(),
    refund: refundNano.toString(),
    reward_criteria: {
      winner_share: Number(shares.winner),
      participant_share: Number(shares.participant),
      validator_share: Number(shares.validator),
      network_share: Number(shares.network),
      quality_threshold: qualityThreshold,
    },
    distribution_block: null,
    distribution_timestamp: null,
    distribution_hash: null,
  };
}

/** The shape of reference 1.9. The block, the time and the hash are the chain's. */
export function rewardsAnswer(taskId: string, rewards: RewardsOf): Answer {
  return rewards.kind === "final"
    ? { task_id: taskId, reason: null, distribution: distributionAnswer(taskId, rewards.distribution) }
    : { task_id: taskId, reason: rewards.reason, distribution: null };
}
