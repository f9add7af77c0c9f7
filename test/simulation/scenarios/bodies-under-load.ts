import { quiet } from "./quiet.js";
import type { Scenario } from "./scenario.js";

/**
 * Many bodies are large, some as large as the rules allow, while nodes read slowly, links are clogged, and nodes crash.
 *
 * Expected: records are not held up by bodies. After healing all bodies are everywhere in time.
 */
export const bodiesUnderLoad: Scenario = {
  about: "many large bodies over slow links",
  options: { nodes: 5, minutes: 3, recordsPerSecond: 2 },
  settings: (options, random) =>
    quiet(options, random, { slow_reader: 2, clog: 1, crash: 0.5, partition: 0.3, disk_slow: 0.5 }),
  workload: { mediumBodyBytes: 65_536, mediumShare: 0.4, largeShare: 0.05 },
};
