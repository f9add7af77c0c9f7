import { encodeAddress } from "../protocol/address.js";
import { ChainTransactions, type Execute } from "./chain-transactions.js";
import type { JsonObject } from "./daemon-json.js";
import { blockJson, DIFFICULTY, type FakeBlock } from "./fake-block.js";
import { type FakeTransaction, mempoolJson, orphanedJson, type Whereabouts } from "./fake-transactions.js";
import { hashOf, Seeded } from "./seeded.js";

/** A block is stable when there are eight heights above it. */
export const STABLE_LIMIT = 8;
/** Cap of the blocks: a test of hours at thousands of blocks a second stays below it. */
export const MAX_BLOCKS = 2_000_000;
/** Cap of the orphaned blocks that are found by hash; the oldest are dropped first. */
export const MAX_ORPHANS = 1024;
const MINERS = 5;

export interface ChainEventBody {
  readonly event: string;
  readonly body: JsonObject;
}
/** The events of one change: groups have any order, events inside a group keep their order. */
export type EventGroups = readonly (readonly ChainEventBody[])[];

export interface FakeChainOptions {
  readonly seed: string;
  /** 0 mainnet, 1 testnet, 2 stagenet, 3 devnet. */
  readonly network: number;
  /** Milliseconds since 1970; blocks carry it. */
  readonly now: () => number;
  /** Not given: the first block with a transaction executes it. */
  readonly execute?: Execute;
}

/** A chain that can be mined, forked and rewound. Hashes follow from the seed and the calls, times from the clock. */
export class FakeChain {
  readonly #seeded: Seeded;
  readonly #now: () => number;
  readonly #network: number;
  readonly #miners: readonly string[];
  /** By topoheight. */
  readonly #ordered: FakeBlock[] = [];
  readonly #byHash = new Map<string, FakeBlock>();
  readonly #orphans: FakeBlock[] = [];
  readonly #transactions: ChainTransactions;
  #failed: FakeTransaction[] = [];
  #tips: FakeBlock[] = [];
  #revision = 0;
  #stableHeight = 0;
  #stableTopoheight = 0;
  #pruned = 0;
  #popped = false;

  constructor({ seed, network, now, execute = () => true }: FakeChainOptions) {
    this.#transactions = new ChainTransactions(execute);
    this.#seeded = new Seeded(`${seed}/chain`);
    this.#now = now;
    this.#network = network;
    this.#miners = Array.from({ length: MINERS }, (_, i) => this.address(hashOf(`${seed}/miner/${i}`)));
    this.#place(this.#create([], "Sync", []), 0);
  }

  get top(): FakeBlock {
    const top = this.#ordered.at(-1);
    if (top === undefined) throw new RangeError("a chain has at least its genesis");
    return top;
  }

  get topoheight(): number {
    return this.#ordered.length - 1;
  }

