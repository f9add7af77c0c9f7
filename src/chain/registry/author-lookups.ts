import { BoundedMap } from "../../engine/index.js";
import { Paced } from "../paced.js";
import type { ChainBlock, ChainHead, ChainMiner } from "../types.js";

/**
 * Authors that wait for their look-up. Anybody can name authors that don't exist, so this is no more than a few seconds of
 * work; who is turned away is asked for with the next record, or met by the walk.
 */
export const LOOKUPS_WAITING_MAX = 64;
/** Between two look-ups: made-up authors may cost the chain's node 8 calls a second, not more. */
const LOOKUP_GAP_MS = 125;
/** A node that takes longer is slow enough without us. */
const LOOKUP_TIMEOUT_MS = 5000;
/** Who is not registered is not asked for again so soon: about two blocks of the slowest chain. */
export const UNKNOWN_MS = 120_000;
/** Authors remembered as unknown: 120 s of look-ups are 960. */
export const UNKNOWN_MAX = 1024;

/** Single questions to the chain. Undefined: it does not know, or can't be asked now. Errors mean the same. */
export interface AuthorLookup {
  miner(key: string, signal: AbortSignal): Promise<ChainMiner | undefined>;
  /** The block that registered this miner; undefined where it is not found. */
  block(miner: ChainMiner, signal: AbortSignal): Promise<ChainBlock | undefined>;
  /** Where the chain stands: a walk that has not ended was not told yet. */
  tip(signal: AbortSignal): Promise<Pick<ChainHead, "stableHeight"> | undefined>;
}

interface Found {
  readonly block: ChainBlock;
  readonly stableHeight: number | undefined;
}

export interface AuthorLookupsOptions {
  readonly lookup: AuthorLookup;
  /** Needs no look-up. */
  readonly known: (author: string) => boolean;
  /** `stableHeight` is the chain's own, where it said it. */
  readonly found: (author: string, block: ChainBlock, stableHeight: number | undefined) => void;
  readonly nowMs: () => number;
}

/** Asks the chain for authors one after the other, bounded in number and pace, and remembers who is unknown. */
export class AuthorLookups {
  readonly #options: AuthorLookupsOptions;
  readonly #waiting = new Set<string>();
  /** When they may be asked for again. */
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
      // Another block would give the author another time than the walk does.
      if (block?.registered?.includes(author) !== true) return undefined;
      return { block, stableHeight: (await lookup.tip(signal))?.stableHeight };
    } finally {
      clearTimeout(timer);
    }
  }
}
