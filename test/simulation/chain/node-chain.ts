import type { BoundRow, FaultWatch } from "../../../src/api/index.js";
import {
  AHEAD_BLOCKS,
  type ChainMemory,
  ChainRegistry,
  type ChainRegistryOptions,
  type HostChain,
  WINDOW_BLOCKS,
} from "../../../src/chain/index.js";
import { ChainMemoryFile } from "../../../src/plugin/chain-memory-file.js";
import { factsWatches } from "../../../src/plugin/open-facts.js";
import type { Blake3 } from "../../../src/protocol/hash.js";
import type { NetworkIdentity } from "../../../src/protocol/rules.js";
import type { HostLink } from "./host-link.js";

export interface NodeChainOptions {
  readonly link: HostLink;
  readonly blake3: Blake3;
  readonly identity: NetworkIdentity;
  /** The file of the saved registry; its directory exists. */
  readonly memory: string | ChainMemory;
  readonly log: ChainRegistryOptions["log"];
  /** Counts gaps in the host's event count. */
  readonly count: (label: "gap") => void;
  readonly nowMs: () => number;
}

/** The chain of one node with its sizes and faults, for the options of the manager. The chain is not started. */
export interface NodeChain {
  readonly chain: HostChain;
  readonly bounds: () => readonly BoundRow[];
  readonly watches: readonly FaultWatch[];
}

/**
 * A HostChain with the registry of the chain, as the plugin of a node opens it (src/plugin/managed/open-chain-node.ts).
 */
export function nodeChain({ link, blake3, identity, memory, log, count, nowMs }: NodeChainOptions): NodeChain {
  const facts = new ChainRegistry({
    blake3,
    genesis: identity.genesis,
    rosters: [],
    memory: typeof memory === "string" ? new ChainMemoryFile(memory) : memory,
    lookup: link.source,
    log,
    nowMs,
  });
  const chain = link.chain({ identity, facts, log, count, nowMs });
  return {
    chain,
    bounds: () => [
      { name: "chain_window", size: chain.sizes.remembered, cap: WINDOW_BLOCKS },
      { name: "chain_ahead", size: chain.sizes.ahead, cap: AHEAD_BLOCKS },
      ...facts.boundRows(),
    ],
    watches: factsWatches(() => facts.faults),
  };
}
