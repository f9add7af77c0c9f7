import { AiState, MIN_REGISTRATION_FEE } from "./ai-state.js";
import { BlockTimer } from "./block-timer.js";
import type { JsonObject } from "./daemon-json.js";
import { type FakeDaemonOptions, NETWORKS, type Reorganisation, type RestartChanges } from "./daemon-options.js";
import { EventBoard } from "./event-board.js";
import type { FakeBlock } from "./fake-block.js";
import { FakeChain, STABLE_LIMIT } from "./fake-chain.js";
import type { AiAction, FakeTransaction } from "./fake-transactions.js";
import { NO_QUIRKS, type Quirks } from "./quirks.js";
import { Seeded } from "./seeded.js";
import type { WsSession } from "./ws-session.js";

/** The default fields of a task. */
const TASK = { difficulty: "Beginner", reward: 5_000_000_000, description: "Analyse this code please, thanks." };
/** A day. */
const TASK_TIME_MS = 86_400_000;

/** The chain of a fake daemon. It continues while the RPC is down, and sends its changes to clients. */
export abstract class FakeDaemonChain {
  /** May be changed at any time. */
  readonly quirks: Quirks;
  protected readonly now: () => number;
  /** Draws random values outside of the chain: orders, peers, transactions. */
  protected readonly chance: Seeded;
  protected readonly miner: BlockTimer;
  readonly #board: EventBoard;
  #network: number;
  #seed: string;
  #chain: FakeChain;
  #ai = new AiState();

  constructor(options: FakeDaemonOptions) {
    this.now = options.now ?? Date.now;
    this.#network = NETWORKS.indexOf(options.network ?? "devnet");
    this.#seed = options.seed ?? "fake daemon";
    this.quirks = { ...NO_QUIRKS, ...options.quirks };
    this.chance = new Seeded(`${this.#seed}/chance`);
    this.#chain = this.#newChain();
    this.miner = new BlockTimer((count) => void this.mine(count), options.blockMs);
    this.#board = new EventBoard({
      quirks: this.quirks,
      seeded: this.chance,
      sessions: () => this.sessions(),
      later: (delayMs, run) => this.later(delayMs, run),
      changed: () => this.changed(),
    });
  }

  /** Clients that can receive events. */
  protected abstract sessions(): Iterable<WsSession>;
  protected abstract later(delayMs: number, run: () => void): void;
  /** Called after a change of the chain, the mempool or a peer. */
  protected abstract changed(): void;

  get chain(): FakeChain {
    return this.#chain;
  }

  /** 0 mainnet, 1 testnet, 2 stagenet, 3 devnet. */
  get network(): number {
    return this.#network;
  }

  /** Stops mining by the clock. */
  stall(): void {
    this.miner.setRate(undefined);
  }

  /** Sets the interval of mining, like `blockMs`. */
  mineEvery(blockMs: number): void {
    this.miner.setRate(blockMs);
  }

  /**
   * Mines blocks and returns the last one. Also works while the daemon is down: it then has the blocks when it is back.
   */
  mine(count = 1): FakeBlock {
    for (let i = 0; i < count; i++) this.#board.publish(this.#chain.mine());
    return this.#chain.top;
  }

  /** Mines a block beside the top, after or `before` it in the order: see {@link FakeChain.mineBeside}. */
  mineBeside({ before = false }: { readonly before?: boolean } = {}): void {
    this.#board.publish(this.#chain.mineBeside(before));
  }

  /** Sends a `new_block` with the type `Orphaned`. */
  mineOrphan(): void {
    this.#board.publish(this.#chain.mineOrphan());
  }

  /**
   * Replaces the last `depth` blocks; their transactions are gone. Below the stable height, the stable height goes down
   * and no `block_orphaned` is sent.
   */
  reorganise(depth: number, { blocks = depth + 1, announced = depth <= STABLE_LIMIT }: Reorganisation = {}): void {
    this.#board.publish(this.#chain.rewind(depth, announced));
    this.mine(blocks);
  }

  /** Like `pop_blocks` of the console: removes the last blocks without an event. */
  popBlocks(count: number): void {
    this.#board.publish(this.#chain.pop(count));
  }

  /**
   * Removes the blocks below this topoheight, except the genesis. `half`: like a pruning that failed half-way on
   * RocksDB, after which the daemon does not know that it pruned.
   */
  prune(topoheight: number, { half = false }: { readonly half?: boolean } = {}): void {
    this.#chain.prune(topoheight);
    this.quirks.hidesPruning = half;
    this.changed();
  }

  /** Switches to the chain of another daemon with the same genesis. The AI state keeps its earlier content. */
  adopt(other: FakeDaemonChain): void {
    this.#board.publish(this.#chain.adopt(other.chain));
  }

  /** Submits the same transaction again, for a block of another branch. */
  resubmit(transaction: FakeTransaction): void {
    this.#board.publish(this.#chain.submit(transaction));
  }

  /** Submits a transaction for the next block. The sender is the action's key or another `source`, 64 hex digits. */
  submit(action: AiAction, source = action.key): FakeTransaction {
    const transaction: FakeTransaction = {
      hash: this.chance.hash(),
      source: this.#chain.address(source),
      sourceKey: source,
      fee: 200_000,
      nonce: this.#chain.executedCount,
      size: 1171,
      firstSeenSeconds: Math.floor(this.now() / 1000),
      action,
    };
    this.#board.publish(this.#chain.submit(transaction));
    return transaction;
  }

  /**
   * Registers a key (64 hex digits) for AI mining with the next block. Only an equal `source` and a full fee are
   * executed.
   */
  registerMiner(key: string, { fee = MIN_REGISTRATION_FEE, source = key } = {}): FakeTransaction {
    return this.submit({ kind: "register", key, fee }, source);
  }

  /**
   * Publishes a task (its id: 64 hex digits) with the next block. The daemon ignores it if the key is not registered.
   */
  publishTask(key: string, taskId: string): FakeTransaction {
    return this.submit({ kind: "publish", key, taskId, ...TASK, deadlineMs: this.now() + TASK_TIME_MS });
  }

  /** Sends an event with any body, valid or not, to its subscribers. */
  report(event: string, body: JsonObject): void {
    this.#board.publish([[{ event, body }]]);
  }

  /** Makes a new chain if the network or the seed changes. */
  protected change({ network, seed }: RestartChanges): void {
    if (network === undefined && seed === undefined) return;
    if (network !== undefined) this.#network = NETWORKS.indexOf(network);
    this.#seed = seed ?? this.#seed;
    this.#chain = this.#newChain();
  }

  protected aiState(): AiState {
    return this.#ai;
  }

  #newChain(): FakeChain {
    const ai = new AiState();
    this.#ai = ai;
    return new FakeChain({
      seed: `${this.#seed}/${this.#network}`,
      network: this.#network,
      now: this.now,
      execute: ({ action, sourceKey }, block) => ai.execute(action, sourceKey, block),
    });
  }
}
