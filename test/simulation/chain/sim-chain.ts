import type { ChainBlock } from "../../../src/chain/types.js";
import { toHex } from "../../../src/protocol/bytes.js";
import type { Random } from "../world/random.js";
import type { Schedule } from "../world/schedule.js";

/** How the chain of a world behaves. Chances are fractions. */
export interface ChainSettings {
  /** Mean time between blocks; it is exponential. */
  readonly blockMs: number;
  /** Blocks so far below the top are stable. */
  readonly stableDepth: number;
  /** Chance of a reorganisation in place of a block. */
  readonly reorganiseChance: number;
  /**
   * Mean and largest number of blocks that a reorganisation removes. More than `stableDepth` is past the stable height.
   */
  readonly depthMean: number;
  readonly depthMax: number;
  /** Chance that a removed registration is not in the new branch: a de-registration. */
  readonly forgetChance: number;
  /** Chance that a block has the height of the block before it, as a side block. */
  readonly sideChance: number;
}

export const CALM_CHAIN: ChainSettings = {
  blockMs: 15_000,
  stableDepth: 8,
  reorganiseChance: 0,
  depthMean: 2,
  depthMax: 6,
  forgetChance: 0,
  sideChance: 0,
};

/** A change of the chain. */
export type SimChainEvent =
  | { readonly kind: "block"; readonly block: ChainBlock }
  /** The blocks above are no longer valid. */
  | { readonly kind: "rewound"; readonly toTopoheight: number };

/**
 * The chain of a world: the truth that the hosts of the nodes show. It grows, is reorganised, and registers authors.
 */
export class SimChain {
  readonly counts = new Map<string, number>();
  /** No blocks come while it is true. */
  halted = false;
  readonly #schedule: Schedule;
  readonly #random: Random;
  #settings: ChainSettings;
  readonly #blocks: ChainBlock[] = [];
  /** The block of each registered key's first registration. */
  readonly #registrations = new Map<string, ChainBlock>();
  /** Keys for the next block. */
  #pending: string[] = [];
  readonly #listeners = new Set<(event: SimChainEvent) => void>();

  /** `genesis`: 32 bytes, the hash of the first block. */
  constructor(schedule: Schedule, random: Random, settings: ChainSettings, genesis: Uint8Array) {
    this.#schedule = schedule;
    this.#random = random;
    this.#settings = settings;
    const timestampMs = Math.floor(schedule.nowMs) - 3_600_000;
    this.#blocks.push({ topoheight: 0, height: 0, hash: toHex(genesis), timestampMs });
  }

  /** The current blocks, by topoheight. */
  get blocks(): readonly ChainBlock[] {
    return this.#blocks;
  }

  get stableDepth(): number {
    return this.#settings.stableDepth;
  }

  get blockMs(): number {
    return this.#settings.blockMs;
  }

  set(settings: ChainSettings): void {
    this.#settings = settings;
  }

  subscribe(listener: (event: SimChainEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** The next block registers the key. */
  register(key: string): void {
    this.#pending.push(key);
  }

  /** The block with the first registration of the key. */
  registration(key: string): ChainBlock | undefined {
    return this.#registrations.get(key);
  }

  /** Adds blocks of the last hour, so that registrations in the first of them are stable at the start. */
  prepare(count: number): void {
    const top = this.#top();
    const nowMs = Math.floor(this.#schedule.nowMs);
    for (let i = 1; i <= count; i++) {
      this.#add(Math.floor(top.timestampMs + ((nowMs - top.timestampMs) * i) / count));
    }
  }

  start(): void {
    this.#schedule.after(this.#random.exponential(this.#settings.blockMs), undefined, () => {
      if (!this.halted) this.#step();
      this.start();
    });
  }

  /** Replaces the last `depth` blocks by one more block than they were. The genesis stays. */
  reorganise(depth: number): void {
    const kept = Math.max(1, this.#blocks.length - depth);
    const removed = this.#blocks.splice(kept);
    if (removed.length === 0) return;
    this.#count("chain reorganisations", 1);
    this.#count("chain blocks removed", removed.length);
    if (removed.length > this.#settings.stableDepth) this.#count("chain reorganisations past stable", 1);
    const back: string[] = [];
    for (const { registered = [] } of removed) {
      for (const key of registered) {
        if ((this.#registrations.get(key)?.topoheight ?? -1) < kept) continue;
        this.#registrations.delete(key);
        if (this.#random.chance(this.#settings.forgetChance)) this.#count("chain deregistrations", 1);
        else back.push(key);
      }
    }
    this.#pending.unshift(...back);
    this.#tell({ kind: "rewound", toTopoheight: kept - 1 });
    const top = this.#top();
    const nowMs = Math.max(Math.floor(this.#schedule.nowMs), top.timestampMs);
    const count = removed.length + 1;
    for (let i = 1; i <= count; i++) {
      this.#add(Math.floor(top.timestampMs + ((nowMs - top.timestampMs) * i) / count));
    }
  }

  #step(): void {
    const { reorganiseChance, depthMean, depthMax } = this.#settings;
    if (!this.#random.chance(reorganiseChance)) {
      this.#add(Math.floor(this.#schedule.nowMs));
      return;
    }
    this.reorganise(Math.min(depthMax, 1 + Math.floor(this.#random.exponential(Math.max(0, depthMean - 1)))));
  }

  #add(timestampMs: number): void {
    const last = this.#top();
    const isSide = this.#random.chance(this.#settings.sideChance);
    const registered = this.#pending;
    this.#pending = [];
    const block: ChainBlock = {
      topoheight: last.topoheight + 1,
      height: last.height + (isSide ? 0 : 1),
      hash: toHex(this.#random.bytes(32)),
      timestampMs,
      ...(registered.length === 0 ? {} : { registered }),
    };
    this.#blocks.push(block);
    for (const key of registered) if (!this.#registrations.has(key)) this.#registrations.set(key, block);
    this.#count("chain blocks", 1);
    this.#count("chain registrations", registered.length);
    this.#tell({ kind: "block", block });
  }

  #top(): ChainBlock {
    return this.#blocks.at(-1) as ChainBlock;
  }

  #tell(event: SimChainEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  #count(name: string, by: number): void {
    if (by > 0) this.counts.set(name, (this.counts.get(name) ?? 0) + by);
  }
}
