export { BUDGET_PEERS_MAX } from "./budget.js";
export { GossipInlet } from "./peer-inlet.js";
export { Intake } from "./scan-queue.js";
export { StartGate } from "./start-gate.js";
