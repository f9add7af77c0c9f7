import type { ChainBlock } from "./types.js";

/**
 * Authors that one registry may name, stable or not: as many as a registry file. They are 10 MB here and 4.6 MB on the disk;
 * registering costs a transaction each. Past it further ones are refused, which is said.
 */
export const AUTHORS_MAX = 100_000;
/**
 * Blocks that are remembered with hash and time: enough for what is not stable yet (8 to 24 heights) and for a rewind far
 * past it. What is deeper is undone just as well, but that the ledger's own place then has no hash.
 */
export const RECENT_BLOCKS_MAX = 1024;
/** Authors known by asking alone. They are few: who is asked for has sent a record, and is registered indeed. */
export const FOUND_MAX = 1024;

const KEY = /^[0-9a-f]{64}$/;

/** When an author began to count, and by which block. */
export interface LedgerAuthor {
  /** The registering block's time, unix seconds. */
  readonly fromSeconds: number;
  readonly topoheight: number;
}

/** A block up to which the ledger is whole. */
export interface LedgerPlace {
  readonly topoheight: number;
  /** Undefined where the block itself was never seen. */
  readonly hash: string | undefined;
  readonly timeSeconds: number;
}

/** What a ledger begins with: what an earlier one knew as stable. */
export interface LedgerStart {
  readonly stable: LedgerPlace | undefined;
  readonly authors: ReadonlyMap<string, LedgerAuthor>;
}

interface Waiting extends LedgerAuthor {
  readonly height: number;
}

interface Seen extends LedgerPlace {
  readonly height: number;
}

/**
 * Who is registered, folded from blocks in their order: a function of the chain alone, so that two nodes on one chain agree.
 * A registration counts once its block's height is stable (protocol.md, membership rule 4); the first of a key is the one
 * that stands; what is rewound is undone.
 */
export class AuthorLedger {
  readonly #authors: Map<string, LedgerAuthor>;
  readonly #waiting = new Map<string, Waiting>();
  /** No height of {@link #waiting} is below it, so that most blocks cost no look at those that wait. */
  #waitingFrom = Number.POSITIVE_INFINITY;
  /** Found by asking, and the topoheight at which the walk has to confirm them. */
  readonly #found = new Map<string, number>();
  /** The lowest of {@link #found}. */
  #confirmAt = Number.POSITIVE_INFINITY;
  /** The last blocks seen, ascending; the first `#settled` of them are stable. */
  #recent: Seen[] = [];
  #settled = 0;
  /** The last stable block before the recent ones. */
  #base: LedgerPlace | undefined;
  #stableHeight = -1;
  #revision = 0;
  #refused = 0;

  constructor(start: LedgerStart = { stable: undefined, authors: new Map() }) {
    this.#authors = new Map(start.authors);
    this.#base = start.stable;
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

  /** Blocks up to this height are stable. It may go down: what counted goes on counting until it is rewound. */
  stableAt(height: number): void {
    this.#stableHeight = height;
    this.#settle();
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
    const base = this.#base;
    if (base === undefined || base.topoheight <= toTopoheight) return;
    this.#base = toTopoheight < 0 ? undefined : { ...base, topoheight: toTopoheight, hash: undefined };
  }

  /** Blocks up to this topoheight will not be told: who registered in them stays unknown. */
  skipped(toTopoheight: number): void {
    if (toTopoheight <= this.#top()) return;
    const last = this.#recent.at(-1);
    const timeSeconds = last?.timeSeconds ?? this.#base?.timeSeconds ?? 0;
    // Nothing of theirs waits to become stable: the place is as stable as the last block seen before it.
    this.#see({ topoheight: toTopoheight, hash: undefined, height: last?.height ?? -1, timeSeconds });
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

  #see(block: Seen): void {
    this.#recent.push(block);
    if (this.#recent.length <= RECENT_BLOCKS_MAX) return;
    const oldest = this.#recent.shift();
    this.#base = oldest;
    if (this.#settled > 0) this.#settled--;
    // A long walk is told the stable height at its end only; so deep below its top every chain is stable.
    else this.#stableHeight = Math.max(this.#stableHeight, oldest?.height ?? -1);
  }

  #register(key: string, place: Waiting): void {
    if (!KEY.test(key) || this.has(key)) return;
    if (this.sizes.authors >= AUTHORS_MAX) {
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
    for (const [key, { topoheight, height, fromSeconds }] of this.#waiting) {
      if (height > this.#stableHeight) {
        this.#waitingFrom = Math.min(this.#waitingFrom, height);
        continue;
      }
      this.#waiting.delete(key);
      this.#authors.set(key, { topoheight, fromSeconds });
      this.#revision++;
    }
  }
}
