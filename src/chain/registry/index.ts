/**
 * The registry of authors and the validator rosters, for the engine's `ChainFacts`.
 *
 * `ChainRegistry` computes the registry from the block stream: a registration counts when its block is stable
 * (protocol.md, membership rule 4). `readRegistryFile` and `readRosterFile` read it from files; `everyone` is for a
 * devnet.
 *
 * In: `ChainEvent`s in order; `asked(author)` for an author who is not registered yet; the saved state (`ChainMemory`).
 * Out: `ChainFacts` through `emit`, at most once per second; the saved state; `faults` (blocks not available, failed
 * writes).
 *
 * Bounds: `AUTHORS_MAX` authors, `RECENT_BLOCKS_MAX` blocks, `FOUND_MAX` authors known by look-up only,
 * `LOOKUPS_WAITING_MAX` look-ups that wait, `UNKNOWN_MAX` unknown authors, `REGISTRY_MEMORY_MAX_BYTES` of file.
 *
 * Overload: a registration past `AUTHORS_MAX` is refused and logged. A look-up past `LOOKUPS_WAITING_MAX` is dropped;
 * the author's next record asks again. Look-ups start at least `LOOKUP_GAP_MS` apart.
 */
export type { LedgerGap } from "./author-ledger.js";
export type { AuthorLookup } from "./author-lookups.js";
export { everyone, readJsonFile, readRegistryFile, readRosterFile } from "./authority-files.js";
export { ChainRegistry, type ChainRegistryOptions } from "./chain-registry.js";
export { REGISTRY_MEMORY_MAX_BYTES } from "./registry-memory.js";
