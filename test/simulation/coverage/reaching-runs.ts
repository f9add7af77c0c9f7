import type { ReasonCode } from "../../../src/protocol/errors.js";
import type { RunOptions } from "../world/settings.js";

/** Runs of one kind that reach reason codes. */
export interface ReachingRuns {
  readonly options: Omit<RunOptions, "seed">;
  /** Each code is reached by one of the seeds from 1 to this one. */
  readonly seeds: number;
  readonly codes: readonly ReasonCode[];
}

const RUN = { scenario: "swarm", nodes: 4, minutes: 1, recordsPerSecond: 1, healSeconds: 420 } as const;
const CALM = { ...RUN, scenario: "calm", recordsPerSecond: 0.5, byzantine: 2 } as const;

/**
 * For each reason code that is not in `unreachable.ts` the runs that reach it. `npm run -s sim -- --reasons` runs them
 * up to the first seed of each code, and fails if no seed reaches one.
 */
export const REACHING_RUNS: readonly ReachingRuns[] = [
  {
    options: { ...CALM, behaviours: ["misfit", "stranger", "identities"] },
    seeds: 12,
    codes: [
      "already_known",
      "already_submitted",
      "already_validated",
      "bad_certificate",
      "bad_flags",
      "bad_number",
      "body_malformed",
      "bundle_too_large",
      "envelope_too_long",
      "gossip_stream_missing",
      "hello_malformed",
      "no_roster",
      "not_found",
      "own_task",
      "past_horizon",
      "payload_malformed",
      "payload_not_canonical",
      "payload_over_limit",
      "peer_gone",
      "rejected_bundles",
      "request_refused",
      "slot_equivocated",
      "stale",
      "sync_stream_missing",
      "type_not_gossiped",
      "unknown_type",
      "wrong_genesis",
      "wrong_rules",
    ],
  },
  {
    options: { ...CALM, behaviours: ["forge", "garbage", "replay", "unasked", "echo"] },
    seeds: 24,
    codes: [
      "bad_challenge",
      "bad_commitment",
      "bad_deadline",
      "bad_public_key",
      "bad_scalar",
      "bad_signature",
      "bad_version",
      "bundle_layout",
      "envelope_truncated",
      "frame_malformed",
      "frame_too_large",
      "not_hello_key",
      "outside_task_max_age",
      "unsolicited",
      "wrong_network",
      "wrong_topic",
    ],
  },
  {
    options: {
      ...CALM,
      behaviours: ["flood_quota", "flood_over", "flood_requests", "stop_reading", "slow", "halfway"],
    },
    seeds: 12,
    codes: ["alert_does_not_hold", "body_mismatch", "future_dated", "over_quota", "request_timeout"],
  },
  {
    options: { ...RUN, byzantine: 2 },
    seeds: 60,
    codes: [
      "chain_unreachable",
      "clock_behind",
      "has_submissions",
      "kernel_failed",
      "over_budget",
      "payload_out_of_range",
      "peer_busy",
      "peer_id_in_use",
      "stopped",
      "storage_corrupt",
      "storage_failed",
      "storage_full",
      "sync_stream_lost",
      "task_over",
      "unknown_author",
      "value_out_of_range",
    ],
  },
  {
    options: { ...RUN, nodes: 6, byzantine: 3, chain: true },
    seeds: 60,
    codes: ["bad_parameters", "chain_answer", "key_unreadable"],
  },
  {
    options: { ...RUN, scenario: "partition-equivocation", nodes: 6, minutes: 4, recordsPerSecond: 3 },
    seeds: 4,
    codes: ["hello_timeout", "key_equivocated", "quota_exceeded", "task_cancelled"],
  },
  {
    options: { ...RUN, scenario: "twin-keys", nodes: 5, minutes: 4, recordsPerSecond: 3 },
    seeds: 8,
    codes: ["key_used_elsewhere", "own_peer_id"],
  },
];
