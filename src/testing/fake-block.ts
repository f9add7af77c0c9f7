import type { JsonObject } from "./daemon-json.js";
import { type FakeTransaction, transactionJson } from "./fake-transactions.js";

export interface FakeBlock {
  readonly hash: string;
  readonly height: number;
  /** The place in the order; null if it has none (any more). Only the chain writes it. */
  topoheight: number | null;
  readonly timestampMs: number;
  /** Hashes of its parents. */
  readonly tips: readonly string[];
  /** An address. */
  readonly miner: string;
  readonly kind: "Sync" | "Normal" | "Side";
  readonly cumulativeDifficulty: number;
  readonly transactions: readonly FakeTransaction[];
}

const GENESIS_REWARD = 5_849_202_473;
const BLOCK_REWARD = 292_459_556;
const DEV_REWARD = 29_245_955;
export const MINER_REWARD = BLOCK_REWARD - DEV_REWARD;
export const DIFFICULTY = 300;

/** The supply at this topoheight. */
export function supplyAt(topoheight: number): number {
  return GENESIS_REWARD + topoheight * BLOCK_REWARD;
}

/** Hard forks of a devnet. */
export function versionAt(height: number): number {
  return height < 5 ? 0 : height < 10 ? 1 : height < 15 ? 2 : 3;
}

/**
 * A block in the form of `new_block`, `get_block_*` and `get_top_block`. Total fees are null without the transactions.
 * For an orphaned block, fees, topoheight and rewards are null.
 */
export function blockJson(block: FakeBlock, withTransactions: boolean): JsonObject {
  const { topoheight, transactions } = block;
  const ordered = topoheight !== null;
  const fees = transactions.reduce((sum, { fee }) => sum + fee, 0);
  return {
    block_type: ordered ? block.kind : "Orphaned",
    cumulative_difficulty: String(block.cumulativeDifficulty),
    dev_reward: ordered ? DEV_REWARD : null,
    difficulty: String(DIFFICULTY),
    extra_nonce: [...block.hash].reverse().join(""),
    hash: block.hash,
    height: block.height,
    miner: block.miner,
    miner_reward: ordered ? MINER_REWARD : null,
    nonce: 0,
    reward: ordered ? BLOCK_REWARD : null,
    supply: ordered ? supplyAt(topoheight) : null,
    timestamp: block.timestampMs,
    tips: block.tips,
    topoheight,
    total_fees: withTransactions ? fees : null,
    total_size_in_bytes: 124 + transactions.reduce((sum, { size }) => sum + size, 0),
    txs_hashes: transactions.map(({ hash }) => hash),
    version: versionAt(block.height),
    ...(withTransactions && transactions.length > 0 ? { transactions: transactions.map(transactionJson) } : {}),
  };
}
