import { WINDOW_BLOCKS } from "../follow/index.js";
import type { ChainBlock } from "../types.js";

/**
 * The most authors of a registry, stable or not; the same cap as for a registry file. They take 10 MB of memory and 4.6
 * MB of disk. Further registrations are refused and logged.
 */
export const AUTHORS_MAX = 100_000;
/**
 * Blocks remembered with height, hash and time: as many as the block stream remembers, so that every rewind finds its
 * branch point here.
 */
export const RECENT_BLOCKS_MAX = WINDOW_BLOCKS;
/**
 * Stable blocks that are saved for a restart. If the chain rewinds by fewer blocks while the node is down, the stream
 * continues at the branch point and does not read the whole chain again.
 */
export const PLACES_KEPT_MAX = 64;
/** The most authors known by look-up only. They are few: each is registered and has sent a record. */
export const FOUND_MAX = 1024;

const KEY = /^[0-9a-f]{64}$/;

/** The registration of an author. */
export interface LedgerAuthor {
  /** The registering block's time, unix seconds. */
  readonly fromSeconds: number;
  readonly topoheight: number;
  readonly height: number;
}

/** A block that the ledger has processed. */
export interface LedgerPlace {
  readonly topoheight: number;
  /** -1 if no block was processed. */
  readonly height: number;
  /** Undefined if the block was skipped. */
  readonly hash: string | undefined;
  readonly timeSeconds: number;
}

/** The first and last block that were not available; some blocks between may have been. */
export interface LedgerGap {
  readonly fromTopoheight: number;
  readonly toTopoheight: number;
}

/** The saved stable state of an earlier ledger. */
export interface LedgerStart {
  /** Ascending; the ledger is complete up to the last one, except for the gap. */
  readonly places: readonly LedgerPlace[];
  readonly authors: ReadonlyMap<string, LedgerAuthor>;
  readonly gap: LedgerGap | undefined;
}

/**
 * The registry, folded from blocks in order. It is a function of the chain and its stable height, so that two nodes on
 * one chain agree. A registration counts while its block's height is stable (protocol.md, membership rule 4). The first
 * registration of a key is the valid one. A rewind undoes registrations.
 */
export class AuthorLedger {
  readonly #authors: Map<string, LedgerAuthor>;
  readonly #waiting = new Map<string, LedgerAuthor>();
  /** The lowest height in {@link #waiting}, so that most blocks need no scan of it. */
  #waitingFrom = Number.POSITIVE_INFINITY;
  /** Authors found by look-up, with the topoheight at which the block stream must confirm them. */
  readonly #found = new Map<string, number>();
  /** The lowest of {@link #found}. */
  #confirmAt = Number.POSITIVE_INFINITY;
  /** The last blocks, ascending; the first `#settled` of them are stable. */
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

  /** Authors whose registration is stable. */
  get authors(): ReadonlyMap<string, LedgerAuthor> {
    return this.#authors;
  }

  /** Changes whenever {@link authors} does. */
  get revision(): number {
    return this.#revision;
  }

  /** The last block that is stable together with all blocks before it. */
  get stable(): LedgerPlace | undefined {
    return this.#recent[this.#settled - 1] ?? this.#base;
  }

  /** The last stable blocks, ascending; the last is {@link stable}. */
  places(): readonly LedgerPlace[] {
    const from = this.#settled - PLACES_KEPT_MAX;
    const recent = this.#recent.slice(Math.max(0, from), this.#settled);
    return from < 0 && this.#base !== undefined ? [this.#base, ...recent] : recent;
  }

  /** Blocks that were not available: registrations in them are unknown. */
  get gap(): LedgerGap | undefined {
    return this.#gap;
  }

  /** Number of registrations refused at {@link AUTHORS_MAX}. */
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

