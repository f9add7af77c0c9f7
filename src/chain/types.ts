import type { ChainFacts } from "../engine/chain-facts.js";

/** Where the chain stands, as far as this node knows. Heights are block counts; the hash is lowercase hex. */
export interface ChainHead {
  readonly height: number;
  readonly topoheight: number;
  /** Not final: a chain may rewind past it. */
  readonly stableHeight: number;
  readonly hash: string;
  readonly timestampSeconds: number;
}

/** What a chain tells the node, in order. A rewind is said, never left to be guessed. */
export type ChainEvent =
  | { readonly kind: "head"; readonly head: ChainHead }
  | { readonly kind: "rewound"; readonly toTopoheight: number; readonly head: ChainHead }
  /** Registry or rosters changed. */
  | { readonly kind: "facts"; readonly facts: ChainFacts }
  /** The chain can't be reached or stalls: the node goes on with what it knows and says so. */
  | { readonly kind: "degraded"; readonly reason: string }
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
  /** Calls back on every event until the returned function is called. */
  subscribe(listener: (event: ChainEvent) => void): () => void;
  start(): Promise<void>;
  stop(): Promise<void>;
}
