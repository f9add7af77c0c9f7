import { BoundedMap } from "../../engine/index.js";
import { Paced } from "../paced.js";
import type { ChainBlock, ChainHead, ChainMiner } from "../types.js";

/**
 * The most authors that wait for a look-up: eight seconds of work at one each LOOKUP_GAP_MS. Anyone can send records of
 * invented authors. A dropped author is looked up with its next record, or found by the block stream.
 */
export const LOOKUPS_WAITING_MAX = 64;
/** The shortest time between two look-ups: invented authors cost the chain's node at most 8 calls a second. */
const LOOKUP_GAP_MS = 125;
/** A look-up that takes longer is aborted; a daemon answers in milliseconds. */
const LOOKUP_TIMEOUT_MS = 5000;
/** An unregistered author is not looked up again for this time: about two blocks of the slowest chain. */
export const UNKNOWN_MS = 120_000;
/** The most authors remembered as unknown; 960 look-ups fit into {@link UNKNOWN_MS}. */
export const UNKNOWN_MAX = 1024;

/** Single requests to the chain. Undefined or an error: unknown, or the chain is unreachable. */
export interface AuthorLookup {
  miner(key: string, signal: AbortSignal): Promise<ChainMiner | undefined>;
  /** The block that registered this miner; undefined if it is not found. */
  block(miner: ChainMiner, signal: AbortSignal): Promise<ChainBlock | undefined>;
  /** The current tip: a catch-up gets a head only at its end. */
  tip(signal: AbortSignal): Promise<Pick<ChainHead, "stableHeight"> | undefined>;
}

interface Found {
  readonly block: ChainBlock;
  readonly stableHeight: number | undefined;
}

export interface AuthorLookupsOptions {
  readonly lookup: AuthorLookup;
  /** The author needs no look-up. */
  readonly known: (author: string) => boolean;
  /** `stableHeight` is from the chain's tip; undefined if the tip was not available. */
  readonly found: (author: string, block: ChainBlock, stableHeight: number | undefined) => void;
  readonly nowMs: () => number;
}

/** Looks authors up on the chain, one at a time, with a bounded queue and rate. Remembers unknown authors. */
export class AuthorLookups {
  readonly #options: AuthorLookupsOptions;
  readonly #waiting = new Set<string>();
  /** The time of the next allowed look-up, by author. */
  readonly #unknown = new BoundedMap<string, number>(UNKNOWN_MAX);
  readonly #turn: Paced;
  #stopped = false;
  /** One signal for each look-up: AbortSignal.any keeps every signal ever made of a long-lived parent (Node 20). */
  #asking = new AbortController();
  #running = false;
  #done: Promise<void> = Promise.resolve();

  constructor(options: AuthorLookupsOptions) {
    this.#options = options;
    this.#turn = new Paced(() => {
      this.#done = this.#next();
    }, options.nowMs);
  }

  get sizes(): { readonly waiting: number; readonly unknown: number } {
    return { waiting: this.#waiting.size, unknown: this.#unknown.size };
  }

  /** Never throws, never waits. */
  ask(author: string): void {
    if (this.#stopped || this.#waiting.has(author) || this.#options.known(author)) return;
    const againMs = this.#unknown.get(author);
    if (againMs !== undefined) {
      const waitMs = againMs - this.#options.nowMs();
      if (waitMs > 0 && waitMs <= UNKNOWN_MS) return;
    }
    if (this.#waiting.size >= LOOKUPS_WAITING_MAX) return;
    this.#waiting.add(author);
    this.#schedule();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#asking.abort();
    this.#turn.stop();
    this.#waiting.clear();
    await this.#done;
  }

  #schedule(): void {
    if (!this.#running && this.#waiting.size > 0 && !this.#stopped) this.#turn.ask(LOOKUP_GAP_MS);
  }

  async #next(): Promise<void> {
    const [author] = this.#waiting;
    if (author === undefined) return;
    this.#running = true;
    const found = await this.#lookUp(author).catch(() => undefined);
    this.#running = false;
    this.#waiting.delete(author);
    if (this.#stopped) return;
    if (found !== undefined) this.#options.found(author, found.block, found.stableHeight);
    if (this.#options.known(author)) this.#unknown.delete(author);
    else this.#unknown.set(author, this.#options.nowMs() + UNKNOWN_MS);
    this.#schedule();
  }

  async #lookUp(author: string): Promise<Found | undefined> {
    const { lookup } = this.#options;
    const asking = new AbortController();
    this.#asking = asking;
    const { signal } = asking;
    const timer = setTimeout(() => asking.abort(), LOOKUP_TIMEOUT_MS);
    try {
      const miner = await lookup.miner(author, signal);
      const block = miner?.key === author ? await lookup.block(miner, signal) : undefined;
      // Another block gives another registration time than the block stream will.
      if (block?.registered?.includes(author) !== true) return undefined;
      return { block, stableHeight: (await lookup.tip(signal))?.stableHeight };
    } finally {
      clearTimeout(timer);
    }
  }
}
