export {
  DAEMON_COUNTS,
  type DaemonCount,
  type DaemonTimes,
  PEERS_MAX,
  type ProbedDaemon,
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
export type {
  BlockchainInterface,
  ChainEvent,
  ChainHead,
  ChainMemory,
  ChainMiner,
  ChainTask,
  ChainTrouble,
  FactsSource,
} from "./types.js";
