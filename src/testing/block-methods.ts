import { blockJson, type FakeBlock } from "./fake-block.js";
import { locatedJson, mempoolJson } from "./fake-transactions.js";
import { type DaemonView, type Method, withoutParams, withParams } from "./methods.js";
import { shownPruned } from "./node-methods.js";
import { bool, hash, hashes, optional, text, u64 } from "./params.js";
import { FAULT_CODES, invalidParams, RpcFault } from "./rpc-fault.js";

/** A span of 20 is 21 blocks. */
const MAX_SPAN = 20;
const MAX_ORDER_SPAN = 64;
const MAX_TRANSACTIONS = 20;

const withTransactions = optional(bool, false);
const place = optional(u64, undefined);

/** After a pruning that failed half-way, the daemon still has the hash of a deleted block. */
function halfPruned(topoheight: number | bigint): RpcFault {
  return invalidParams(`Error while retrieving block by hash: block at ${topoheight} not found`);
}

function atTopoheight({ chain, hidesPruning }: DaemonView, topoheight: number | bigint): FakeBlock {
  const block = chain.at(topoheight);
  if (block !== undefined) return block;
  if (hidesPruning && topoheight < chain.pruned) throw halfPruned(topoheight);
  const detail = "Error while retrieving hash at topo height: Data not found on disk: load data";
  throw new RpcFault(FAULT_CODES.context, detail);
}

function byHash({ chain }: DaemonView, wanted: string): FakeBlock {
  const block = chain.byHash(wanted);
  if (block === undefined) throw invalidParams(`Error while retrieving block by hash: ${wanted} not found`);
  return block;
}

/** The blocks of a range; all must exist. */
function blocksOf({ chain, hidesPruning }: DaemonView, first: number, last: number): readonly FakeBlock[] {
  const blocks = chain.range(first, last);
  if (blocks.length === last - first + 1) return blocks;
  if (hidesPruning) throw halfPruned(first);
  throw new RpcFault(FAULT_CODES.context, "Error while retrieving blocks: Data not found on disk: load data");
}

/** The bounds of a range. A range that is too wide, reversed or past the top is an error, as in the daemon. */
function span(
  start: number | bigint | undefined,
  end: number | bigint | undefined,
  top: number,
  most: number,
): readonly [number, number] {
  const first = Number(start ?? (end === undefined && top > most ? top - most : 0));
  const last = Number(end ?? top);
  if (last < first || last > top || last - first > most) {
    const detail = `Invalid range requested, start: ${first}, end: ${last}: Invalid JSON request`;
    throw new RpcFault(FAULT_CODES.context, detail);
  }
  return [first, last];
}

function located({ chain }: DaemonView, wanted: string): ReturnType<typeof locatedJson> | undefined {
  const found = chain.transaction(wanted);
  return found === undefined ? undefined : locatedJson(found.transaction, found.where);
}

function unknownTransaction(wanted: string): RpcFault {
  const detail = `Error while retrieving transaction from disk and mempool: Tx ${wanted} not found in mempool`;
  return new RpcFault(FAULT_CODES.context, detail);
}

export const blockMethods: Readonly<Record<string, Method>> = {
  get_height: withoutParams(({ chain }) => chain.height),
  get_topoheight: withoutParams(({ chain }) => chain.topoheight),
  get_stableheight: withoutParams(({ chain }) => chain.stableHeight),
  get_stable_height: withoutParams(({ chain }) => chain.stableHeight),
  get_stable_topoheight: withoutParams(({ chain }) => chain.stableTopoheight),
  get_pruned_topoheight: withoutParams(shownPruned),
  get_tips: withoutParams(({ chain }) => chain.tips.map((tip) => tip.hash)),
  count_transactions: withoutParams(({ chain }) => chain.executedCount),

  get_top_block: withParams({ include_txs: withTransactions }, ({ chain }, params) =>
    blockJson(chain.top, params.include_txs),
  ),
  get_block_at_topoheight: withParams({ topoheight: u64, include_txs: withTransactions }, (view, params) =>
    blockJson(atTopoheight(view, params.topoheight), params.include_txs),
  ),
  get_block_by_hash: withParams({ hash, include_txs: withTransactions }, (view, params) =>
    blockJson(byHash(view, params.hash), params.include_txs),
  ),
  get_blocks_at_height: withParams({ height: u64, include_txs: withTransactions }, ({ chain }, params) =>
    chain.atHeight(params.height).map((block) => blockJson(block, params.include_txs)),
  ),
  get_blocks_range_by_topoheight: withParams(
    { start_topoheight: place, end_topoheight: place },
    (view, { start_topoheight, end_topoheight }) => {
      const [first, last] = span(start_topoheight, end_topoheight, view.chain.topoheight, MAX_SPAN);
      return blocksOf(view, first, last).map((block) => blockJson(block, false));
    },
  ),
  get_blocks_range_by_height: withParams(
    { start_height: place, end_height: place },
    ({ chain }, { start_height, end_height }) => {
      const [first, last] = span(start_height, end_height, chain.height, MAX_SPAN);
      const heights = Array.from({ length: last - first + 1 }, (_, i) => first + i);
      return heights.flatMap((height) => chain.atHeight(height).map((block) => blockJson(block, false)));
    },
  ),
  get_dag_order: withParams(
    { start_topoheight: place, end_topoheight: place },
    (view, { start_topoheight, end_topoheight }) => {
      const [first, last] = span(start_topoheight, end_topoheight, view.chain.topoheight, MAX_ORDER_SPAN);
      return blocksOf(view, first, last).map((block) => block.hash);
    },
  ),
  get_p2p_block_propagation: withParams({ hash }, () => ({ first_seen: null, peers: {}, processing_at: null })),

  get_transaction: withParams({ hash }, (view, params) => {
    const found = located(view, params.hash);
    if (found === undefined) throw unknownTransaction(params.hash);
    return found;
  }),
  get_transactions: withParams({ tx_hashes: hashes(MAX_TRANSACTIONS) }, (view, { tx_hashes }) =>
    tx_hashes.map((each) => located(view, each) ?? null),
  ),
  get_transaction_executor: withParams({ hash }, ({ chain }, params) => {
    const executor = chain.transaction(params.hash)?.where.executedIn;
    const block = executor == null ? undefined : chain.byHash(executor);
    if (block === undefined) throw invalidParams(`Transaction ${params.hash} is not executed`);
    return { block_hash: block.hash, block_timestamp: block.timestampMs, block_topoheight: block.topoheight };
  }),
  is_tx_executed_in_block: withParams(
    { tx_hash: hash, block_hash: hash },
    ({ chain }, { tx_hash, block_hash }) => chain.transaction(tx_hash)?.where.executedIn === block_hash,
  ),
  get_mempool: withParams({ maximum: place, skip: place }, ({ chain }) => ({
    total: chain.mempool.length,
    transactions: chain.mempool.map((each) => locatedJson(each, { blocks: [], executedIn: null })),
  })),
  get_mempool_summary: withParams({ maximum: place, skip: place }, ({ chain }) => ({
    total: chain.mempool.length,
    transactions: chain.mempool.map(mempoolJson),
  })),
  submit_transaction: withParams({ data: text }, () => {
    throw invalidParams("Invalid size");
  }),
};
