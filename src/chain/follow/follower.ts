import { setImmediate as nextTurn } from "node:timers/promises";
import { Backoff } from "../../engine/index.js";
import { NetworkError } from "../../protocol/errors.js";
import {
  BLOCKS_PER_CALL,
  type BlockSource,
  type ChainBlock,
  type ChainEvent,
  type ChainHead,
  type ChainTip,
  type StreamStart,
} from "../types.js";
import { BlockStream } from "./block-stream.js";
import { findGap, NO_GAP, nothingThere } from "./gap-search.js";

/** How many times one round begins anew because the chain moved under it, before it waits: each needs another reorganisation. */
const ATTEMPTS_PER_ROUND = 8;
/** After blocks were pushed the head is asked for at most ten times a second: it is for displays and for stability. */
const HEAD_PAUSE_MS = 100;
/** Between the beginnings of two rounds: whoever hints without end, a busy chain or a liar, has forty a second. */
const ROUND_GAP_MS = 25;
/** After a failed round. A source that comes back calls `resync`, which does not wait. */
const RETRY = new Backoff(250, 15_000);
/** Told blocks that a round asks for again, at most: three calls. A chain is stable 8 heights below its top, or 24. */
const UNSTABLE_BLOCKS = 3 * BLOCKS_PER_CALL;
/** A source that answers without any I/O must not keep the event loop to itself. */
const CALLS_PER_TURN = 16;

export interface FollowerOptions {
  readonly source: BlockSource;
  /** Called with `block`, `head`, `rewound` and `skipped`, in their order; must not throw. */
  readonly tell: (event: ChainEvent) => void;
  /** What `FactsSource.startFrom` says; undefined: a head is told first, then the blocks that follow it. */
  readonly startFrom: StreamStart | undefined;
  readonly nowMs: () => number;
  /** A round could not be ended; it is tried again. */
  readonly failed: (error: NetworkError) => void;
  /** A round ended: the source answers, and what was told is the chain as it said. */
  readonly ok: () => void;
}

/** How an attempt ended: with the head told; with a chain that moved under it; with a range that was not there. */
type Attempt = "done" | "moved" | "gone";
/** Times in one round that the chain is taken for one that just became shorter, before the first block there is searched. */
const GONE_PER_ROUND = 3;

/**
 * Makes the clean stream of {@link ChainEvent} out of hints that something happened and a source that can be asked.
 *
 * Hints and pushes may be lost, doubled, late and in any order: they only say where to look. Blocks are told in their order,
 * each once, and what no longer holds is said. One round of asking runs at a time.
 */
