/**
 * The split of a task's reward (reference 2.4), as a view: this program pays nothing.
 *
 * In: `rewardsOf` takes a `TaskView` and the certified list of each final submission. Out: a `RewardDistribution`
 * whose amounts sum to the pool, or the reason why nothing is final.
 *
 * The amounts are integers of nanoTOS. Equal facts give equal amounts on every node: the order of submissions and
 * validations has no influence.
 *
 * Bounds: a task has at most 255 accepted submissions, a list at most 256 validations.
 *
 * Nothing is stored here, and nothing is computed before it is asked for.
 */
export { type CertifiedSubmission, type RewardsOf, type RewardsPending, rewardsOf } from "./rewards-of.js";
export { type RewardDistribution, type RewardEntry, type RewardShares, splitRewards } from "./split-rewards.js";
