import type { ChainFacts } from "../engine/index.js";

/** What one call for blocks may ask for: the daemon refuses a span of more than 20, which is 21 blocks. */
export const BLOCKS_PER_CALL = 21;

/** Where the chain stands, as far as this node knows. Heights are block counts; the hash is lowercase hex. */
export interface ChainHead {
  readonly height: number;
  readonly topoheight: number;
  /** Not final: a chain may rewind past it. */
  readonly stableHeight: number;
  readonly hash: string;
  readonly timestampSeconds: number;
  /**
   * Absent: the chain told it since the start. Only before that: "remembered" from an earlier run (`topoheight` and `hash`
   * are known), or "unknown" (no field is).
   */
  readonly place?: "remembered" | "unknown";
}

/** One block at its place in the order that the chain gives its blocks. */
export interface ChainBlock {
  readonly topoheight: number;
  readonly height: number;
  /** 64 lowercase hex digits. */
  readonly hash: string;
  readonly timestampMs: number;
  /**
   * Hex keys that transactions in this block register for AI mining by the rule of protocol.md, section 8, whether or not
   * the key was registered before; absent: none.
   */
  readonly registered?: readonly string[];
}

/** Why the chain can't be followed right now. Closed: it labels a metric. */
export const CHAIN_TROUBLES = [
  /** No connection, or no answer in time. */
  "unreachable",
  /** Connected, and no block for much longer than the chain's block time. */
  "stalled",
  /** It is another network, or its genesis is not the one this node is bound to. Only a person can mend that. */
  "wrong_network",
  /** It answers, and what it says can't be read or contradicts itself. */
  "bad_answers",
] as const;
export type ChainTrouble = (typeof CHAIN_TROUBLES)[number];

/**
 * What a chain tells the node, in order. After a `block` of topoheight n comes that of n + 1, or `rewound`, or `skipped`:
 * no block is told twice, none is left out in silence. A rewind is said, never left to be guessed.
 */
export type ChainEvent =
  | { readonly kind: "block"; readonly block: ChainBlock }
  /** The last blocks were told, or the stable height moved. */
  | { readonly kind: "head"; readonly head: ChainHead }
  /** The blocks above `toTopoheight` hold no longer; the next block is that of `toTopoheight` + 1. */
  | { readonly kind: "rewound"; readonly toTopoheight: number; readonly head: ChainHead }
  /** Blocks `from` to `to`, both inclusive, are not told: they are too many, or no longer to be had. */
  | { readonly kind: "skipped"; readonly fromTopoheight: number; readonly toTopoheight: number }
  /** Registry or rosters changed. */
  | { readonly kind: "facts"; readonly facts: ChainFacts }
  /** IP addresses (no ports) of machines that run the chain: hints of where other nodes of this program may be. */
  | { readonly kind: "hosts"; readonly hosts: readonly string[] }
  /** The chain can't be followed: the node goes on with what it knows and says so. `detail` is for a person. */
  | { readonly kind: "degraded"; readonly reason: ChainTrouble; readonly detail: string }
  /** The chain is followed, for the first time or again. */
  | { readonly kind: "healed" };

/**
 * The TOS chain as this program needs it (specification: BlockchainInterface). Implementations: standalone (a clock), the
 * daemon over JSON-RPC, the host over stdio. None of them blocks the node: what is not known yet comes as an event.
 */
export interface BlockchainInterface {
  readonly mode: "standalone" | "daemon" | "host";
  /** Chain id (0..3) and genesis hash (32 bytes), fixed for the life of this object. */
  readonly network: number;
  readonly genesis: Uint8Array;
  head(): ChainHead;
  facts(): ChainFacts;
  /** The chain was read to its top since the start, and is followed now, even where it stands still. */
  readonly following: boolean;
  /** Undefined while the chain is followed. */
  trouble(): { readonly reason: ChainTrouble; readonly detail: string } | undefined;
  /** Calls back on every event until the returned function is called. */
  subscribe(listener: (event: ChainEvent) => void): () => void;
  /** Somebody who is not registered, as far as this node knows, offered a record: the chain may know better by now. */
  asked(author: string): void;
  /** What the chain itself says of a task; undefined where it can't say (no AI mining there, unknown, unreachable). */
  task(taskId: string, signal: AbortSignal): Promise<ChainTask | undefined>;
  /** What the chain itself says of a miner or validator; undefined where it can't say. */
  miner(key: string, signal: AbortSignal): Promise<ChainMiner | undefined>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** A task as the chain holds it (reference: AIMiningTask). Amounts are in the chain's own units. */
export interface ChainTask {
  readonly publisher: string;
  readonly status: "Active" | "Completed" | "Cancelled" | "Expired";
  /** Height of the block in which it was published: not its topoheight, which is greater where blocks stand side by side. */
  readonly publishedAt: number;
  readonly rewardAmount: bigint;
  readonly deadlineMs: bigint;
}

/** A registered miner or validator as the chain holds it. */
export interface ChainMiner {
  readonly key: string;
  /** Height of the block that registered it: see {@link ChainTask.publishedAt}. */
  readonly registeredAt: number;
  /** 0..1000, 500 at first. */
  readonly reputation: number;
}

/** Where the chain stands, by the one who was asked. */
export interface ChainTip extends ChainHead {
  readonly stableTopoheight: number;
  /** The chain's wish for the time between two blocks. */
  readonly blockTimeMs: number;
  /** The lowest block that is still to be had, where older ones were pruned. */
  readonly firstTopoheight?: number;
}

/** Where a follower gets its blocks: the daemon's RPC, or the host's. Both throw NetworkErrors; a range not there is `not_found`. */
export interface BlockSource {
  tip(signal: AbortSignal): Promise<ChainTip>;
  /** Blocks `from` to `to`, both inclusive, in order; at most {@link BLOCKS_PER_CALL}, `to` not past the top. */
  blocks(from: number, to: number, signal: AbortSignal): Promise<readonly ChainBlock[]>;
}

/** A block that a facts source has seen. */
export interface StreamPlace {
  readonly topoheight: number;
  readonly height: number;
  readonly hash: string;
  readonly timestampMs: number;
}

/** Where a block stream begins. */
export interface StreamStart {
  readonly topoheight: number;
  /** Of the last block that the source has seen, so that the next one is told, or a rewind; undefined: the first to tell. */
  readonly hash: string | undefined;
  /** Blocks right before that one, which the source has seen too: how far it holds is found among them. Ascending. */
  readonly before?: readonly StreamPlace[];
}

/** Who may author records, by whatever says so; fed with the chain's own events, in their order. */
export interface FactsSource {
  facts(): ChainFacts;
  /** Where the block stream must begin for this source; undefined: at the top. */
  startFrom(): StreamStart | undefined;
  /** A block, a head, a rewind or a skip. */
  chain(event: ChainEvent): void;
  /** See {@link BlockchainInterface.asked}. */
  asked(author: string): void;
  /** Calls `tell` whenever the facts changed. */
  start(tell: (facts: ChainFacts) => void): Promise<void>;
  stop(): Promise<void>;
}

/** A file of the node in which a facts source keeps what it learned; the content is its own. */
export interface ChainMemory {
  /** Undefined: there is none yet. */
  load(): Promise<Uint8Array | undefined>;
  /** Replaces the whole, atomically; on the disk when it resolves. */
  save(bytes: Uint8Array): Promise<void>;
}
