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

/**
 * Attempts per round if the chain changes during an attempt; then the round waits. Each needs another reorganisation.
 */
const ATTEMPTS_PER_ROUND = 8;
/** The shortest time until the head is requested after pushed blocks: it is needed for displays and stability only. */
const HEAD_PAUSE_MS = 100;
/** The shortest time between the starts of two rounds: a flood of hints causes at most 40 rounds per second. */
const ROUND_GAP_MS = 25;
/** After a failed round. A source that comes back calls `resync`, which does not wait. */
const RETRY = new Backoff(250, 15_000);
/**
 * The most emitted blocks that a round requests again: three calls. A chain is stable 8 or 24 heights below its top.
 */
const UNSTABLE_BLOCKS = 3 * BLOCKS_PER_CALL;
/** Calls until the round yields to the event loop: a source may answer without I/O. */
const CALLS_PER_TURN = 16;

export interface FollowerOptions {
  readonly source: BlockSource;
  /** Called with `block`, `head`, `rewound` and `skipped`, in their order; must not throw. */
  readonly emit: (event: ChainEvent) => void;
  /** The result of `FactsSource.startFrom`; undefined: emit a head first, then the blocks after it. */
  readonly startFrom: StreamStart | undefined;
  readonly nowMs: () => number;
  /** A round failed; it is retried. */
  readonly failed: (error: NetworkError) => void;
  /** A round succeeded: the emitted blocks agree with the source. */
  readonly ok: () => void;
}

/** The result of an attempt: head emitted; the chain changed during the attempt; a range was not available. */
type Attempt = "done" | "moved" | "gone";
/**
 * How often a missing range counts as a chain that became shorter; after that, the first available block is searched.
 */
const GONE_PER_ROUND = 3;

