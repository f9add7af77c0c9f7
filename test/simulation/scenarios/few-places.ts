import { quiet } from "./quiet.js";
import type { Scenario } from "./scenario.js";

/** The network is whole for so long at its start. */
const WHOLE_MS = 60_000;

/**
 * Many more nodes than the bootstrap nodes have places for: a node takes 9 connections from others. After a minute the
 * halves of the network are apart, and each half has enough peers of its own.
 *
 * Expected: nodes that no bootstrap node has a place for join through the peers that it names. After healing the halves
 * find each other, though no node lacks peers.
 */
export const fewPlaces: Scenario = {
  about: "many nodes, and bootstrap nodes with few places; halves apart",
  options: { nodes: 60, minutes: 3 },
  maxConnections: 12,
  settings: (options, random) => quiet(options, random),
  plan({ nodes, schedule, parts }, random) {
    const names = random.shuffled(nodes.map(({ name }) => name));
    const half = Math.floor(names.length / 2);
    const groups = [names.slice(0, half), names.slice(half)] as const;
    schedule.after(WHOLE_MS, undefined, () => parts.network.partition(groups));
  },
};
