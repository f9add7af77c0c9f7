import type { SimNode } from "../node/sim-node.js";
import type { SampledNode } from "./timeline.js";

/** What a timeline keeps of each node, now. */
export function sampleNodes(nodes: readonly SimNode[]): SampledNode[] {
  return nodes.map(({ state, held, control }) => ({
    state,
    held: held.count,
    root: held.root,
    inSync: control?.info().sync.inSync === true,
  }));
}
