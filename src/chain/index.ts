/**
 * The TOS chain, as the node uses it: `BlockchainInterface`, in three implementations.
 *
 * `StandaloneChain` needs no chain (height is the clock). `DaemonChain` follows a TOS daemon over JSON-RPC. `HostChain`
 * follows the node that runs this program as a plugin. The last two share `FollowedChain`.
 *
 * In: hints and blocks from `daemon/` or `host/`; authors to look up (`asked`).
 * Out: `ChainEvent`s to subscribers (`block`, `head`, `rewound`, `skipped`, `facts`, `hosts`, `degraded`, `healed`),
 * and `facts()`: registry and rosters from a `FactsSource` (`ChainRegistry` computes it from blocks, `FixedFacts` from
 * files).
 *
 * Bounds: `WINDOW_BLOCKS` emitted blocks and `AHEAD_BLOCKS` early blocks are kept; the daemon's peers are capped by
 * `PEERS_MAX`; the registry by its own caps (see `registry/`).
 *
 * Overload: hints are coalesced, one round of requests runs at a time, and blocks past `AHEAD_BLOCKS` are dropped and
 * requested later. A failure emits `degraded` and is retried; the node continues with its last facts.
 */
export {
  type DaemonCount,
  PEERS_MAX,
  probeDaemon,
} from "./daemon/index.js";
export { DaemonChain, type DaemonChainOptions } from "./daemon-chain.js";
export { FixedFacts } from "./fixed-facts.js";
export { AHEAD_BLOCKS, WINDOW_BLOCKS } from "./follow/index.js";
export { HostSource, readTip } from "./host/index.js";
export { HostChain, type HostChainOptions } from "./host-chain.js";
export {
  type AuthorLookup,
  ChainRegistry,
  type ChainRegistryOptions,
  everyone,
  type LedgerGap,
  REGISTRY_MEMORY_MAX_BYTES,
  readJsonFile,
  readRegistryFile,
  readRosterFile,
} from "./registry/index.js";
export { StandaloneChain } from "./standalone.js";
export {
  type BlockchainInterface,
  CHAIN_TROUBLES,
  type ChainBlock,
  type ChainEvent,
  type ChainHead,
  type ChainMemory,
  type ChainMiner,
  type ChainTask,
  type ChainTrouble,
  type FactsSource,
  type Trouble,
} from "./types.js";
