export { everyone, readRegistryFile, readRosterFile } from "./authority-files.js";
export { StandaloneChain } from "./standalone.js";
export type { BlockchainInterface, ChainEvent, ChainHead } from "./types.js";
