import type { FakeBlock } from "./fake-block.js";
import type { FakeTransaction, Whereabouts } from "./fake-transactions.js";

/** Transactions that wait for a block. */
export const MAX_MEMPOOL = 4096;

/** Applies a transaction to the daemon's AI state. False: it failed and changed nothing. */
export type Execute = (transaction: FakeTransaction, block: FakeBlock) => boolean;

/** The states of a chain's transactions: waiting, in blocks, executed or not. */
export class ChainTransactions {
  readonly #execute: Execute;
  readonly #mempool = new Map<string, FakeTransaction>();
  /** Transactions of ordered blocks. */
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

  /** Takes all waiting transactions. */
  take(): readonly FakeTransaction[] {
    const waiting = this.mempool;
    this.#mempool.clear();
    return waiting;
  }

  /** The block got its topoheight: executes its transactions that no block has executed. Returns those that failed. */
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

  /** The block lost its topoheight. The effects on the AI state stay, as in the daemon. */
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
