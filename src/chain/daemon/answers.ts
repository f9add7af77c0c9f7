import { isIP } from "node:net";
import { BLOCKS_PER_CALL, type ChainBlock, type ChainMiner, type ChainTask } from "../types.js";
import { badAnswer, isRecord } from "./daemon-text.js";
import { count, hash, key, list, record, text, u64 } from "./decode.js";

/** The daemon's names of its networks, by chain id. */
const NETWORK_NAMES = ["Mainnet", "Testnet", "Stagenet", "Dev"];
/** A block of 1.25 MiB holds fewer transactions, each of at least 64 bytes. */
const TRANSACTIONS_PER_BLOCK_MAX = 20_480;
/** The most blocks in any revision's answer. */
const BLOCKS_AT_HEIGHT_MAX = 200;
/** Longest text of a daemon's version, a number and a commit. */
const VERSION_CHARACTERS = 64;
/** The most peers in an answer; the daemon holds 32 by default. */
const PEERS_MAX = 4096;
/** The daemon counts reputation from 0 to 1,000. */
const REPUTATION_MAX = 1000;
const STATUSES = ["Active", "Completed", "Cancelled", "Expired"] as const;

/** The fields of `get_info` that the node uses. */
export interface DaemonInfo {
  /** Chain id, 0..3. */
  readonly network: number;
  readonly version: string;
  readonly stableHeight: number;
  /** Undefined: this revision has a separate method for it. */
  readonly stableTopoheight: number | undefined;
  /** Undefined: nothing was pruned. */
  readonly prunedTopoheight: number | undefined;
  readonly blockTimeMs: number;
}

/** A block with its transaction hashes. */
export interface DaemonBlock extends ChainBlock {
  readonly transactions: readonly string[];
}

/** A peer of the daemon: its address with the port, and the IP alone. */
export interface DaemonPeer {
  readonly address: string;
  readonly ip: string;
}

export function readInfo(result: unknown): DaemonInfo {
  const info = record(result, "get_info");
  const network = NETWORK_NAMES.indexOf(text(info.network, "network", 16));
  if (network < 0) throw badAnswer("network is none of the four");
  const optional = (name: string) =>
    info[name] === null || info[name] === undefined ? undefined : count(info[name], name);
  return {
    network,
    version: text(info.version, "version", VERSION_CHARACTERS),
    stableHeight: count(info.stableheight, "stableheight"),
    stableTopoheight: optional("stable_topoheight"),
    prunedTopoheight: optional("pruned_topoheight"),
    blockTimeMs: count(info.block_time_target, "block_time_target"),
  };
}

export function readHeight(result: unknown): number {
  return count(result, "a height");
}

/** A block with a place in the order. */
export function readBlock(result: unknown): DaemonBlock {
  const block = record(result, "a block");
  const transactions = list(block.txs_hashes, "txs_hashes", TRANSACTIONS_PER_BLOCK_MAX);
  return {
    topoheight: count(block.topoheight, "topoheight"),
    height: count(block.height, "height"),
    hash: hash(block.hash, "hash"),
    timestampMs: count(block.timestamp, "timestamp"),
    transactions: transactions.map((value) => hash(value, "txs_hashes")),
  };
}

/** Exactly the blocks `from` to `to`, in order. */
export function readBlocks(result: unknown, from: number, to: number): DaemonBlock[] {
  const blocks = list(result, "blocks", BLOCKS_PER_CALL).map(readBlock);
  if (blocks.length !== to - from + 1 || blocks.some(({ topoheight }, i) => topoheight !== from + i)) {
    throw badAnswer(`blocks ${from} to ${to} were asked for, others were answered`);
  }
  return blocks;
}

/** The blocks of one height that have a place in the order. */
export function readBlocksAtHeight(result: unknown, height: number): DaemonBlock[] {
  const ordered = list(result, "blocks", BLOCKS_AT_HEIGHT_MAX).filter(
    (block) => !isRecord(block) || block.topoheight !== null,
  );
  const blocks = ordered.map(readBlock);
  if (blocks.some((block) => block.height !== height)) throw badAnswer(`blocks of height ${height} were asked for`);
  return blocks;
}

export function readPeers(result: unknown): DaemonPeer[] {
  const peers = list(record(result, "get_peers").peers, "peers", PEERS_MAX);
  return peers.map(readPeer).filter((peer) => peer !== undefined);
}

/** Undefined: the address is not an IP address with a port. */
export function readPeer(result: unknown): DaemonPeer | undefined {
  const address = text(record(result, "a peer").addr, "addr", 64);
  const ip = /^\[?(.+?)\]?:\d{1,5}$/.exec(address)?.[1];
  return ip !== undefined && isIP(ip) !== 0 ? { address, ip } : undefined;
}

export function readMiner(result: unknown): ChainMiner {
  const miner = record(result, "a miner");
  const reputation = count(miner.reputation, "reputation");
  if (reputation > REPUTATION_MAX) throw badAnswer("reputation is more than 1000");
  return {
    key: key(miner.address, "address"),
    registeredAt: count(miner.registered_at, "registered_at"),
    reputation,
  };
}

/** Needs a result of `exactResult`. */
export function readTask(result: unknown): ChainTask {
  const task = record(result, "a task");
  const status = STATUSES.find((name) => name === task.status);
  if (status === undefined) throw badAnswer("status is none of a task");
  return {
    publisher: key(task.publisher, "publisher"),
    status,
    publishedAt: count(task.published_at, "published_at"),
    rewardAmount: u64(task.reward_amount, "reward_amount"),
    deadlineMs: u64(task.deadline, "deadline"),
  };
}
