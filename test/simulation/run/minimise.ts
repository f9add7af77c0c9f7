import { BEHAVIOURS, type BehaviourKind } from "../byzantine/kinds.js";
import { FAULT_KINDS, type FaultKind } from "../faults/kinds.js";
import type { RunOptions } from "../world/settings.js";
import type { RunResult } from "./result.js";

/** Runs that a minimisation may take. */
const RUNS_MAX = 50;

/** A smaller run that fails in the same check, with the number of runs that it took to find. */
export interface Minimised {
  readonly result: RunResult;
  readonly runs: number;
}

/**
 * Makes a failing run smaller while the same check fails: fewer byzantine peers, fewer of their behaviours, fewer kinds
 * of faults, then fewer nodes, then less time. Greedy; the result is not always the smallest.
 */
export async function minimise(
  failed: RunResult,
  run: (options: RunOptions) => Promise<RunResult>,
): Promise<Minimised> {
  let best = failed;
  let runs = 0;
  const better = async (options: RunOptions): Promise<boolean> => {
    if (runs >= RUNS_MAX) return false;
    runs++;
    const result = await run(options);
    if (result.failure?.check !== failed.failure?.check) return false;
    best = result;
    return true;
  };
  for (;;) {
    const byzantine = best.byzantine.length - 1;
    if (byzantine < 0 || !(await better({ ...best.options, byzantine }))) break;
  }
  for (const kind of behavioursOf(best)) {
    await better({ ...best.options, behaviours: behavioursOf(best).filter((other) => other !== kind) });
  }
  for (const kind of activeKinds(failed)) {
    await better({ ...best.options, faults: activeKinds(best).filter((other) => other !== kind) });
  }
  for (;;) {
    const nodes = Math.max(2, Math.floor(best.options.nodes / 2));
    if (nodes === best.options.nodes || !(await better({ ...best.options, nodes }))) break;
  }
  for (;;) {
    const minutes = Math.max(1, Math.floor(best.options.minutes / 2));
    if (minutes === best.options.minutes || !(await better({ ...best.options, minutes }))) break;
  }
  return { result: best, runs };
}

/** The behaviours that any byzantine peer of the run had. */
function behavioursOf({ byzantine }: RunResult): BehaviourKind[] {
  return BEHAVIOURS.filter((kind) => byzantine.some(({ behaviours }) => behaviours.includes(kind)));
}

/** The kinds of faults that the run had. */
function activeKinds({ settings }: RunResult): FaultKind[] {
  return FAULT_KINDS.filter((kind) => settings.faults[kind] > 0);
}
