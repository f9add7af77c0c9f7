export type { Log, LogLevel } from "./log.js";
export { AINetworkSyncManager } from "./network-sync-manager.js";
export { type ManagerOptions, VERSION } from "./options.js";
export { type HostKeys, inspectLibp2pKey, readKeyring, type Signer } from "./publish/index.js";
