import { WINDOW_BLOCKS } from "../follow/index.js";
import type { ChainBlock } from "../types.js";

/**
 * Authors that one registry may name, stable or not: as many as a registry file. They are 10 MB here and 4.6 MB on the disk;
 * registering costs a transaction each. Past it further ones are refused, which is said.
 */
export const AUTHORS_MAX = 100_000;
/**
 * Blocks that are remembered with height, hash and time: as many as the block stream remembers, so that every rewind but
 * one that begins anew finds its place here.
 */
export const RECENT_BLOCKS_MAX = WINDOW_BLOCKS;
/**
 * Stable blocks that are remembered over a restart, the last one among them: a chain that rewinds by less while the node is
 * down is gone on with from where it branched, and not walked again.
 */
export const PLACES_KEPT_MAX = 64;
/** Authors known by asking alone. They are few: who is asked for has sent a record, and is registered indeed. */
export const FOUND_MAX = 1024;

const KEY = /^[0-9a-f]{64}$/;

/** When an author began to count, and by which block. */
export interface LedgerAuthor {
  /** The registering block's time, unix seconds. */
  readonly fromSeconds: number;
  readonly topoheight: number;
  readonly height: number;
}

/** A block that the ledger has seen. */
export interface LedgerPlace {
  readonly topoheight: number;
  /** -1 where no block was ever seen. */
  readonly height: number;
  /** Undefined where the block itself was never seen. */
  readonly hash: string | undefined;
  readonly timeSeconds: number;
}

/** Blocks that could not be had, both inclusive, and perhaps some of those between. */
export interface LedgerGap {
  readonly fromTopoheight: number;
  readonly toTopoheight: number;
}

/** What a ledger begins with: what an earlier one knew as stable. */
export interface LedgerStart {
  /** Ascending; up to the last one the ledger is whole, but for the gap. */
  readonly places: readonly LedgerPlace[];
  readonly authors: ReadonlyMap<string, LedgerAuthor>;
  readonly gap: LedgerGap | undefined;
}

/**
 * Who is registered, folded from blocks in their order: a function of the chain and its stable height alone, so that two
 * nodes on one chain agree whatever they saw before. A registration counts while its block's height is stable (protocol.md,
 * membership rule 4); the first of a key is the one that stands; what is rewound is undone.
 */
export class AuthorLedger {
  readonly #authors: Map<string, LedgerAuthor>;
  readonly #waiting = new Map<string, LedgerAuthor>();
  /** No height of {@link #waiting} is below it, so that most blocks cost no look at those that wait. */
  #waitingFrom = Number.POSITIVE_INFINITY;
  /** Found by asking, and the topoheight at which the walk has to confirm them. */
  readonly #found = new Map<string, number>();
  /** The lowest of {@link #found}. */
  #confirmAt = Number.POSITIVE_INFINITY;
  /** The last blocks seen, ascending; the first `#settled` of them are stable. */
  #recent: LedgerPlace[] = [];
  #settled = 0;
  /** The last stable block before the recent ones. */
  #base: LedgerPlace | undefined;
  #stableHeight = -1;
  #gap: LedgerGap | undefined;
  #revision = 0;
  #refused = 0;

