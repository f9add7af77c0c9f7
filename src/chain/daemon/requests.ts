import { NetworkError } from "../../protocol/errors.js";

/**
 * Parameters of every method that this program calls. A method without parameters sends no `params`: the daemon refuses
 * `{}`.
 */
export interface DaemonParams {
  readonly get_info: undefined;
  readonly get_top_block: undefined;
  readonly get_stable_topoheight: undefined;
  readonly get_block_at_topoheight: { readonly topoheight: number };
  /** The answer includes blocks without a place in the order: their topoheight is null. */
  readonly get_blocks_at_height: { readonly height: number };
  /** Both inclusive; a span of at most 20, not past the top. */
  readonly get_blocks_range_by_topoheight: { readonly start_topoheight: number; readonly end_topoheight: number };
  /** At most 20. */
  readonly get_transactions: { readonly tx_hashes: readonly string[] };
  readonly get_peers: undefined;
  readonly get_ai_mining_statistics: undefined;
  /** The key's 32 bytes as numbers; neither hex nor address. */
  readonly get_ai_mining_miner: { readonly address: readonly number[] };
  readonly get_ai_mining_task: { readonly task_id: string };
  /** Over WebSocket only. */
  readonly subscribe: { readonly notify: string };
}

export type DaemonMethod = keyof DaemonParams;

/**
 * The only daemon methods that this program calls. `get_ai_mining_state` must not be added: once a miner is registered,
 * it panics in the daemon and the connection never answers again.
 */
export const DAEMON_METHODS: ReadonlySet<string> = new Set<DaemonMethod>([
  "get_info",
  "get_top_block",
  "get_stable_topoheight",
  "get_block_at_topoheight",
  "get_blocks_at_height",
  "get_blocks_range_by_topoheight",
  "get_transactions",
  "get_peers",
  "get_ai_mining_statistics",
  "get_ai_mining_miner",
  "get_ai_mining_task",
  "subscribe",
]);

/** The text of a request. Throws `not_allowed` for a method that is not in the list. */
export function requestText<M extends DaemonMethod>(id: number, method: M, params: DaemonParams[M]): string {
  if (!DAEMON_METHODS.has(method)) throw new NetworkError("not_allowed", "that method of the daemon is never called");
  return JSON.stringify({ jsonrpc: "2.0", id, method, ...(params !== undefined && { params }) });
}

export interface CallOptions {
  /** Integers past 2^53 are needed. */
  readonly exact?: boolean;
}

/** Sends requests to the daemon. */
export interface DaemonCalls {
  /** The unchecked result. Throws DaemonRefusal, `request_timeout`, `chain_unreachable`, `peer_busy`. */
  call<M extends DaemonMethod>(
    method: M,
    params: DaemonParams[M],
    signal: AbortSignal,
    options?: CallOptions,
  ): Promise<unknown>;
}

/** Counted events of the connection. A closed list: labels of a metric. */
export const DAEMON_COUNTS = [
  /** A connection ended or could not be opened. */
  "disconnected",
  /** A connection is ready and the chain is the right one. */
  "connected",
  /** No answer in time. */
  "timeout",
  /** No message and no ping for too long. */
  "silent",
  /** A message or an answer is unreadable or contradicts itself. */
  "bad_answer",
  /** An event is unreadable. */
  "bad_event",
  /** A message has an id of no open request. */
  "unknown_id",
  /** Another network or genesis. */
  "wrong_network",
  /** The WebSocket was refused; HTTP is used. */
  "fallback",
] as const;
export type DaemonCount = (typeof DAEMON_COUNTS)[number];
