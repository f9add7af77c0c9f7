import type { RunOptions } from "./world/settings.js";

/** A seed that found a defect. It stays, so that the run that showed it is judged again. */
export interface RegressionSeed {
  readonly name: string;
  /** What it found, at the commit before the mend. */
  readonly found: string;
  readonly options: RunOptions;
}

const RUN = { nodes: 4, minutes: 1, scenario: "swarm", recordsPerSecond: 1, healSeconds: 420 } as const;

function seed(number: number, found: string, options: Partial<RunOptions> = {}): RegressionSeed {
  const all: RunOptions = { ...RUN, ...options, seed: number };
  return { name: `${all.scenario} ${number}`, found, options: all };
}

/** The table "Defects found by seeds" of docs/simulator.md, as far as its rows are seeds of the simulator. */
export const REGRESSION_SEEDS: readonly RegressionSeed[] = [
  seed(141, "an acknowledged record was lost with its only copy"),
  seed(256, "an acknowledged record was lost after one failed read, and a signing log gave an untyped error"),
  seed(37, "the body of an own record was lost with its only copy"),
  seed(279, "the body of an own record was lost with its only copy"),
  seed(118, "event numbers came again after a power cut"),
  seed(119, "event numbers came again after a power cut"),
  seed(133, "event numbers came again after a power cut"),
  seed(107, "event numbers came again after a power cut that took all events", { minutes: 2, chain: true }),
  seed(62, "frames of an ended connection were answered on the next one"),
  seed(34, "the simulator did not know records that a damaged store gave back", { minutes: 2, chain: true }),
  seed(1, "a body that peers lacked for seconds was missing for 300 s", {
    scenario: "halves",
    nodes: 20,
    minutes: 2,
    healSeconds: 90,
  }),
  seed(3, "a request for bodies whose proof the kernel could not check blocked the next ones for 300 s", {
    healSeconds: 90,
  }),
  seed(1, "one of two peers with the same node key was never asked for a body", {
    scenario: "twin-keys",
    nodes: 5,
    minutes: 4,
    recordsPerSecond: 3,
    healSeconds: 90,
  }),
  seed(134, "a body was missing for 300 s after three peers with stalled disks gave no answer", { healSeconds: 90 }),
  seed(44, "an own record whose first write the disk refused was not tried again", { healSeconds: 90 }),
  seed(1, "nodes that the bootstrap nodes had no place for never joined, and halves met again late", {
    scenario: "few-places",
    nodes: 40,
    minutes: 2,
    healSeconds: 60,
  }),
  seed(1, "a repeated call of a key that had been stopped was refused", {
    scenario: "partition-equivocation",
    nodes: 6,
    minutes: 4,
    recordsPerSecond: 3,
  }),
  seed(4, "a repeated call whose task had left the set was refused", {
    scenario: "partition-equivocation",
    nodes: 6,
    minutes: 4,
    recordsPerSecond: 3,
  }),
  seed(44, "registrations that a host left out were never read again", { byzantine: 2 }),
];
