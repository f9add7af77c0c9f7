export type { LedgerGap } from "./author-ledger.js";
export type { AuthorLookup } from "./author-lookups.js";
export { everyone, readJsonFile, readRegistryFile, readRosterFile } from "./authority-files.js";
export { ChainRegistry, type ChainRegistryOptions } from "./chain-registry.js";
export { REGISTRY_MEMORY_MAX_BYTES } from "./registry-memory.js";
