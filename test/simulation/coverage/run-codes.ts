import type { ReasonCode } from "../../../src/protocol/errors.js";
import { runSeed } from "../run/run-seed.js";
import type { RunOptions } from "../world/settings.js";
import { reasonReach } from "./reasons.js";
import { type Tally, tally } from "./tally.js";

/** The reason codes that one run reached. Complete only in a bundle with the patches of the coverage. */
export async function runCodes(options: RunOptions): Promise<readonly ReasonCode[]> {
  const before = tally();
  const { counters } = await runSeed(options);
  const after = tally();
  const { reached } = reasonReach(counters, {
    effectCodes: since(before.effectCodes, after.effectCodes),
    raised: since(before.raised, after.raised),
  });
  return reached.map(({ code }) => code);
}

function since(before: Tally["raised"], after: Tally["raised"]): Record<string, number> {
  return Object.fromEntries(Object.entries(after).map(([code, count]) => [code, count - (before[code] ?? 0)]));
}
