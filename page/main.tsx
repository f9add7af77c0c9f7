import { render } from "preact";
import { logIn } from "./data/login.js";
import { NodeState } from "./data/node-state.js";
import { NodeContext } from "./parts/use-node.js";
import { App } from "./views/app.js";

/** The page of a node: `tos-ai-sync dashboard` prints a link to it. */
async function start(): Promise<void> {
  const root = document.getElementById("page");
  if (root === null) return;
  const state = new NodeState();
  const isIn = await logIn();
  render(
    <NodeContext.Provider value={state}>
      <App refusedLink={!isIn} />
    </NodeContext.Provider>,
    root,
  );
  await state.run();
}

void start();
