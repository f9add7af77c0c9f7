/**
 * Builds a node from its parts and runs it. The command line and embedders start here.
 *
 * `startStandalone` runs a node without a chain, `startSidecar` a node beside a TOS daemon; both serve the API.
 * `openStandalone` and `openSidecar` return the parts for a caller that runs the `AINetworkSyncManager` itself.
 * `managed/` runs a node as a plugin of a host.
 *
 * In: options (directory, network, addresses, files). Every condition of the start is listed in `startConditions`,
 * which `doctor` uses too. Out: `ServedNode` (manager, API address, token file, `stop`) or `OpenedNode` (manager
 * options, `close`).
 *
 * Order of the start: kernel, network identity, data directory, chain, manager, API. `RunningNode` stops the parts in
 * reverse order, also after a failed start.
 *
 * Bounds and overload: this folder has no queue. It passes the sizes and caps of the chain to the table of bounds and
 * the faults of the facts to health. A start that waits for a daemon retries once per second until `signal` aborts.
 */
export { defaultListen } from "../network/index.js";
export type { Logger } from "./logger.js";
export { DEFAULT_NETWORK_NAME, type NetworkChoice, networkIdentity } from "./network-identity.js";
export type { NodeDirectory, NodeOptions, OpenedNode } from "./opening.js";
export { REGISTRY_SOURCES, type RegistrySource } from "./remembered-chain.js";
export type { ApiAddress } from "./running-node.js";
export { DEFAULT_API_HOST, DEFAULT_API_PORT, type ServedNode } from "./served-node.js";
export { openSidecar, type ServedSidecarOptions, type SidecarOptions, startSidecar } from "./sidecar.js";
export { type ServedOptions, type StandaloneNode, startStandalone } from "./standalone.js";
export { openStandalone, type StandaloneOptions, type StandaloneParts } from "./standalone-parts.js";
