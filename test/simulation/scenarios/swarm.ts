import { drawChain } from "../chain/world-chain.js";
import { FAULT_KINDS, type FaultKind } from "../faults/kinds.js";
import { drawLinks } from "../world/settings.js";
import type { Scenario } from "./scenario.js";

/** Mean of the rate of a kind that is on, faults a minute. */
const MEAN_RATE = 0.6;
/** Kinds that joined later are drawn last, so that the other draws of earlier seeds stay the same. */
const JOINED_LATER: readonly FaultKind[] = FAULT_KINDS.slice(FAULT_KINDS.indexOf("kernel_hangs"));
/** Share of the seeds whose run has a chain. */
const CHAINS = 0.3;

/**
 * Swarm testing: each run has a random subset of the faults with random weights, so that some runs have many of one
 * kind and none of the others. All checks hold.
 */
export const swarm: Scenario = {
  about: "a random subset of the faults with random rates",
  settings(options, random) {
    const links = drawLinks(random);
    const none = Object.fromEntries(FAULT_KINDS.map((kind) => [kind, 0])) as Record<FaultKind, number>;
    const faults = { ...none };
    const drawFaults = (kinds: readonly FaultKind[]): void => {
      for (const kind of kinds) {
        const isOn = random.chance(0.4);
        const rate = random.exponential(MEAN_RATE);
        // The draw does not depend on `options.faults`: a shorter list keeps the rest of the run as it was.
        if (isOn && (options.faults?.includes(kind) ?? true)) faults[kind] = rate;
      }
    };
    drawFaults(FAULT_KINDS.filter((kind) => !JOINED_LATER.includes(kind)));
    const late = random.chance(0.3) ? random.between(1, 30) / 100 : 0;
    drawFaults(JOINED_LATER);
    const isDrawn = random.chance(CHAINS);
    const chain = drawChain(random);
    if (options.rates !== undefined) {
      const hasChain = options.chain === true;
      return { links, faults: { ...none, ...options.rates }, late: 0, chain: hasChain ? chain : undefined };
    }
    return { links, faults, late, chain: (options.chain ?? isDrawn) ? chain : undefined };
  },
};
