/**
 * The simulated network: links, connections, streams and gossip of many nodes in one thread.
 *
 * `libp2p-node.ts` replaces the module of that name in src/network, which starts libp2p. All other files of src/network
 * run as they are. `SimNet` is the network of a world; `RawPeer` is a peer that breaks rules.
 */
export { RawPeer, type RawPeerOptions } from "./raw-peer.js";
export { CALM_LINKS, type LinkSettings, NetCounts } from "./settings.js";
export { SimNet } from "./sim-net.js";
