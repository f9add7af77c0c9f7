import { toHex } from "../../src/protocol/bytes.js";
import { dayDigest, groupState, stateDigest, taskDigest, windowState } from "../../src/protocol/digests.js";
import { decodeEnvelope } from "../../src/protocol/envelope.js";
import { dayOf, windowOf } from "../../src/protocol/membership.js";
import { DEFAULT_RULES } from "../../src/protocol/rules.js";
import { blake3, DEVNET, LIMITS, NOON, type Signed, SUBMISSION, TASK } from "../support/samples.js";
import type { Json } from "./vector-files.js";

const AT_SECONDS = NOON + 2040;

/** The state digest over one task with a submission and two validations of one day. */
export function stateVector(members: readonly Signed[]): Json {
  const windows = new Map<number, string[]>();
  for (const { id, envelope } of members) {
    const decoded = decodeEnvelope(envelope, LIMITS);
    if (!decoded.ok) throw new RangeError(decoded.code);
    const number = windowOf(decoded.value.timestampSeconds, DEFAULT_RULES);
    windows.set(number, [...(windows.get(number) ?? []), id].sort());
  }
  const ascending = [...windows].sort(([a], [b]) => a - b);
  const dayState = groupState(
    blake3,
    ascending.map(([number, ids]) => ({ number, state: windowState(blake3, ids) })),
  );
  const task = taskDigest(blake3, {
    id: TASK.id,
    equivocated: false,
    cancelled: false,
    hasRoster: false,
    submissions: [
      {
        id: SUBMISSION.id,
        n: 2,
        sum: 162n,
        sumOfSquares: 13_140n,
        weightSum: 2n,
        weightedSum: 162n,
        reached: true,
        certified: undefined,
      },
    ],
    excludedAuthors: [],
  });
  const digest = dayDigest(blake3, dayState, task);
  const strand = { strand: Uint8Array.of(0, 0, 0), days: [{ day: dayOf(NOON), digest }] };
  return {
    at: AT_SECONDS,
    day: { windows: ascending.map(([number, ids]) => ({ number, ids })), state: toHex(dayState) },
    task: toHex(task),
    day_digest: toHex(digest),
    submission: { n: 2, sum: 162, sum_of_squares: 13_140, weight_sum: 2, weighted_sum: 162, reached: true },
    digest: toHex(stateDigest(blake3, DEVNET.genesis, DEVNET.rulesDigest, AT_SECONDS, [strand])),
  };
}
