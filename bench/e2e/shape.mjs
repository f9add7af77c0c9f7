// What all processes of the benchmark agree on.
import { networkIdentity } from "../../dist/plugin/index.js";
import { strandTopic } from "../../dist/protocol/strand.js";

export const NETWORK_NAME = "bench";
/** All tasks are of one type, so that each bundle is of one topic. */
export const TASK_TYPE = 0;
export const BUNDLE_RECORDS = 64;
/** Of each task. */
export const SUBMISSIONS = 3;
/** Of each submission. */
export const VALIDATIONS = 5;

export async function identityOf(blake3) {
  return networkIdentity(blake3, { network: "devnet", networkName: NETWORK_NAME });
}

export function topicOf(identity) {
  return strandTopic(identity.network, TASK_TYPE, 0);
}

/** A draft for the API. */
export function ownTask() {
  return {
    author: undefined,
    idempotencyKey: undefined,
    detail: { type: "CodeAnalysis", language: "Rust", complexity: "Simple" },
    description: "own",
    data: new TextEncoder().encode("fn main() {}"),
    rewardNano: 5_000_000_000n,
    gasFeeNano: 0n,
    stakeRequiredNano: 0n,
    deadline: { kind: "after", seconds: 3600 },
    difficulty: 0,
    verification: 1,
    requiredReviewers: 2,
    maxParticipants: 10,
    qualityThreshold: 70,
  };
}
