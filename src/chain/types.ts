import type { ChainFacts } from "../engine/index.js";

/** The most blocks in one call: the daemon refuses a span of more than 20, which is 21 blocks. */
export const BLOCKS_PER_CALL = 21;

/** The chain's top block as this node knows it. Heights are block counts; the hash is lowercase hex. */
export interface ChainHead {
  readonly height: number;
  readonly topoheight: number;
  /** Blocks up to this height are stable, but not final: the chain may rewind past it. */
  readonly stableHeight: number;
  readonly hash: string;
  readonly timestampSeconds: number;
  /**
   * Absent: the chain reported this head since the start. "remembered": `topoheight` and `hash` are from an earlier
   * run, the other fields are 0. "unknown": no field is known.
   */
  readonly place?: "remembered" | "unknown";
}

/** One block at its place in the chain's block order. */
export interface ChainBlock {
  readonly topoheight: number;
  readonly height: number;
  /** 64 lowercase hex digits. */
  readonly hash: string;
  readonly timestampMs: number;
  /**
   * Hex keys that transactions in this block register for AI mining (rule: protocol.md, section 8). A key may have been
   * registered before. Absent: none.
   */
  readonly registered?: readonly string[];
}

/** Why the chain can't be followed right now. Closed: it labels a metric. */
export const CHAIN_TROUBLES = [
  /** No connection, or no answer in time. */
  "unreachable",
  /** Connected, but no new block for much longer than the chain's block time. */
  "stalled",
  /** The network or the genesis is not the one this node is bound to. Only a person can fix this. */
  "wrong_network",
  /** The source answers, but its answers can't be read or contradict each other. */
  "bad_answers",
] as const;
export type ChainTrouble = (typeof CHAIN_TROUBLES)[number];

/** Why the chain can't be followed; `detail` is text for a person. */
export interface Trouble {
  readonly reason: ChainTrouble;
  readonly detail: string;
}

/**
 * The events of a chain, in order. After the `block` of topoheight n comes the `block` of n + 1, or `rewound`, or
 * `skipped`. No block is emitted twice; a missing block is always covered by `skipped`; a rewind is always explicit.
 */
export type ChainEvent =
  | { readonly kind: "block"; readonly block: ChainBlock }
  /** Blocks were emitted, or the stable height changed. */
  | { readonly kind: "head"; readonly head: ChainHead }
  /** The blocks above `toTopoheight` are no longer valid; the next block has topoheight `toTopoheight` + 1. */
  | { readonly kind: "rewound"; readonly toTopoheight: number; readonly head: ChainHead }
  /**
   * The blocks from `fromTopoheight` to `toTopoheight`, inclusive, are not emitted: too many, or no longer available.
   */
  | { readonly kind: "skipped"; readonly fromTopoheight: number; readonly toTopoheight: number }
  /** Registry or rosters changed. */
  | { readonly kind: "facts"; readonly facts: ChainFacts }
  /** IP addresses (no ports) of machines that run the chain: hints for peer discovery. */
  | { readonly kind: "hosts"; readonly hosts: readonly string[] }
  /** The chain can't be followed: the node continues with the last facts and reports this. `detail` is for a person. */
  | { readonly kind: "degraded"; readonly reason: ChainTrouble; readonly detail: string }
  /** The chain is followed, for the first time or again. */
  | { readonly kind: "healed" };

/**
 * The TOS chain as this program needs it (specification: BlockchainInterface). Implementations: standalone (a clock),
 * the daemon over JSON-RPC, the host over stdio. No method blocks the node: later knowledge arrives as an event.
 */
