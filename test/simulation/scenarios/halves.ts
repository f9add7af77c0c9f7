import { quiet } from "./quiet.js";
import type { Scenario } from "./scenario.js";

/** The network is whole for so long at its start, if the run is long enough. */
const WHOLE_MS = 60_000;
const APART_MS = 600_000;
const LOSS = 0.05;

/**
 * Links lose one gossip message in 20. The halves of the network are apart for the last ten minutes of the first phase,
 * and both publish.
 *
 * Expected: after healing all nodes are equal within the time that the exchanges take, whatever gossip lost.
 */
export const halves: Scenario = {
  about: "halves apart for ten minutes, at 5 % loss",
  options: { nodes: 20, minutes: 11 },
  settings: (options, random) => {
    const settings = quiet(options, random);
    return { ...settings, links: { ...settings.links, loss: LOSS, duplicates: 0 } };
  },
  plan({ options, nodes, schedule, parts }, random) {
    const names = random.shuffled(nodes.map(({ name }) => name));
    const half = Math.floor(names.length / 2);
    const groups = [names.slice(0, half), names.slice(half)] as const;
    const fromMs = Math.max(WHOLE_MS, options.minutes * 60_000 - APART_MS);
    schedule.after(fromMs, undefined, () => parts.network.partition(groups));
  },
};
