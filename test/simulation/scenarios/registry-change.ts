import { quiet } from "./quiet.js";
import type { Scenario } from "./scenario.js";

/**
 * Half of the nodes join later, and the chain registers their authors then: the registry changes during exchanges.
 * Hosts are slow, gone or behind, so nodes have different registries for a while, and stable blocks are replaced.
 *
 * Expected: a record is refused only for as long as its author is not registered on the node. Then the node fetches it
 * by itself. No peer is charged for a record whose author this node does not know yet.
 */
export const registryChange: Scenario = {
  about: "authors are registered during exchanges",
  options: { nodes: 8, minutes: 4 },
  settings(options, random) {
    const faults = { chain_slow: 3, chain_gone: 1, chain_reorganises: 0.5, partition: 0.5, crash: 0.5 };
    return { ...quiet({ ...options, chain: true }, random, faults), late: 0.6 };
  },
};
