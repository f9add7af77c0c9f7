import { quiet } from "./quiet.js";
import type { Scenario } from "./scenario.js";

/**
 * The wall clocks of nodes jump by up to 90 s in both directions, several times a minute, and drift; nodes start again
 * meanwhile.
 *
 * Expected: a node signs nothing that is dated too far ahead of its last record, records of fast clocks wait on their
 * peers, and all nodes agree. No peer is charged for the time of its records.
 */
export const clockSteps: Scenario = {
  about: "clocks that jump and drift",
  options: { nodes: 6, minutes: 4 },
  settings: (options, random) => quiet(options, random, { clock_step: 6, clock_drift: 1, crash: 0.5, restart: 0.5 }),
};
