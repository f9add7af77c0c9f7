import { quiet } from "./quiet.js";
import type { Scenario } from "./scenario.js";

/** More than a member may be dated ahead, and less than the time for convergence. */
const AHEAD_MS = [65_000, 300_000] as const;

/**
 * The clocks of about a third of the nodes are one to five minutes ahead until the end of the first phase. Their
 * records are early for all others.
 *
 * Expected: peers keep early records and admit them when their time has come. All nodes agree in the end, although
 * clocks go back then, and no peer is charged.
 */
export const earlyRecords: Scenario = {
  about: "clocks ahead by minutes",
  options: { nodes: 6, minutes: 4 },
  settings: (options, random) => quiet(options, random, { crash: 0.3, partition: 0.3 }),
  plan({ nodes, schedule }, random) {
    for (const { clock, index } of nodes) {
      const [least, most] = AHEAD_MS;
      const byMs = random.between(least, most);
      if (index % 3 === 1) schedule.after(0, undefined, () => clock.step(byMs));
    }
  },
};