export interface BlockchainInterface {
  readonly mode: "standalone" | "daemon" | "host";
  /** Chain id (0..3) and genesis hash (32 bytes), fixed for the life of this object. */
  readonly network: number;
  readonly genesis: Uint8Array;
  head(): ChainHead;
  facts(): ChainFacts;
  /** The chain was read to its top since the start and is followed now; also true while it is stalled. */
  readonly following: boolean;
  /** Undefined while the chain is followed. */
  trouble(): Trouble | undefined;
  /** Calls back on every event until the returned function is called. */
  subscribe(listener: (event: ChainEvent) => void): () => void;
  /** An author unknown to this node offered a record: look the author up on the chain. */
  asked(author: string): void;
  /**
   * Peers on the same chain count other registrations than this node: reads the chain again, seldom. Repeat it while
   * they differ.
   */
  doubted(): void;
  /** The task as the chain has it; undefined if it is unknown, or the chain is unreachable or has no AI mining. */
  task(taskId: string, signal: AbortSignal): Promise<ChainTask | undefined>;
  /** The miner or validator as the chain has it; undefined under the same conditions. */
  miner(key: string, signal: AbortSignal): Promise<ChainMiner | undefined>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** A task as the chain holds it (reference: AIMiningTask). Amounts are in the chain's own units. */
export interface ChainTask {
  readonly publisher: string;
  readonly status: "Active" | "Completed" | "Cancelled" | "Expired";
  /** Height of the publishing block. Its topoheight is greater if several blocks share a height. */
  readonly publishedAt: number;
  readonly rewardAmount: bigint;
  readonly deadlineMs: bigint;
}

/** A registered miner or validator as the chain holds it. */
export interface ChainMiner {
  readonly key: string;
  /** Height of the block that registered it: see {@link ChainTask.publishedAt}. */
  readonly registeredAt: number;
  /** 0..1000; initially 500. */
  readonly reputation: number;
}

/** The source's answer to the question for its top block. */
export interface ChainTip extends ChainHead {
  readonly stableTopoheight: number;
  /** The chain's target time between two blocks. */
  readonly blockTimeMs: number;
  /** The lowest block that is available; absent: nothing was pruned. */
  readonly firstTopoheight?: number;
}

/** A source of blocks: the daemon or the host. Throws NetworkErrors; `not_found` if the range is not available. */
export interface BlockSource {
  tip(signal: AbortSignal): Promise<ChainTip>;
  /** Blocks `from` to `to`, inclusive, in order; at most {@link BLOCKS_PER_CALL}, `to` not past the top. */
  blocks(from: number, to: number, signal: AbortSignal): Promise<readonly ChainBlock[]>;
}

/** A block that a facts source has processed. */
export interface StreamPlace {
  readonly topoheight: number;
  readonly height: number;
  readonly hash: string;
  readonly timestampMs: number;
}

/** Where a block stream starts. */
export interface StreamStart {
  readonly topoheight: number;
  /**
   * Hash of the last processed block: the stream continues after it or rewinds. Undefined: start with this topoheight.
   */
  readonly hash: string | undefined;
  /** The processed blocks right before it, ascending: a rewind is searched among them. */
  readonly before?: readonly StreamPlace[];
}

/** The source of the registry and the rosters. It receives the chain's events in order. */
export interface FactsSource {
  facts(): ChainFacts;
  /** Where the block stream must start for this source; undefined: at the top. */
  startFrom(): StreamStart | undefined;
  /** Processes a block, head, rewind or skip. */
  chain(event: ChainEvent): void;
  /** See {@link BlockchainInterface.asked}. */
  asked(author: string): void;
  /** A second reading of the blocks that the facts come from. Undefined: they come from no blocks, or lack some. */
  review(): FactsReview | undefined;
  /** Calls `emit` after each change of the facts. */
  start(emit: (facts: ChainFacts) => void): Promise<void>;
  stop(): Promise<void>;
}

/** The stable blocks of a chain, read again: what they say replaces what a facts source took from them before. */
export interface FactsReview {
  /** The last block to read; the first has topoheight 0. */
  readonly last: { readonly topoheight: number; readonly hash: string };
  /** Processes the next block. */
  readonly block: (block: ChainBlock) => void;
  /** All blocks were read, or not. True: the result counts; false: it does not, as the chain changed meanwhile. */
  readonly end: (isComplete: boolean) => boolean;
}

/** A file in which a facts source saves its state; the source defines the content. */
export interface ChainMemory {
  /** Undefined: the file does not exist yet. */
  load(): Promise<Uint8Array | undefined>;
  /** Replaces the file atomically; resolves after fsync. */
  save(bytes: Uint8Array): Promise<void>;
}
