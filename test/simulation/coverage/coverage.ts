import { FAULT_KINDS } from "../faults/kinds.js";
import type { CodePoint } from "./code-points.js";
import { type FolderReach, folderReach, unreachedPlaces } from "./folders.js";
import { type ReasonReach, reasonReach } from "./reasons.js";
import { EFFECT_KINDS, type Tally } from "./tally.js";

/** What a batch of seeds reached. */
export interface Coverage {
  readonly code: readonly FolderReach[];
  readonly unreached: readonly string[];
  readonly effects: Readonly<Record<string, number>>;
  readonly effectsNever: readonly string[];
  readonly reasons: ReasonReach;
  readonly faults: Readonly<Record<string, number>>;
  readonly faultsNever: readonly string[];
  /** Runs that had both kinds of faults at one time, by pair. */
  readonly faultPairs: Readonly<Record<string, number>>;
  readonly faultPairsNever: readonly string[];
}

/** The parts of the results of a batch that coverage takes. */
export interface CoveredRun {
  readonly counters: Readonly<Record<string, number>>;
  readonly faults: Readonly<Record<string, number>>;
  readonly faultPairs: readonly string[];
}

/** `points` and `reached`: the code of the bundle; `tallies`: one of each thread. */
export function coverageOf(
  points: readonly CodePoint[],
  reached: readonly boolean[],
  tallies: readonly Tally[],
  runs: readonly CoveredRun[],
): Coverage {
  const effects = sum(tallies.map((tally) => tally.effects));
  const faults = sum(runs.map((run) => run.faults));
  const faultPairs = sum(runs.map((run) => Object.fromEntries(run.faultPairs.map((pair) => [pair, 1]))));
  const pairs = FAULT_KINDS.flatMap((a, i) => FAULT_KINDS.slice(i + 1).map((b) => `${a}+${b}`));
  return {
    code: folderReach(points, reached),
    unreached: unreachedPlaces(points, reached),
    effects,
    effectsNever: EFFECT_KINDS.filter((kind) => effects[kind] === undefined),
    reasons: reasonReach(sum(runs.map((run) => run.counters)), {
      effectCodes: sum(tallies.map((tally) => tally.effectCodes)),
      raised: sum(tallies.map((tally) => tally.raised)),
    }),
    faults,
    faultsNever: FAULT_KINDS.filter((kind) => faults[kind] === undefined),
    faultPairs,
    faultPairsNever: pairs.filter((pair) => faultPairs[pair] === undefined),
  };
}

/** Sums by name, in the order of the names. */
function sum(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const out = new Map<string, number>();
  for (const counts of all) {
    for (const [name, count] of Object.entries(counts)) {
      if (count > 0) out.set(name, (out.get(name) ?? 0) + count);
    }
  }
  return Object.fromEntries([...out].sort(([a], [b]) => (a < b ? -1 : 1)));
}