  /** Processes the next block. A known block changes nothing; another block at a known place rewinds first. */
  block(block: ChainBlock): void {
    const { topoheight, hash, height, registered = [] } = block;
    const timeSeconds = Math.floor(block.timestampMs / 1000);
    if (topoheight <= this.#top()) {
      if (this.#placeOf(topoheight)?.hash === hash) return;
      this.rewound(topoheight - 1);
    }
    for (const key of registered) {
      // The block stream has precedence over a look-up.
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

  /** As {@link stableAt}, for a height that may be out of date: the stable height never goes down. */
  stableAtLeast(height: number): void {
    if (height > this.#stableHeight) this.stableAt(height);
  }

  /** The blocks above this topoheight are no longer valid: undoes their registrations. */
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
    // Replacement blocks are not stable until the next head.
    this.#stableHeight = Math.min(this.#stableHeight, this.#highest());
  }

  /** Blocks up to this topoheight are not available: registrations in them stay unknown. */
  skipped(toTopoheight: number): void {
    if (toTopoheight <= this.#top()) return;
    const last = this.#recent.at(-1) ?? this.#base;
    const { height, timeSeconds } = last ?? { height: -1, timeSeconds: 0 };
    const fromTopoheight = this.#gap?.fromTopoheight ?? this.#top() + 1;
    this.#gap = { fromTopoheight, toTopoheight };
    // A skipped block has no known height. It gets that of the block before it, so it becomes stable together with that
    // block.
    this.#see({ topoheight: toTopoheight, hash: undefined, height, timeSeconds });
    for (const [key, topoheight] of this.#found) if (topoheight <= toTopoheight) this.#found.delete(key);
    this.#settle();
  }

  /** A look-up found this author's registration in a block that the stream has not reached. */
  found(key: string, block: Pick<ChainBlock, "topoheight" | "height" | "timestampMs">): void {
    const { topoheight, height, timestampMs } = block;
    // The block stream has precedence for blocks that it has processed.
    if (this.has(key) || topoheight <= this.#top() || this.#found.size >= FOUND_MAX) return;
    this.#register(key, { topoheight, height, fromSeconds: Math.floor(timestampMs / 1000) });
    if (!this.#waiting.has(key)) return;
    this.#found.set(key, topoheight);
    this.#confirmAt = Math.min(this.#confirmAt, topoheight);
    this.#settle();
  }

  /**
   * Replaces the registrations in blocks up to this topoheight, which is stable, by those of a second reading. Returns
   * the number of authors that changed.
   */
  reviewed(last: number, authors: ReadonlyMap<string, LedgerAuthor>): number {
    const before = this.#revision;
    for (const [key, { topoheight }] of this.#authors) {
      if (topoheight <= last && !authors.has(key) && this.#authors.delete(key)) this.#revision++;
    }
    for (const [key, author] of authors) {
      const known = this.#authors.get(key);
      if (known?.topoheight === author.topoheight) continue;
      if (known === undefined && this.#authors.size >= AUTHORS_MAX) {
        this.#refused++;
        continue;
      }
      this.#found.delete(key);
      this.#waiting.delete(key);
      this.#authors.set(key, author);
      this.#revision++;
    }
    return this.#revision - before;
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
    // A long catch-up gets the stable height only at its end; a block this far below the top is stable.
    else this.#stableHeight = Math.max(this.#stableHeight, oldest?.height ?? -1);
  }

  #register(key: string, place: LedgerAuthor): void {
    if (!KEY.test(key) || this.has(key)) return;
    // Authors found by look-up do not use up the cap.
    if (this.sizes.authors - this.#found.size >= AUTHORS_MAX) {
      this.#refused++;
      return;
    }
    this.#waiting.set(key, place);
    this.#waitingFrom = Math.min(this.#waitingFrom, place.height);
  }

  /** Drops an author found by look-up; the block stream decides now. */
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

  /** The stable height decreased: registrations above it are not stable any more. */
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

  /** The greatest height of the remembered blocks: with side blocks, a later block may have a lower height. */
  #highest(): number {
    return this.#recent.reduce((highest, { height }) => Math.max(highest, height), this.#base?.height ?? -1);
  }
}
