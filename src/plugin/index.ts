export { defaultListen } from "../network/index.js";
export { takeOutput } from "./managed/index.js";
export { DEFAULT_NETWORK_NAME, networkIdentity } from "./network-identity.js";
export type { NodeOptions, OpenedNode } from "./opening.js";
export type { RegistrySource } from "./remembered-chain.js";
export { type ApiAddress, DEFAULT_API_HOST, DEFAULT_API_PORT, type ServedNode } from "./served-node.js";
export { openSidecar, type ServedSidecarOptions, type SidecarOptions, startSidecar } from "./sidecar.js";
export { type ServedOptions, type StandaloneNode, startStandalone } from "./standalone.js";
export { openStandalone, type StandaloneOptions, type StandaloneParts } from "./standalone-parts.js";