/**
 * Makes the ordered stream of {@link ChainEvent}s from hints and a source that can be polled.
 *
 * Hints and pushes may be lost, repeated, late and out of order: they only trigger a round. Blocks are emitted in
 * order, each once; a rewind is explicit. One round runs at a time.
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
  /** Blocks that are not available although the source did not report them as pruned. */
  #gap = NO_GAP;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#stream = new BlockStream(options.startFrom, options.emit);
  }

  /** The last head emitted. */
  head(): ChainHead | undefined {
    return this.#stream.head;
  }

  /** Blocks remembered, and early blocks that wait. */
  get sizes(): { readonly remembered: number; readonly ahead: number } {
    return this.#stream.sizes;
  }

  /** The chain changed; `place` names its block there. Hints are cheap: they share the next round. */
  hint(place?: { readonly topoheight: number; readonly hash: string }): void {
    if (place !== undefined) this.#stream.claimed(place.topoheight, place.hash);
    this.#wake();
  }

  /** A block got its place. The next block is emitted at once; any other starts a round if needed. */
  pushed(block: ChainBlock): void {
    if (this.#stopping.signal.aborted) return;
    const next = this.#stream.pushed(block);
    if (next === "ask") this.#wake();
    if (next === "head") this.#askForHead();
  }

  /** The source reports that the blocks above `topoheight` are no longer valid. */
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

  /** The source is back after a pause: re-check all emitted blocks that are not final, without a delay. */
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
    // A hint does not shorten the backoff after a failure.
    if (this.#running || (this.#failures > 0 && this.#timer !== undefined)) return;
    this.#clearTimer();
    const sinceMs = this.#options.nowMs() - this.#lastRoundMs;
    if (sinceMs >= 0 && sinceMs < ROUND_GAP_MS) this.#later(ROUND_GAP_MS - sinceMs);
    else void this.#run();
  }

  /** Starts a round soon; blocks pushed until then share it. */
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
    else if (this.#stream.emittedSinceHead) this.#askForHead();
  }

  /** Makes attempts until the emitted blocks agree with the source. False: retry later. */
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
    // Read before the request. Blocks that are pushed during it are above the tip, which does not mean a shorter chain.
    const last = stream.window.next - 1;
    const tip = await this.#options.source.tip(signal);
    signal.throwIfAborted();
    stream.look(tip, stream.begun && tip.topoheight < last);
    try {
      if (stream.unverified > 0 && !(await this.#compare(last, tip, signal))) return "moved";
      return await this.#catchUp(tip, signal);
    } catch (error) {
      // The range was below the tip and is not available now: the chain became shorter, or blocks are missing.
      if (error instanceof NetworkError && error.code === "not_found") return "gone";
      throw error;
    }
  }

  /** The lowest topoheight that is available, from the found gap or from the tip. */
  #bottom({ firstTopoheight = 0 }: ChainTip): number {
    const { from, first } = this.#gap;
    return from < first && from < this.#stream.window.next ? Math.max(first, firstTopoheight) : firstTopoheight;
  }

  /** Skips the gap if it is next. */
  #crossGap(): boolean {
    const { from, first } = this.#gap;
    const { next } = this.#stream.window;
    if (next < from || next >= first) return false;
    this.#stream.skipTo(first);
    return true;
  }

  /** Compares the emitted blocks with the chain and rewinds those that differ. False: the stream changed meanwhile. */
  async #compare(last: number, tip: ChainTip, signal: AbortSignal): Promise<boolean> {
    const stream = this.#stream;
    const { changes, next } = stream.window;
    const { unverified } = stream;
    // A rewind during the request may have left less than the shorter chain has.
    const top = tip.topoheight < last ? Math.min(tip.topoheight, next - 1) : next - 1;
    const good = stream.waits ? next - 1 : await this.#lastGood(top, tip, signal);
    if (stream.window.changes !== changes || stream.unverified !== unverified) return false;
    stream.cleared(good, tip);
    return true;
  }

  /** The highest topoheight, at most `top`, up to which all emitted blocks are still valid. */
  async #lastGood(top: number, tip: ChainTip, signal: AbortSignal): Promise<number> {
    const { window, fixed } = this.#stream;
    const pruned = this.#bottom(tip);
    const lowest = Math.max(window.first, pruned);
    const floor = Math.min(fixed, tip.stableTopoheight);
    let good = top;
    for (let high = Math.min(top, tip.topoheight), calls = 1; high >= lowest; calls++) {
      const low = Math.max(lowest, high - BLOCKS_PER_CALL + 1);
      for (const { topoheight, hash } of (await this.#blocks(low, high, signal)).toReversed()) {
        if (window.relation(topoheight, hash) === "other") good = topoheight - 1;
      }
      if (good >= low && low <= floor) return good;
      high = low - 1;
      if (calls % CALLS_PER_TURN === 0) await nextTurn();
    }
    return pruned > window.first ? good : this.#stream.trusted(good, pruned);
  }

  /** Emits the blocks from the next one to the tip, then the head. */
  async #catchUp(tip: ChainTip, signal: AbortSignal): Promise<Attempt> {
    const stream = this.#stream;
    const { window } = stream;
    stream.skipAsNeeded(tip);
    this.#crossGap();
    stream.emitAhead();
    let from = this.#askFrom(tip);
    let whole = from <= Math.max(stream.fixed, window.first, this.#bottom(tip));
    let asked = stream.fixed;
    for (let calls = 1; window.next <= tip.topoheight; calls++) {
      const gap = from < this.#gap.from ? this.#gap.from : Number.POSITIVE_INFINITY;
      asked = Math.min(from + BLOCKS_PER_CALL - 1, tip.topoheight, gap - 1);
      const blocks = await this.#blocks(from, asked, signal);
      if (stream.unverified > 0 || !stream.take(blocks)) return "moved";
      // Requests the last emitted block again. Another hash at its place means that the chain changed.
      const jump = window.next - asked > UNSTABLE_BLOCKS;
      from = jump ? window.next - 1 : asked;
      whole &&= !jump;
      if (this.#crossGap()) from = window.next;
      if (calls % CALLS_PER_TURN === 0) await nextTurn();
      // After a long catch-up the chain has grown.
      if (calls > CALLS_PER_TURN) this.#again = true;
    }
    stream.asked(whole ? asked : undefined, tip);
    stream.emitHead(tip);
    return "done";
  }

  /** Requests the unstable blocks again with the new ones: a hint of a change among them may be lost. */
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
