export type { AuthorLookup } from "./author-lookups.js";
export { everyone, readRegistryFile, readRosterFile } from "./authority-files.js";
export { ChainRegistry, type ChainRegistryOptions } from "./chain-registry.js";
export { FixedFacts } from "./fixed-facts.js";
export { REGISTRY_MEMORY_MAX_BYTES } from "./registry-memory.js";
export { StandaloneChain } from "./standalone.js";
export type { BlockchainInterface, ChainEvent, ChainHead } from "./types.js";