  get height(): number {
    return Math.max(...this.#tips.map(({ height }) => height));
  }

  /** The height of `get_info`: after `pop_blocks` one too high, until the next block. */
  get shownHeight(): number {
    return this.height + (this.#popped ? 1 : 0);
  }

  /** Blocks from 1 to below this topoheight are pruned; 0 if none are. */
  get pruned(): number {
    return this.#pruned;
  }

  get stableHeight(): number {
    return this.#stableHeight;
  }

  get stableTopoheight(): number {
    return this.#stableTopoheight;
  }

  /** Changes with every change of the order. */
  get revision(): number {
    return this.#revision;
  }

  get tips(): readonly FakeBlock[] {
    return this.#tips;
  }

  get mempool(): readonly FakeTransaction[] {
    return this.#transactions.mempool;
  }

  get executedCount(): number {
    return this.#transactions.executedCount;
  }

  /** Address on this network of a key in hex. */
  address(key: string): string {
    return encodeAddress(Buffer.from(key, "hex"), this.#network);
  }

  at(topoheight: number | bigint): FakeBlock | undefined {
    const block = this.#ordered[Number(topoheight)];
    return block === undefined || this.#isPruned(block) ? undefined : block;
  }

  /** Blocks `from` to `to`, both inclusive, without pruned ones. */
  range(from: number, to: number): readonly FakeBlock[] {
    return this.#ordered.slice(from, to + 1).filter((block) => !this.#isPruned(block));
  }

  byHash(hash: string): FakeBlock | undefined {
    const block = this.#byHash.get(hash);
    return block === undefined || this.#isPruned(block) ? undefined : block;
  }

  /** Ordered blocks of this height. A block's topoheight is never below its height. */
  atHeight(height: number | bigint): readonly FakeBlock[] {
    const wanted = Number(height);
    const found: FakeBlock[] = [];
    for (let i = wanted; i < this.#ordered.length; i++) {
      const block = this.#ordered[i];
      if (block?.height === wanted && !this.#isPruned(block)) found.push(block);
      // Side blocks are at most one place apart, so no block of this height comes later.
      if (block !== undefined && block.height > wanted + 1) break;
    }
    return found;
  }

  transaction(hash: string): { readonly transaction: FakeTransaction; readonly where: Whereabouts } | undefined {
    const known = this.#transactions.where(hash);
    const blocks = known?.where.blocks ?? [];
    return blocks.length > 0 && blocks.every((block) => this.byHash(block) === undefined) ? undefined : known;
  }

  /** Adds a transaction to the mempool; the next block contains it. */
  submit(transaction: FakeTransaction): EventGroups {
    this.#transactions.wait(transaction);
    return [[{ event: "transaction_added_in_mempool", body: mempoolJson(transaction) }]];
  }

  /** Mines a block on all tips, with the mempool's transactions. */
  mine(): EventGroups {
    const block = this.#create(this.#tips, "Normal", this.#transactions.take());
    this.#place(block, this.#ordered.length);
    return this.#announce(block, this.#reordered(this.topoheight));
  }

  /**
   * Mines a second block at the height of the top: after it in the order, or `before` it, so that the top moves up one
   * place. The next block has both as its tips.
   */
  mineBeside(before: boolean): EventGroups {
    const { top } = this;
    if (top.height === 0) throw new RangeError("no block can be beside the genesis");
    const parents = top.tips.map((hash) => this.#byHash.get(hash)).filter((block) => block !== undefined);
    const block = this.#create(parents, "Side", []);
    const from = before ? this.topoheight : this.topoheight + 1;
    const moved = this.#ordered.splice(from);
    for (const each of moved) this.#transactions.displaced(each);
    for (const [i, each] of [block, ...moved].entries()) this.#place(each, from + i);
    this.#tips = [top, block];
    return this.#announce(block, this.#reordered(this.#stableTopoheight + 1));
  }

  /** Mines a block without a topoheight: `new_block` with block type `Orphaned`. */
  mineOrphan(): EventGroups {
    const block = this.#create(this.#tips, "Normal", []);
    this.#keepOrphan(block);
    return [[{ event: "new_block", body: newBlock(block) }]];
  }

  /**
   * Removes the last `depth` blocks. With `announced`, `block_orphaned` is sent for each, and it is still found by
   * hash. Without, only the events of lower stable heights are sent, and the blocks are unknown from now on.
   */
  rewind(depth: number, announced: boolean): EventGroups {
    if (depth < 1 || depth > this.topoheight)
      throw new RangeError(`can't rewind ${depth} of ${this.topoheight} blocks`);
    const removed = this.#ordered.splice(this.#ordered.length - depth);
    const orphaned: ChainEventBody[] = [];
    this.#revision++;
    for (const block of removed.reverse()) {
      orphaned.push({ event: "block_orphaned", body: { block_hash: block.hash, old_topoheight: block.topoheight } });
      block.topoheight = null;
      this.#byHash.delete(block.hash);
      if (announced) this.#keepOrphan(block);
      for (const transaction of this.#transactions.executedIn(block)) orphaned.push(orphanedEvent(transaction));
      this.#transactions.displaced(block);
    }
    this.#pruned = Math.min(this.#pruned, this.topoheight);
    this.#tips = [this.top];
    const stable = this.#moveStable();
    return announced ? [orphaned, ...stable] : stable;
  }

  /** Like `pop_blocks` of the daemon's console: a rewind without events; the shown height is one too high. */
  pop(count: number): EventGroups {
    const groups = this.rewind(count, false);
    this.#popped = true;
    return groups;
  }

  /** Switches to the blocks of another chain with the same genesis, as a daemon does with its peers' blocks. */
  adopt(other: FakeChain): EventGroups {
    let same = 0;
    const theirs = other.#ordered;
    while (same < this.topoheight && this.#ordered[same + 1]?.hash === theirs[same + 1]?.hash) same++;
    const groups = same < this.topoheight ? [...this.rewind(this.topoheight - same, false)] : [];
    for (const block of theirs.slice(same + 1)) {
      const own: FakeBlock = { ...block, topoheight: null };
      this.#place(own, this.#ordered.length);
      groups.push(...this.#announce(own, this.#reordered(this.topoheight)));
    }
    this.#tips = other.tips.flatMap(({ hash }) => this.#byHash.get(hash) ?? []);
    return [...groups, ...this.#moveStable()];
  }

  /** Removes the blocks below this topoheight, except the genesis. */
  prune(topoheight: number): void {
    if (topoheight > this.topoheight) throw new RangeError(`there is no block ${topoheight} to prune at`);
    this.#pruned = Math.max(this.#pruned, topoheight);
  }

  #isPruned({ topoheight }: FakeBlock): boolean {
    return topoheight !== null && topoheight > 0 && topoheight < this.#pruned;
  }

  #create(parents: readonly FakeBlock[], kind: FakeBlock["kind"], transactions: readonly FakeTransaction[]): FakeBlock {
    if (this.#ordered.length >= MAX_BLOCKS) throw new RangeError(`a fake chain has at most ${MAX_BLOCKS} blocks`);
    const heights = parents.map(({ height }) => height);
    const latest = Math.max(0, ...parents.map(({ timestampMs }) => timestampMs + 1));
    return {
      hash: this.#seeded.hash(),
      height: parents.length === 0 ? 0 : Math.max(...heights) + 1,
      topoheight: null,
      timestampMs: Math.max(latest, this.#now()),
      tips: parents.map(({ hash }) => hash),
      miner: this.#miners[this.#ordered.length % MINERS] ?? "",
      kind,
      cumulativeDifficulty: 1 + this.#ordered.length * DIFFICULTY,
      transactions,
    };
  }

  #place(block: FakeBlock, topoheight: number): void {
    this.#revision++;
    block.topoheight = topoheight;
    this.#ordered[topoheight] = block;
    this.#byHash.set(block.hash, block);
    this.#failed.push(...this.#transactions.placed(block));
    this.#popped = false;
    this.#tips = [block];
  }

  #keepOrphan(block: FakeBlock): void {
    this.#byHash.set(block.hash, block);
    this.#orphans.push(block);
    if (this.#orphans.length > MAX_ORPHANS) this.#byHash.delete(this.#orphans.shift()?.hash ?? "");
  }

  #announce(block: FakeBlock, ordered: readonly ChainEventBody[]): EventGroups {
    const executed = this.#transactions.executedIn(block).map(({ hash }) => ({
      event: "transaction_executed",
      body: { block_hash: block.hash, topoheight: block.topoheight, tx_hash: hash },
    }));
    const failed = this.#failed.splice(0).map(orphanedEvent);
    return [failed, [{ event: "new_block", body: newBlock(block) }], ordered, executed, ...this.#moveStable()];
  }

  /** Up to height 8 no block is stable, and every block sends the whole order again. */
  #reordered(from: number): readonly ChainEventBody[] {
    const first = this.height <= STABLE_LIMIT ? 0 : from;
    return this.#ordered.slice(first).map(({ hash, kind, topoheight }) => ({
      event: "block_ordered",
      body: { block_hash: hash, block_type: kind, topoheight },
    }));
  }

  #moveStable(): EventGroups {
    const [height, topoheight] = [this.#stableHeight, this.#stableTopoheight];
    this.#stableHeight = Math.max(0, this.height - STABLE_LIMIT);
    let place = this.topoheight;
    while (place > 0 && (this.#ordered[place]?.height ?? 0) > this.#stableHeight) place--;
    this.#stableTopoheight = place;
    const groups: ChainEventBody[][] = [];
    if (this.#stableHeight !== height) {
      const body = { new_stable_height: this.#stableHeight, previous_stable_height: height };
      groups.push([{ event: "stable_height_changed", body }]);
    }
    if (place !== topoheight) {
      const body = { new_stable_topoheight: place, previous_stable_topoheight: topoheight };
      groups.push([{ event: "stable_topo_height_changed", body }]);
    }
    return groups;
  }
}

function orphanedEvent(transaction: FakeTransaction): ChainEventBody {
  return { event: "transaction_orphaned", body: orphanedJson(transaction) };
}

/** The event has the fees but no transactions. */
function newBlock(block: FakeBlock): JsonObject {
  const { transactions: _left, ...body } = blockJson(block, true);
  return body;
}