  constructor({ places, authors, gap }: LedgerStart = { places: [], authors: new Map(), gap: undefined }) {
    this.#authors = new Map(authors);
    this.#gap = gap;
    [this.#base] = places;
    this.#recent = places.slice(1);
    this.#settled = this.#recent.length;
    this.#stableHeight = this.#highest();
  }

  /** Those that count. */
  get authors(): ReadonlyMap<string, LedgerAuthor> {
    return this.#authors;
  }

  /** Changes whenever {@link authors} does. */
  get revision(): number {
    return this.#revision;
  }

  /** The last block that is stable as are all before it. */
  get stable(): LedgerPlace | undefined {
    return this.#recent[this.#settled - 1] ?? this.#base;
  }

  /** The last stable blocks, ascending; the last is {@link stable}. */
  places(): readonly LedgerPlace[] {
    const from = this.#settled - PLACES_KEPT_MAX;
    const recent = this.#recent.slice(Math.max(0, from), this.#settled);
    return from < 0 && this.#base !== undefined ? [this.#base, ...recent] : recent;
  }

  /** Blocks that could not be had: who registered in them is unknown. */
  get gap(): LedgerGap | undefined {
    return this.#gap;
  }

  /** Registrations left out because {@link AUTHORS_MAX} was met. */
  get refused(): number {
    return this.#refused;
  }

  get sizes(): { readonly authors: number; readonly found: number; readonly blocks: number } {
    const authors = this.#authors.size + this.#waiting.size;
    return { authors, found: this.#found.size, blocks: this.#recent.length };
  }

  /** Registered, stable or not. */
  has(key: string): boolean {
    return this.#authors.has(key) || this.#waiting.has(key);
  }

  /** The next block. One that was seen already changes nothing; another one in its place undoes what came after. */
  block(block: ChainBlock): void {
    const { topoheight, hash, height, registered = [] } = block;
    const timeSeconds = Math.floor(block.timestampMs / 1000);
    if (topoheight <= this.#top()) {
      if (this.#placeOf(topoheight)?.hash === hash) return;
      this.rewound(topoheight - 1);
    }
    for (const key of registered) {
      // The walk knows better than an answer did.
      if (this.#found.has(key)) this.#forget(key);
      this.#register(key, { topoheight, height, fromSeconds: timeSeconds });
    }
    if (topoheight >= this.#confirmAt) {
      for (const [key, at] of this.#found) if (at <= topoheight) this.#forget(key);
      this.#confirmAt = Math.min(...this.#found.values());
    }
    this.#see({ topoheight, hash, height, timeSeconds });
    this.#settle();
  }

  /** Blocks up to this height are stable, and no others. */
  stableAt(height: number): void {
    const down = height < this.#stableHeight;
    this.#stableHeight = height;
    if (down) this.#unsettle();
    else this.#settle();
  }

  /** As {@link stableAt}, by a word that may be old: it never goes down. */
  stableAtLeast(height: number): void {
    if (height > this.#stableHeight) this.stableAt(height);
  }

  /** What was above this topoheight holds no longer. */
  rewound(toTopoheight: number): void {
    for (const [key, { topoheight }] of this.#waiting) if (topoheight > toTopoheight) this.#waiting.delete(key);
    for (const [key, { topoheight }] of this.#authors) {
      if (topoheight > toTopoheight && this.#authors.delete(key)) this.#revision++;
    }
    for (const [key, topoheight] of this.#found) if (topoheight > toTopoheight) this.#found.delete(key);
    this.#recent = this.#recent.filter(({ topoheight }) => topoheight <= toTopoheight);
    this.#settled = Math.min(this.#settled, this.#recent.length);
    const { gap } = this;
    if (gap !== undefined && gap.toTopoheight > toTopoheight) {
      this.#gap = gap.fromTopoheight > toTopoheight ? undefined : { ...gap, toTopoheight };
    }
    const base = this.#base;
    if (base !== undefined && base.topoheight > toTopoheight) {
      const height = Math.min(base.height, toTopoheight);
      this.#base = toTopoheight < 0 ? undefined : { ...base, topoheight: toTopoheight, height, hash: undefined };
    }
    // The blocks that come in their place are not stable before the chain says so.
    this.#stableHeight = Math.min(this.#stableHeight, this.#highest());
  }

  /** Blocks up to this topoheight will not be told: who registered in them stays unknown. */
  skipped(toTopoheight: number): void {
    if (toTopoheight <= this.#top()) return;
    const last = this.#recent.at(-1) ?? this.#base;
    const { height, timeSeconds } = last ?? { height: -1, timeSeconds: 0 };
    const fromTopoheight = this.#gap?.fromTopoheight ?? this.#top() + 1;
    this.#gap = { fromTopoheight, toTopoheight };
    // Nothing of theirs waits to become stable: the place is as stable as the last block seen before it.
    this.#see({ topoheight: toTopoheight, hash: undefined, height, timeSeconds });
    for (const [key, topoheight] of this.#found) if (topoheight <= toTopoheight) this.#found.delete(key);
    this.#settle();
  }

  /** The chain was asked for this author, who registered in a block that the walk has not reached. */
  found(key: string, block: Pick<ChainBlock, "topoheight" | "height" | "timestampMs">): void {
    const { topoheight, height, timestampMs } = block;
    // What the walk has passed it knows better.
    if (this.has(key) || topoheight <= this.#top() || this.#found.size >= FOUND_MAX) return;
    this.#register(key, { topoheight, height, fromSeconds: Math.floor(timestampMs / 1000) });
    if (!this.#waiting.has(key)) return;
    this.#found.set(key, topoheight);
    this.#confirmAt = Math.min(this.#confirmAt, topoheight);
    this.#settle();
  }

  #top(): number {
    return this.#recent.at(-1)?.topoheight ?? this.#base?.topoheight ?? -1;
  }

  #placeOf(topoheight: number): LedgerPlace | undefined {
    if (this.#base?.topoheight === topoheight) return this.#base;
    return this.#recent.find((block) => block.topoheight === topoheight);
  }

  #see(block: LedgerPlace): void {
    this.#recent.push(block);
    if (this.#recent.length <= RECENT_BLOCKS_MAX) return;
    const oldest = this.#recent.shift();
    this.#base = oldest;
    if (this.#settled > 0) this.#settled--;
    // A long walk is told the stable height at its end only; so deep below its top every chain is stable.
    else this.#stableHeight = Math.max(this.#stableHeight, oldest?.height ?? -1);
  }

  #register(key: string, place: LedgerAuthor): void {
    if (!KEY.test(key) || this.has(key)) return;
    // The first ones of the chain have the room, and not those that somebody asked for.
    if (this.sizes.authors - this.#found.size >= AUTHORS_MAX) {
      this.#refused++;
      return;
    }
    this.#waiting.set(key, place);
    this.#waitingFrom = Math.min(this.#waitingFrom, place.height);
  }

  /** Only the walk's word counts from here on. */
  #forget(key: string): void {
    this.#found.delete(key);
    this.#waiting.delete(key);
    if (this.#authors.delete(key)) this.#revision++;
  }

  #settle(): void {
    if (this.#waitingFrom <= this.#stableHeight) this.#count();
    while ((this.#recent[this.#settled]?.height ?? Number.POSITIVE_INFINITY) <= this.#stableHeight) this.#settled++;
  }

  #count(): void {
    this.#waitingFrom = Number.POSITIVE_INFINITY;
    for (const [key, author] of this.#waiting) {
      if (author.height > this.#stableHeight) {
        this.#waitingFrom = Math.min(this.#waitingFrom, author.height);
        continue;
      }
      this.#waiting.delete(key);
      this.#authors.set(key, author);
      this.#revision++;
    }
  }

  /** The stable height went down: who registered above it waits again. */
  #unsettle(): void {
    for (const [key, author] of this.#authors) {
      if (author.height <= this.#stableHeight) continue;
      this.#authors.delete(key);
      this.#waiting.set(key, author);
      this.#waitingFrom = Math.min(this.#waitingFrom, author.height);
      this.#revision++;
    }
    const first = this.#recent.findIndex(({ height }) => height > this.#stableHeight);
    this.#settled = first < 0 ? this.#recent.length : first;
  }

  /** The greatest height of the blocks remembered: beside others, a block may be higher than those after it. */
  #highest(): number {
    return this.#recent.reduce((highest, { height }) => Math.max(highest, height), this.#base?.height ?? -1);
  }
}
