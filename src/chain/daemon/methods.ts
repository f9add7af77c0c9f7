import { fromHex } from "../../protocol/bytes.js";
import { NetworkError } from "../../protocol/errors.js";
import type { ChainBlock, ChainMiner, ChainTask, ChainTip } from "../types.js";
import {
  type DaemonBlock,
  type DaemonInfo,
  type DaemonPeer,
  readBlock,
  readBlocks,
  readBlocksAtHeight,
  readHeight,
  readInfo,
  readMiner,
  readPeers,
  readTask,
} from "./answers.js";
import { badAnswer, DaemonRefusal, INVALID_PARAMS, INVALID_REQUEST, METHOD_NOT_FOUND } from "./daemon-text.js";
import { readRegistered } from "./registration.js";
import type { DaemonCalls } from "./requests.js";

/** The daemon refuses more transactions in one call. */
const TRANSACTIONS_PER_CALL = 20;
/** Blocks whose transactions are requested at a time: a quarter of the connection's slots. */
const LOOKUPS_AT_A_TIME = 4;

/** The daemon's methods with typed answers. Errors are NetworkErrors; an answer of another shape is `chain_answer`. */
export class DaemonMethods {
  readonly #calls: DaemonCalls;

  constructor(calls: DaemonCalls) {
    this.#calls = calls;
  }

  async info(signal: AbortSignal): Promise<DaemonInfo> {
    return readInfo(await this.#calls.call("get_info", undefined, signal));
  }

  /** The tip, from three requests. The chain may move between them: heights above the top are lowered to it. */
  async tip(signal: AbortSignal): Promise<ChainTip> {
    const [info, top, asked] = await Promise.all([
      this.info(signal),
      this.#calls.call("get_top_block", undefined, signal).then(readBlock),
      this.#calls.call("get_stable_topoheight", undefined, signal).then(readHeight),
    ]);
    const { topoheight, height, hash, timestampMs } = top;
    if ((info.prunedTopoheight ?? 0) > topoheight) throw badAnswer("more is pruned than there are blocks");
    return {
      topoheight,
      height,
      hash,
      timestampSeconds: Math.floor(timestampMs / 1000),
      stableHeight: Math.min(info.stableHeight, height),
      stableTopoheight: Math.min(info.stableTopoheight ?? asked, topoheight),
      blockTimeMs: info.blockTimeMs,
      // The block at `pruned_topoheight` itself is kept.
      ...(info.prunedTopoheight !== undefined && { firstTopoheight: info.prunedTopoheight }),
    };
  }

  /** Blocks `from` to `to`, at most 21. Throws `not_found` if `to` is past the top or a block is pruned. */
  async blocks(from: number, to: number, signal: AbortSignal): Promise<DaemonBlock[]> {
    const params = { start_topoheight: from, end_topoheight: to };
    const result = await this.#calls.call("get_blocks_range_by_topoheight", params, signal).catch(notThere);
    return readBlocks(result, from, to);
  }

  /** Throws `not_found` past the top. */
  async blockAt(topoheight: number, signal: AbortSignal): Promise<DaemonBlock> {
    const block = readBlock(await this.#calls.call("get_block_at_topoheight", { topoheight }, signal));
    if (block.topoheight === topoheight) return block;
    throw new NetworkError("chain_answer", `block ${topoheight} was asked for, another was answered`);
  }

  /** Blocks of this height that have a place in the order; several blocks may share a height. Empty past the top. */
  async blocksAtHeight(height: number, signal: AbortSignal): Promise<DaemonBlock[]> {
    return readBlocksAtHeight(await this.#calls.call("get_blocks_at_height", { height }, signal), height);
  }

  /** The blocks with the keys that their transactions register; see {@link readRegistered}. */
  async withRegistrations(blocks: readonly DaemonBlock[], network: number, signal: AbortSignal): Promise<ChainBlock[]> {
    const found: ChainBlock[] = [];
    for (let i = 0; i < blocks.length; i += LOOKUPS_AT_A_TIME) {
      const some = blocks.slice(i, i + LOOKUPS_AT_A_TIME);
      found.push(...(await Promise.all(some.map((block) => this.#withRegistrations(block, network, signal)))));
    }
    return found;
  }

  /** Peers of the daemon; empty if its P2P is off. */
  async peers(signal: AbortSignal): Promise<DaemonPeer[]> {
    const result = await this.#calls.call("get_peers", undefined, signal).catch(noneIfRefused);
    return result === undefined ? [] : readPeers(result);
  }

  /** Whether this revision has AI mining. */
  async hasAiMining(signal: AbortSignal): Promise<boolean> {
    try {
      await this.#calls.call("get_ai_mining_statistics", undefined, signal);
      return true;
    } catch (error) {
      // The method exists but has no statistics before the first transaction of AI mining.
      if (error instanceof DaemonRefusal && error.rpcCode === INVALID_REQUEST) return true;
      if (error instanceof DaemonRefusal && error.rpcCode === METHOD_NOT_FOUND) return false;
      throw error;
    }
  }

  /** Undefined: not registered. */
  async miner(key: string, signal: AbortSignal): Promise<ChainMiner | undefined> {
    const bytes = fromHex(key, 32);
    if (bytes === undefined) throw new NetworkError("bad_parameters", "a key is 64 hex digits");
    const params = { address: [...bytes] };
    const result = await this.#calls.call("get_ai_mining_miner", params, signal).catch(noneIfRefused);
    if (result === undefined) return undefined;
    const miner = readMiner(result);
    if (miner.key !== key.toLowerCase()) throw new NetworkError("chain_answer", "another miner was answered");
    return miner;
  }

  /** Undefined: the chain has no such task. */
  async task(id: string, signal: AbortSignal): Promise<ChainTask | undefined> {
    if (fromHex(id, 32) === undefined) throw new NetworkError("bad_parameters", "a task id is 64 hex digits");
    const params = { task_id: id };
    const result = await this.#calls.call("get_ai_mining_task", params, signal, { exact: true }).catch(noneIfRefused);
    return result === undefined ? undefined : readTask(result);
  }

  /** Requests the transactions of one block only: they fill at most 1.25 MiB, which bounds the answer. */
  async #withRegistrations(block: DaemonBlock, network: number, signal: AbortSignal): Promise<ChainBlock> {
    const registered: string[] = [];
    for (let i = 0; i < block.transactions.length; i += TRANSACTIONS_PER_CALL) {
      const hashes = block.transactions.slice(i, i + TRANSACTIONS_PER_CALL);
      const result = await this.#calls.call("get_transactions", { tx_hashes: hashes }, signal);
      registered.push(...readRegistered(result, hashes, network));
    }
    return registered.length === 0 ? plainBlock(block) : { ...plainBlock(block), registered };
  }
}

/** The block without its transaction hashes. */
export function plainBlock({ topoheight, height, hash, timestampMs }: ChainBlock): ChainBlock {
  return { topoheight, height, hash, timestampMs };
}

/**
 * Maps the refusal of a valid range to `not_found`: a daemon on RocksDB whose pruning failed half-way answers -32602 in
 * place of -32004.
 */
function notThere(error: unknown): never {
  if (!(error instanceof DaemonRefusal) || error.rpcCode !== INVALID_PARAMS) throw error;
  throw new NetworkError("not_found", error.message, { cause: error });
}

/** A refusal means that the item does not exist; other errors are thrown. */
function noneIfRefused(error: unknown): undefined {
  if (error instanceof DaemonRefusal) return undefined;
  throw error;
}
