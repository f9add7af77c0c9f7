import type { FakeBlock } from "./fake-block.js";
import type { FakeTransaction, Whereabouts } from "./fake-transactions.js";

/** Transactions that wait for a block. */
export const MAX_MEMPOOL = 4096;

/** Does what a transaction does to the daemon's AI state. False: it fails, and changes nothing. */
export type Execute = (transaction: FakeTransaction, block: FakeBlock) => boolean;

/** Where the transactions of a chain stand: waiting, in blocks, executed or not. */
export class ChainTransactions {
  readonly #execute: Execute;
  readonly #mempool = new Map<string, FakeTransaction>();
  /** Of the blocks that have a place. */
  readonly #held = new Map<string, { transaction: FakeTransaction; blocks: Set<FakeBlock>; executedIn?: FakeBlock }>();

  constructor(execute: Execute) {
    this.#execute = execute;
  }

  get mempool(): readonly FakeTransaction[] {
    return [...this.#mempool.values()];
  }

  get executedCount(): number {
    let count = 0;
    for (const { executedIn } of this.#held.values()) if (executedIn !== undefined) count++;
    return count;
  }

  where(hash: string): { readonly transaction: FakeTransaction; readonly where: Whereabouts } | undefined {
    const held = this.#held.get(hash);
    if (held !== undefined) {
      const { transaction, blocks, executedIn } = held;
      return {
        transaction,
        where: { blocks: [...blocks].map((block) => block.hash), executedIn: executedIn?.hash ?? null },
      };
    }
    const transaction = this.#mempool.get(hash);
    return transaction === undefined ? undefined : { transaction, where: { blocks: [], executedIn: null } };
  }

  wait(transaction: FakeTransaction): void {
    if (this.#mempool.size >= MAX_MEMPOOL) throw new RangeError("the mempool is full: mine a block");
    this.#mempool.set(transaction.hash, transaction);
  }

  /** Takes all that wait. */
  take(): readonly FakeTransaction[] {
    const waiting = this.mempool;
    this.#mempool.clear();
    return waiting;
  }

  /** The block got its place: executes what no block has executed. Those that failed come back. */
  placed(block: FakeBlock): readonly FakeTransaction[] {
    const failed: FakeTransaction[] = [];
    for (const transaction of block.transactions) {
      this.#mempool.delete(transaction.hash);
      const held = this.#held.get(transaction.hash) ?? { transaction, blocks: new Set() };
      this.#held.set(transaction.hash, held);
      held.blocks.add(block);
      if (held.executedIn !== undefined) continue;
      if (this.#execute(transaction, block)) held.executedIn = block;
      else failed.push(transaction);
    }
    return failed;
  }

  /** The block lost its place. What its transactions did to the AI state stays, as with the daemon. */
  displaced(block: FakeBlock): void {
    for (const { hash } of block.transactions) {
      const held = this.#held.get(hash);
      held?.blocks.delete(block);
      if (held?.blocks.size === 0) this.#held.delete(hash);
      else if (held?.executedIn === block) delete held.executedIn;
    }
  }

  executedIn(block: FakeBlock): readonly FakeTransaction[] {
    return block.transactions.filter(({ hash }) => this.#held.get(hash)?.executedIn === block);
  }
}
