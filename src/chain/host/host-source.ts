import { NetworkError } from "../../protocol/errors.js";
import type { AuthorLookup } from "../registry/index.js";
import {
  BLOCKS_PER_CALL,
  type BlockSource,
  type ChainBlock,
  type ChainMiner,
  type ChainTask,
  type ChainTip,
} from "../types.js";
import { readBlocks, readMiner, readTask, readTip } from "./host-shapes.js";

/** Methods of the host. */
export const HOST_QUESTIONS = ["chain.tip", "chain.blocks", "chain.task", "chain.miner"] as const;
export type HostQuestion = (typeof HOST_QUESTIONS)[number];

/**
 * Sends a question to the host. Rejects with NetworkErrors: `bad_parameters`, `request_timeout`, `peer_gone`,
 * `peer_busy`, `request_refused`.
 */
export type AskHost = (question: HostQuestion, params: object, signal: AbortSignal) => Promise<unknown>;

/** The host's chain as a source of blocks. */
export class HostSource implements BlockSource, AuthorLookup {
  readonly #ask: AskHost;
  #blockTimeMs = 0;

  constructor(ask: AskHost) {
    this.#ask = ask;
  }

  /** The chain's target time between two blocks; 0 before the first tip. */
  get blockTimeMs(): number {
    return this.#blockTimeMs;
  }

  async tip(signal: AbortSignal): Promise<ChainTip> {
    const tip = readTip(await this.#ask("chain.tip", {}, signal));
    this.#blockTimeMs = tip.blockTimeMs;
    return tip;
  }

  async blocks(from: number, to: number, signal: AbortSignal): Promise<readonly ChainBlock[]> {
    const blocks = [...(await this.#line(from, to, signal))];
    for (let last = blocks.at(-1); last !== undefined && blocks.length <= to - from; last = blocks.at(-1)) {
      // Requests the last block again. Another hash at its place means that the chain changed.
      const [again, ...more] = await this.#line(from + blocks.length - 1, to, signal);
      if (again?.hash !== last.hash)
        throw new NetworkError("not_found", `the host's chain changed at ${last.topoheight}`);
      if (more.length === 0) break;
      blocks.push(...more);
    }
    return blocks;
  }

  /** The first blocks of the range, as many as fit into one line. */
  async #line(from: number, to: number, signal: AbortSignal): Promise<readonly ChainBlock[]> {
    try {
      return readBlocks(await this.#ask("chain.blocks", { from, to }, signal), BLOCKS_PER_CALL);
    } catch (cause) {
      // The range was below the tip: the chain became shorter.
      if (!(cause instanceof NetworkError) || cause.code !== "bad_parameters") throw cause;
      throw new NetworkError("not_found", `the host has no blocks ${from} to ${to}`, { cause });
    }
  }

  /**
   * Requests by topoheight, which equals the height unless several blocks share one; then only the block stream finds
   * it.
   */
  async block({ registeredAt }: ChainMiner, signal: AbortSignal): Promise<ChainBlock | undefined> {
    const [block] = await this.blocks(registeredAt, registeredAt, signal);
    return block;
  }

  async task(taskId: string, signal: AbortSignal): Promise<ChainTask | undefined> {
    return readTask(await this.#ask("chain.task", { task_id: taskId }, signal));
  }

  async miner(key: string, signal: AbortSignal): Promise<ChainMiner | undefined> {
    return readMiner(await this.#ask("chain.miner", { key }, signal));
  }
}
