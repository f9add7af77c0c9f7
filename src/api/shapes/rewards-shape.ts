import { z } from "zod";
import { count, hex32, u64Text } from "./values.js";

const basisPoints = count.describe("basis points");

const bonuses = z.object({
  base_reward: u64Text,
  quality_bonus: u64Text,
  speed_bonus: u64Text,
  reputation_bonus: u64Text,
});

const entry = z.object({
  recipient: hex32,
  amount: u64Text.describe("nanoTOS"),
  reward_type: z.union([
    z.object({ Winner: z.object({ rank: count, quality_score: count.describe("weighted score, rounded down") }) }),
    z.enum(["Participation", "Validation"]),
  ]),
  submission_id: hex32.nullable().describe("null for a validator"),
  bonus_breakdown: bonuses.describe("base_reward is the amount, the others are 0"),
});

/** `ai_get_reward_distribution`. */
export const rewardsShape = z.object({
  task_id: hex32,
  reason: z.string().nullable().describe("why nothing is final; null with a distribution"),
  distribution: z
    .object({
      task_id: hex32,
      total_reward_pool: u64Text.describe("nanoTOS"),
      distributions: z.array(entry),
      network_fee: u64Text,
      refund: u64Text.describe("what no key has earned, for the publisher"),
      reward_criteria: z.object({
        winner_share: basisPoints,
        participant_share: basisPoints,
        validator_share: basisPoints,
        network_share: basisPoints,
        quality_threshold: count,
      }),
      distribution_block: z.null().describe("the chain has none yet"),
      distribution_timestamp: z.null(),
      distribution_hash: z.null(),
    })
    .nullable(),
});
