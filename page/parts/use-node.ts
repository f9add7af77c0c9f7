import { createContext } from "preact";
import { useContext, useLayoutEffect, useState } from "preact/hooks";
import type { NodeState, Snapshot } from "../data/node-state.js";

/** The state of the node for every part of the page. */
export const NodeContext = createContext<NodeState | undefined>(undefined);

export function useNodeState(): NodeState {
  const state = useContext(NodeContext);
  if (state === undefined) throw new Error("a part of the page is outside of NodeContext");
  return state;
}

/** The newest snapshot; the part is drawn again at each change. */
export function useSnapshot(): Snapshot {
  const state = useNodeState();
  const [, redraw] = useState(0);
  useLayoutEffect(() => state.subscribe(() => redraw((count) => count + 1)), [state]);
  return state.now;
}
