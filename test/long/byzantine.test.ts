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
};

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
    const result = await runSeed({ ...CALM, seed: 2, byzantine: 1, behaviours: [kind] });
    expect(result.failure).toBeUndefined();
    expect(result.acts[kind] ?? 0).toBeGreaterThan(0);
    const counted = SHOWN_BY[kind].filter((name) => (result.counters[name] ?? 0) > 0);
    if (SHOWN_BY[kind].length > 0) expect(counted).not.toEqual([]);
  });
});
