import { beforeAll, describe, expect, test } from "vitest";
import { bundle } from "../simulation/bundle.mjs";
import { BEHAVIOURS, type BehaviourKind } from "../simulation/byzantine/kinds.js";
import type { RunResult } from "../simulation/run/result.js";
import type { RunOptions } from "../simulation/world/settings.js";

/**
 * Counters of nodes that show that a behaviour reached them, by "name label"; each behaviour raises at least one. Some
 * leave no counter of their own: their acts count what nodes asked of them.
 */
const SHOWN_BY: Readonly<Record<BehaviourKind, readonly string[]>> = {
  forge: ["records_in bad_challenge", "records_in bad_signature", "records_in bad_scalar", "records_in bad_commitment"],
  replay: ["records_in wrong_topic", "records_in wrong_network", "records_in bad_challenge"],
  equivocate_slot: ["alerts_out made"],
  equivocate_subject: ["alerts_out made"],
  withhold: ["bodies_in not_found"],
  reveal_half: [],
  echo: ["peer_faults unsolicited", "messages_in not_hello_key"],
  claim: [],
  slow: [],
  halfway: ["bodies_in request_timeout", "peer_faults sync_stream_lost"],
  unasked: ["peer_faults unsolicited"],
  flood_quota: ["messages_in new"],
  flood_over: ["gossip_refused already_known"],
  flood_requests: ["responses_out busy"],
  stop_reading: ["peer_faults peer_busy"],
  garbage: ["gossip_dropped malformed", "peer_faults frame_malformed", "peer_faults frame_too_large"],
  identities: [],
  misfit: ["records_in bad_flags", "records_in unknown_type", "records_in payload_over_limit"],
  stranger: ["peer_faults wrong_genesis", "peer_faults wrong_rules", "peer_faults hello_malformed"],
  vote: ["alerts_out made"],
};

/** A peer meets a need of a node by chance: what a run draws decides whom a node asks. */
const SEEDS_MAX = 8;

const CALM: Omit<RunOptions, "seed"> = {
  nodes: 4,
  minutes: 1,
  scenario: "calm",
  recordsPerSecond: 0.5,
  healSeconds: 420,
};

let runSeed: (options: RunOptions) => Promise<RunResult>;

beforeAll(async () => {
  const simulator: typeof import("../simulation/run/main.js") = await import(await bundle());
  runSeed = simulator.runSeed;
});

describe("a byzantine peer", () => {
  test.each(BEHAVIOURS)("reaches honest nodes with the behaviour %s, and breaks no rule", async (kind) => {
    let isShown = false;
    for (let seed = 2; seed < 2 + SEEDS_MAX && !isShown; seed += 1) {
      const { failure, acts, counters } = await runSeed({ ...CALM, seed, byzantine: 1, behaviours: [kind] });
      expect(failure, `seed ${seed}`).toBeUndefined();
      const counted = SHOWN_BY[kind].length === 0 || SHOWN_BY[kind].some((name) => (counters[name] ?? 0) > 0);
      isShown = counted && (acts[kind] ?? 0) > 0;
    }
    expect(isShown).toBe(true);
  });
});
