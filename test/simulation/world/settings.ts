import type { BehaviourKind } from "../byzantine/kinds.js";
import type { ChainSettings } from "../chain/sim-chain.js";
import type { FaultRates } from "../faults/fault-driver.js";
import type { FaultKind } from "../faults/kinds.js";
import type { ScenarioName } from "../scenarios/index.js";
import type { Random } from "./random.js";

/** What a caller chooses of a run. */
export interface RunOptions {
  readonly seed: number;
  readonly nodes: number;
  /** Length of the first phase, in which faults happen, simulated. */
  readonly minutes: number;
  readonly scenario: ScenarioName;
  /** Records a second of the whole network. */
  readonly recordsPerSecond: number;
  /** The only kinds of faults that may happen; undefined: all. The minimiser shortens it. */
  readonly faults?: readonly FaultKind[];
  /** Faults a minute in place of those that the seed draws. */
  readonly rates?: Partial<FaultRates>;
  /** Whether the run has a chain; undefined: the seed decides. */
  readonly chain?: boolean;
  /** Byzantine peers; "drawn": the seed draws 0 to a third of the nodes. Undefined: none. */
  readonly byzantine?: number | "drawn";
  /** The only behaviours of byzantine peers; undefined: all. */
  readonly behaviours?: readonly BehaviourKind[];
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

/** Draws the links of a run. */
export function drawLinks(random: Random): LinkSettings {
  return {
    minMs: random.between(1, 50),
    meanMs: random.between(1, 150),
    loss: random.chance(0.5) ? random.between(1, 20) / 100 : 0,
    duplicates: random.chance(0.3) ? random.between(1, 20) / 100 : 0,
    reorder: random.chance(0.5) ? random.between(1, 50) / 100 : 0,
  };
}
