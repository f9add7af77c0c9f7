export { DEFAULT_NETWORK_NAME, networkIdentity } from "./network-identity.js";
export type { ServedOptions, StandaloneNode } from "./standalone.js";
export { DEFAULT_API_HOST, DEFAULT_API_PORT, startStandalone } from "./standalone.js";
export type { StandaloneOptions, StandaloneParts } from "./standalone-parts.js";
export { DEFAULT_LISTEN, openStandalone } from "./standalone-parts.js";
