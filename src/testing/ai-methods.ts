import type { AiState } from "./ai-state.js";
import type { Json } from "./daemon-json.js";
import { type DaemonView, type Method, withoutParams, withParams } from "./methods.js";
import { hash, key, u64 } from "./params.js";
import { invalidRequest, Misbehaviour } from "./rpc-fault.js";

function initialized(view: DaemonView): AiState {
  const state = view.ai();
  if (state.miners.size === 0) throw invalidRequest("AI mining state not initialized");
  return state;
}

/** The daemon can't write its state as JSON once it holds a miner: the handler panics. */
function wholeState(view: DaemonView): Json {
  if (view.ai().miners.size > 0) throw new Misbehaviour({ kind: "panic" });
  return null;
}

/** Methods of the profile `ai`; at later revisions they are unknown. */
export const aiMethods: Readonly<Record<string, Method>> = {
  get_ai_mining_state: withoutParams(wholeState),
  get_ai_mining_state_at_topoheight: withParams({ topoheight: u64 }, wholeState),
  has_ai_mining_state_at_topoheight: withParams({ topoheight: u64 }, (view, { topoheight }) =>
    view.ai().changedAt.has(Number(topoheight)),
  ),
  get_ai_mining_statistics: withoutParams((view) => initialized(view).statisticsJson()),
  get_ai_mining_active_tasks: withoutParams((view) => initialized(view).activeJson()),
  get_ai_mining_task: withParams({ task_id: hash }, (view, { task_id }) => {
    const task = initialized(view).taskJson(task_id);
    if (task === undefined) throw invalidRequest("Task not found");
    return task;
  }),
  get_ai_mining_miner: withParams({ address: key }, (view, { address }) => {
    const miner = initialized(view).minerJson(address);
    if (miner === undefined) throw invalidRequest("Miner not found");
    return miner;
  }),
};
