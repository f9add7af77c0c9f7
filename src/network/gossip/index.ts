export { Gossip } from "./gossip.js";
export { gossipParameters } from "./gossip-parameters.js";
