import { CALM_CHAIN, type ChainSettings } from "../chain/sim-chain.js";
import { drawChain } from "../chain/world-chain.js";
import type { FaultRates } from "../faults/fault-driver.js";
import { FAULT_KINDS, type FaultKind } from "../faults/kinds.js";
import type { Random } from "./random.js";

export const SCENARIOS = ["swarm", "calm"] as const;
export type Scenario = (typeof SCENARIOS)[number];

/** What a caller chooses of a run. */
export interface RunOptions {
  readonly seed: number;
  readonly nodes: number;
  /** Length of the first phase, in which faults happen, simulated. */
  readonly minutes: number;
  readonly scenario: Scenario;
  /** Records a second of the whole network. */
  readonly recordsPerSecond: number;
  /** The only kinds of faults that may happen; undefined: all. The minimiser shortens it. */
  readonly faults?: readonly FaultKind[];
  /** Faults a minute in place of those that the seed draws. */
  readonly rates?: Partial<FaultRates>;
  /** Whether the run has a chain; undefined: the seed decides. */
  readonly chain?: boolean;
  /** Longest time of the second phase, simulated. */
  readonly healSeconds: number;
}

/** The network between nodes, while no fault changes it. */
export interface LinkSettings {
  readonly minMs: number;
  /** Mean of the exponential part of the delay. */
  readonly meanMs: number;
  /** Fraction of gossip messages that are lost on a link. */
  readonly loss: number;
  readonly duplicates: number;
  readonly reorder: number;
}

/** Everything that a seed decides before the run starts. Printed with each result. */
export interface RunSettings {
  readonly links: LinkSettings;
  /** Faults a minute, by kind. */
  readonly faults: FaultRates;
  /** Fraction of nodes that start late. */
  readonly late: number;
  /** The chain with the registry; undefined: everyone is an author. */
  readonly chain: ChainSettings | undefined;
}

const CALM: LinkSettings = { minMs: 1, meanMs: 10, loss: 0, duplicates: 0, reorder: 0 };
/** Mean of the rate of a kind that is on, faults a minute. */
const MEAN_RATE = 0.6;

/** Kinds that joined later are drawn last, so that the other draws of earlier seeds stay the same. */
const JOINED_LATER: readonly FaultKind[] = FAULT_KINDS.slice(FAULT_KINDS.indexOf("kernel_hangs"));
/** Share of the seeds whose run has a chain. */
const CHAINS = 0.3;

/**
 * Draws the settings of a run. Swarm testing: each run has a random subset of the faults with random weights, so that
 * some runs have many of one kind and none of the others.
 */
export function drawSettings(options: RunOptions, random: Random): RunSettings {
  const none = Object.fromEntries(FAULT_KINDS.map((kind) => [kind, 0])) as Record<FaultKind, number>;
  if (options.scenario === "calm") {
    return { links: CALM, faults: none, late: 0, chain: options.chain === true ? CALM_CHAIN : undefined };
  }
  const links: LinkSettings = {
    minMs: random.between(1, 50),
    meanMs: random.between(1, 150),
    loss: random.chance(0.5) ? random.between(1, 20) / 100 : 0,
    duplicates: random.chance(0.3) ? random.between(1, 20) / 100 : 0,
    reorder: random.chance(0.5) ? random.between(1, 50) / 100 : 0,
  };
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
    return { links, faults: { ...none, ...options.rates }, late: 0, chain: options.chain === true ? chain : undefined };
  }
  return { links, faults, late, chain: (options.chain ?? isDrawn) ? chain : undefined };
}