export class BlockFollower {
  readonly #options: FollowerOptions;
  readonly #stream: BlockStream;
  readonly #stopping = new AbortController();
  #running = false;
  #again = false;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  #lastRoundMs = Number.NEGATIVE_INFINITY;
  /** The range asked for last. */
  #asked = { from: 0, to: 0 };
  /** Blocks that are not there though the source did not say so. */
  #gap = NO_GAP;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#stream = new BlockStream(options.startFrom, options.tell);
  }

  /** The last head told. */
  head(): ChainHead | undefined {
    return this.#stream.head;
  }

  /** How many blocks are remembered, and how many wait for their turn. */
  get sizes(): { readonly remembered: number; readonly ahead: number } {
    return this.#stream.sizes;
  }

  /** Something happened; at `place` the chain has that block now. Hints are cheap: they share the next round. */
  hint(place?: { readonly topoheight: number; readonly hash: string }): void {
    if (place !== undefined) this.#stream.claimed(place.topoheight, place.hash);
    this.#wake();
  }

  /** The chain gave this block its place. The next one is told at once; for any other the source is asked where needed. */
  pushed(block: ChainBlock): void {
    if (this.#stopping.signal.aborted) return;
    const next = this.#stream.pushed(block);
    if (next === "ask") this.#wake();
    if (next === "head") this.#askForHead();
  }

  /** The chain says that what was above `topoheight` holds no longer. */
  rewoundTo(topoheight: number): void {
    if (this.#stopping.signal.aborted) return;
    this.#stream.rewoundTo(topoheight);
    this.#wake();
  }

  /** Re-checks all emitted blocks that are not final. */
  markUnverified(): void {
    this.#stream.markUnverified();
    this.#wake();
  }

  /** The source is back after a pause in which anything may have happened: everything told is compared. */
  resync(): void {
    this.#failures = 0;
    this.#gap = NO_GAP;
    this.#lastRoundMs = Number.NEGATIVE_INFINITY;
    this.markUnverified();
  }

  stop(): void {
    this.#stopping.abort();
    this.#clearTimer();
    this.#stream.forgetAhead();
  }

  #wake(): void {
    if (this.#stopping.signal.aborted) return;
    this.#again = true;
    // After a failure the pause is kept, whatever is hinted meanwhile.
    if (this.#running || (this.#failures > 0 && this.#timer !== undefined)) return;
    this.#clearTimer();
    const sinceMs = this.#options.nowMs() - this.#lastRoundMs;
    if (sinceMs >= 0 && sinceMs < ROUND_GAP_MS) this.#later(ROUND_GAP_MS - sinceMs);
    else void this.#run();
  }

  /** Soon, and together with what is pushed until then. */
  #askForHead(): void {
    if (this.#running || this.#timer !== undefined) return;
    this.#later(Math.max(0, HEAD_PAUSE_MS - Math.max(0, this.#options.nowMs() - this.#lastRoundMs)));
  }

  #later(delayMs: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#wake();
    }, delayMs);
    this.#timer.unref();
  }

  #clearTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    this.#running = true;
    this.#again = false;
    this.#lastRoundMs = this.#options.nowMs();
    const ended = await this.#round(signal);
    this.#running = false;
    if (signal.aborted) return;
    if (!ended) this.#later(RETRY.waitMs(this.#failures - 1));
    else if (this.#again) this.#wake();
    else if (this.#stream.unsaid) this.#askForHead();
  }

  /** Asks until what was told is what the chain has. False: that has to be tried again, later. */
  async #round(signal: AbortSignal): Promise<boolean> {
    try {
      let attempt: Attempt = "moved";
      for (let i = 0, gone = 0; i < ATTEMPTS_PER_ROUND && attempt !== "done" && !signal.aborted; i++) {
        attempt = await this.#attempt(signal);
        if (attempt !== "gone" || ++gone < GONE_PER_ROUND) continue;
        this.#gap = (await findGap(this.#options.source, this.#asked, signal)) ?? this.#gap;
        gone = 0;
      }
      if (attempt === "gone") throw nothingThere();
      if (attempt === "moved" || signal.aborted) return false;
      this.#failures = 0;
      this.#options.ok();
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      this.#failures++;
      const known = error instanceof NetworkError;
      this.#options.failed(known ? error : new NetworkError("chain_answer", "the source failed", { cause: error }));
      return false;
    }
  }

  async #attempt(signal: AbortSignal): Promise<Attempt> {
    const stream = this.#stream;
    // What is pushed while the tip is asked for stands above it, and does not make the chain shorter.
    const last = stream.window.next - 1;
    const tip = await this.#options.source.tip(signal);
    signal.throwIfAborted();
    stream.look(tip, stream.begun && tip.topoheight < last);
    try {
      if (stream.unverified > 0 && !(await this.#compare(last, tip, signal))) return "moved";
      return await this.#catchUp(tip, signal);
    } catch (error) {
      // A range that was there when the tip was asked and is not now: the chain is shorter.
      if (error instanceof NetworkError && error.code === "not_found") return "gone";
      throw error;
    }
  }

  /** Of what was told, the source has the blocks from here on, as it was found or as it says. */
  #bottom({ firstTopoheight = 0 }: ChainTip): number {
    const { from, first } = this.#gap;
    return from < first && from < this.#stream.window.next ? Math.max(first, firstTopoheight) : firstTopoheight;
  }

  /** Leaves out the blocks of the gap where they are next. */
  #crossGap(): boolean {
    const { from, first } = this.#gap;
    const { next } = this.#stream.window;
    if (next < from || next >= first) return false;
    this.#stream.skipTo(first);
    return true;
  }

  /** Holds what was told against the chain, and rewinds what does not hold. False: something else was told meanwhile. */
  async #compare(last: number, tip: ChainTip, signal: AbortSignal): Promise<boolean> {
    const stream = this.#stream;
    const { changes, next } = stream.window;
    const { unverified } = stream;
    const top = tip.topoheight < last ? tip.topoheight : next - 1;
    const good = stream.waits ? next - 1 : await this.#lastGood(top, tip, signal);
    if (stream.window.changes !== changes || stream.unverified !== unverified) return false;
    stream.cleared(good, tip);
    return true;
  }

  /** The highest topoheight, at most `top`, up to which everything told still holds. */
  async #lastGood(top: number, tip: ChainTip, signal: AbortSignal): Promise<number> {
    const { window, fixed } = this.#stream;
    const pruned = this.#bottom(tip);
    const lowest = Math.max(window.first, pruned);
    const floor = Math.min(fixed, tip.stableTopoheight);
    let good = top;
    for (let high = Math.min(top, tip.topoheight), calls = 1; high >= lowest; calls++) {
      const low = Math.max(lowest, high - BLOCKS_PER_CALL + 1);
      for (const { topoheight, hash } of (await this.#blocks(low, high, signal)).toReversed()) {
        if (window.standing(topoheight, hash) === "other") good = topoheight - 1;
      }
      if (good >= low && low <= floor) return good;
      high = low - 1;
      if (calls % CALLS_PER_TURN === 0) await nextTurn();
    }
    return pruned > window.first ? good : this.#stream.trusted(good, pruned);
  }

  /** Tells the blocks from the next one to the tip, then the head. */
  async #catchUp(tip: ChainTip, signal: AbortSignal): Promise<Attempt> {
    const stream = this.#stream;
    const { window } = stream;
    stream.skipAsNeeded(tip);
    this.#crossGap();
    stream.tellAhead();
    let from = this.#askFrom(tip);
    let whole = from <= Math.max(stream.fixed, window.first, this.#bottom(tip));
    let asked = stream.fixed;
    for (let calls = 1; window.next <= tip.topoheight; calls++) {
      const gap = from < this.#gap.from ? this.#gap.from : Number.POSITIVE_INFINITY;
      asked = Math.min(from + BLOCKS_PER_CALL - 1, tip.topoheight, gap - 1);
      const blocks = await this.#blocks(from, asked, signal);
      if (stream.unverified > 0 || !stream.take(blocks)) return "moved";
      // The last block asked for is asked for again: if it changed, so did the chain.
      const jump = window.next - asked > UNSTABLE_BLOCKS;
      from = jump ? window.next - 1 : asked;
      whole &&= !jump;
      if (this.#crossGap()) from = window.next;
      if (calls % CALLS_PER_TURN === 0) await nextTurn();
      // It took long enough for the chain to grow.
      if (calls > CALLS_PER_TURN) this.#again = true;
    }
    stream.asked(whole ? asked : undefined, tip);
    stream.tellHead(tip);
    return "done";
  }

  /** The blocks that were not stable yet are asked for again with the new ones: word of a change among them may be lost. */
  #askFrom(tip: ChainTip): number {
    const { window, fixed } = this.#stream;
    const bottom = this.#bottom(tip);
    const unstable = Math.max(fixed, window.first, bottom);
    if (unstable < window.next && tip.topoheight - unstable < UNSTABLE_BLOCKS) return unstable;
    return window.size > 0 && window.next > bottom ? window.next - 1 : window.next;
  }

  async #blocks(from: number, to: number, signal: AbortSignal): Promise<readonly ChainBlock[]> {
    this.#asked = { from, to };
    const blocks = await this.#options.source.blocks(from, to, signal);
    signal.throwIfAborted();
    if (blocks.length !== to - from + 1 || blocks.some(({ topoheight }, i) => topoheight !== from + i)) {
      throw new NetworkError("chain_answer", `blocks ${from} to ${to} were asked for, others were answered`);
    }
    return blocks;
  }
}
