import { setImmediate as nextTurn } from "node:timers/promises";
import { NetworkError } from "../protocol/errors.js";
import { AheadBlocks, BlockWindow } from "./block-window.js";
import type { BlockSource, ChainBlock, ChainEvent, ChainHead, ChainTip, FactsSource } from "./types.js";
import { BLOCKS_PER_CALL } from "./types.js";

/**
 * A source that needs no block of the past is spared a catch-up longer than this: a day of one-second blocks, 5,000 calls.
 * It is told which blocks are skipped.
 */
export const CATCH_UP_MAX_BLOCKS = 100_000;
/** How many times one round begins anew because the chain moved under it, before it waits: each needs another reorganisation. */
const ATTEMPTS_PER_ROUND = 8;
/** After blocks were pushed the head is asked for at most ten times a second: it is for displays and for stability. */
const HEAD_PAUSE_MS = 100;
/** After a failed round; doubles up to the second. A source that comes back says so by `resync`, which does not wait. */
const RETRY_FIRST_MS = 250;
const RETRY_MAX_MS = 15_000;
/** Told blocks that a round asks for again, at most: three calls. A chain is stable 8 heights below its top, or 24. */
const UNSTABLE_BLOCKS = 3 * BLOCKS_PER_CALL;
/** A source that answers without any I/O must not keep the event loop to itself. */
const CALLS_PER_TURN = 16;

export interface FollowerOptions {
  readonly source: BlockSource;
  /** Called with `block`, `head`, `rewound` and `skipped`, in their order; must not throw. */
  readonly tell: (event: ChainEvent) => void;
  /** What FactsSource.startFrom says; undefined: a head is told first, then the blocks that follow it. */
  readonly startFrom: ReturnType<FactsSource["startFrom"]>;
  readonly nowMs: () => number;
  /** A round could not be ended; it is tried again. */
  readonly failed: (error: NetworkError) => void;
  /** A round ended: the source answers, and what was told is the chain as it said. */
  readonly ok: () => void;
}

/** What an attempt says when the chain moved under it: it is made anew, from the tip on. */
const AGAIN: unique symbol = Symbol("again");

/**
 * Makes the clean stream of {@link ChainEvent} out of hints that something happened and a source that can be asked.
 *
 * Hints and pushes may be lost, doubled, late and in any order: they only say where to look. Blocks are told in their order,
 * each once, and what no longer holds is said. One round of asking runs at a time.
 */
export class BlockFollower {
  readonly #options: FollowerOptions;
  readonly #ahead = new AheadBlocks();
  readonly #stopping = new AbortController();
  #window: BlockWindow | undefined;
  /** What was told first, or will be: below it nothing was said. */
  #origin = 0;
  #head: ChainHead | undefined;
  #stableTopoheight = 0;
  /** Not 0: what was told must be held against the chain before the stream goes on. Counts, to notice a new doubt. */
  #doubts = 0;
  /** Up to here what was told was held against the chain when it was stable there. */
  #fixed = -1;
  /** Blocks or a rewind were told since the last head. */
  #unsaid = true;
  #running = false;
  #again = false;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  #lastRoundMs = Number.NEGATIVE_INFINITY;

  constructor(options: FollowerOptions) {
    this.#options = options;
    const start = options.startFrom;
    if (start === undefined) return;
    const { topoheight, hash } = start;
    if (hash === undefined) {
      this.#origin = topoheight;
      this.#window = new BlockWindow(topoheight);
    } else {
      // The source has seen that block and what is before it.
      this.#window = new BlockWindow(topoheight + 1, { hash, height: undefined, timestampMs: undefined });
      this.#doubts = 1;
    }
  }

  /** The last head told. */
  head(): ChainHead | undefined {
    return this.#head;
  }

  /** How many blocks are remembered, and how many wait for their turn. */
  get sizes(): { readonly remembered: number; readonly ahead: number } {
    return { remembered: this.#window?.size ?? 0, ahead: this.#ahead.size };
  }

  /** Something happened; at `place` the chain has that block now. Hints are cheap: they share the next round. */
  hint(place?: { readonly topoheight: number; readonly hash: string }): void {
    if (place !== undefined && this.#window?.standing(place.topoheight, place.hash) === "other") this.#doubts++;
    this.#wake();
  }

  /** The chain gave this block its place. The next one is told at once; for any other the source is asked where needed. */
  pushed(block: ChainBlock): void {
    const window = this.#window;
    if (this.#stopping.signal.aborted) return;
    switch (window?.standing(block.topoheight, block.hash)) {
      case "next":
        // A doubt comes first, and so does a start that was not compared yet.
        if (window === undefined || this.#doubts > 0) break;
        this.#tellBlock(window, block);
        this.#tellAhead(window);
        this.#askForHead();
        return;
      case "told":
        return;
      case "other":
        if (window === undefined) break;
        this.#rewind(window, block.topoheight - 1, this.#headAt(window, block.topoheight - 1));
        this.#tellBlock(window, block);
        this.#doubts++;
        this.#wake();
        return;
      case "forgotten":
        this.#doubts++;
        this.#wake();
        return;
      case "ahead":
      case undefined:
        break;
    }
    this.#ahead.put(block);
    this.#wake();
  }

  /** The chain says that what was above `topoheight` holds no longer. */
  rewoundTo(topoheight: number): void {
    const window = this.#window;
    const to = Math.max(-1, topoheight);
    if (window !== undefined && to < window.next - 1 && !this.#stopping.signal.aborted) {
      this.#rewind(window, to, this.#headAt(window, to));
    }
    this.#wake();
  }

  /** The source is back after a pause in which anything may have happened: everything told is compared. */
  resync(): void {
    this.#doubts++;
    this.#failures = 0;
    this.#wake();
  }

  stop(): void {
    this.#stopping.abort();
    this.#clearTimer();
    this.#ahead.clear();
  }

  #wake(): void {
    if (this.#stopping.signal.aborted) return;
    this.#again = true;
    // After a failure the pause is kept, whatever is hinted meanwhile.
    if (this.#running || (this.#failures > 0 && this.#timer !== undefined)) return;
    this.#clearTimer();
    void this.#run();
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
    this.#running = true;
    let failed = false;
    while (this.#again && !failed && !this.#stopping.signal.aborted) {
      this.#again = false;
      failed = !(await this.#round());
    }
    this.#running = false;
    if (this.#stopping.signal.aborted) return;
    if (failed) {
      this.#later(Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** Math.min(this.#failures - 1, 10)));
    } else if (this.#unsaid) {
      this.#askForHead();
    }
  }

  /** Asks until what was told is what the chain has. False: it failed and was reported. */
  async #round(): Promise<boolean> {
    const { signal } = this.#stopping;
    this.#lastRoundMs = this.#options.nowMs();
    try {
      for (let attempt = 0; attempt < ATTEMPTS_PER_ROUND; attempt++) {
        if ((await this.#attempt(signal)) === AGAIN) continue;
        if (!signal.aborted) this.#options.ok();
        this.#failures = 0;
        return true;
      }
      throw new NetworkError("chain_answer", "the chain does not stay the same between two questions");
    } catch (error) {
      if (signal.aborted) return true;
      this.#failures++;
      this.#options.failed(
        error instanceof NetworkError
          ? error
          : new NetworkError("chain_answer", "the source of blocks failed", { cause: error }),
      );
      return false;
    }
  }

  async #attempt(signal: AbortSignal): Promise<typeof AGAIN | undefined> {
    // What is pushed while the tip is asked for stands above it, and does not make the chain shorter.
    const last = (this.#window?.next ?? 0) - 1;
    const tip = await this.#options.source.tip(signal);
    if (signal.aborted) return undefined;
    const window = this.#begin(tip);
    const shorter = tip.topoheight < last;
    // The stable height goes down without any other word when the chain rewinds past it.
    if (shorter || tip.stableTopoheight < this.#stableTopoheight) this.#doubts++;
    if (window.standing(tip.topoheight, tip.hash) === "other") this.#doubts++;

    if (this.#doubts > 0) {
      const { changes } = window;
      const doubts = this.#doubts;
      const top = shorter ? tip.topoheight : window.next - 1;
      const good = await this.#compare(window, top, tip, signal).catch(againIfGone);
      if (signal.aborted) return undefined;
      if (good === AGAIN || window.changes !== changes || this.#doubts !== doubts) return AGAIN;
      if (good < window.next - 1) this.#rewind(window, good, tip);
      this.#doubts = 0;
      this.#fixed = Math.min(good, tip.stableTopoheight);
    }
    return this.#catchUp(window, tip, signal);
  }

  #begin(tip: ChainTip): BlockWindow {
    if (this.#window !== undefined) return this.#window;
    const { hash, height, timestampSeconds } = tip;
    const window = new BlockWindow(tip.topoheight + 1, { hash, height, timestampMs: timestampSeconds * 1000 });
    this.#window = window;
    this.#origin = tip.topoheight + 1;
    this.#tellHead(window, tip);
    return window;
  }

  /** The highest topoheight, at most `top`, up to which everything told still holds. */
  async #compare(window: BlockWindow, top: number, tip: ChainTip, signal: AbortSignal): Promise<number> {
    // The stream waits for its beginning: nothing was told, nothing has to be undone.
    const waits = window.size === 0 && window.next <= this.#origin;
    if (waits && this.#options.startFrom !== undefined) return window.next - 1;
    const lowest = Math.max(window.first, tip.firstTopoheight ?? 0);
    // A block that is stable at its place fixes all before it; above, places may be exchanged.
    const floor = Math.min(this.#fixed, tip.stableTopoheight);
    let good = top;
    for (let high = Math.min(top, tip.topoheight), calls = 1; high >= lowest; calls++) {
      const low = Math.max(lowest, high - BLOCKS_PER_CALL + 1);
      for (const { topoheight, hash } of (await this.#blocks(low, high, signal)).toReversed()) {
        if (window.standing(topoheight, hash) === "other") good = topoheight - 1;
      }
      signal.throwIfAborted();
      if (good >= low && low <= floor) return good;
      high = low - 1;
      if (calls % CALLS_PER_TURN === 0) await nextTurn();
    }
    const unknown = window.size === 0 ? good < window.next - 1 : good < window.first;
    // Nothing remembered holds any more: nobody knows how far below it holds, so it is told anew.
    if (unknown && lowest <= window.first && window.next > this.#origin) return Math.min(good, this.#origin - 1);
    return good;
  }

  /** Tells the blocks from the next one to the tip, then the head. */
  async #catchUp(window: BlockWindow, tip: ChainTip, signal: AbortSignal): Promise<typeof AGAIN | undefined> {
    const skipTo = this.#skipTo(window, tip);
    if (skipTo !== undefined) this.#skip(window, skipTo);
    this.#tellAhead(window);
    const start = this.#askFrom(window, tip);
    let whole = start <= Math.max(this.#fixed, window.first);
    let asked = this.#fixed;
    for (let from = start, calls = 1; window.next <= tip.topoheight; calls++) {
      const to = Math.min(from + BLOCKS_PER_CALL - 1, tip.topoheight);
      const blocks = await this.#blocks(from, to, signal).catch(againIfGone);
      if (signal.aborted) return undefined;
      if (blocks === AGAIN || this.#doubts > 0) return AGAIN;
      for (const block of blocks) {
        const standing = window.standing(block.topoheight, block.hash);
        if (standing === "next") this.#tellBlock(window, block);
        else if (standing !== "told") {
          this.#doubts++;
          return AGAIN;
        }
      }
      this.#tellAhead(window);
      asked = to;
      // The last block asked for is asked for again: if it changed, so did the chain.
      const jump = window.next - to > UNSTABLE_BLOCKS;
      from = jump ? window.next - 1 : to;
      whole &&= !jump;
      if (calls % CALLS_PER_TURN === 0) await nextTurn();
      // It took long enough for the chain to grow.
      if (calls > CALLS_PER_TURN) this.#again = true;
    }
    if (whole && this.#doubts === 0) this.#fixed = Math.min(asked, tip.stableTopoheight);
    this.#ahead.dropBelow(window.next);
    this.#tellHead(window, tip);
    return undefined;
  }

  /** The blocks that were not stable yet are asked for again with the new ones: word of a change among them may be lost. */
  #askFrom(window: BlockWindow, tip: ChainTip): number {
    const unstable = Math.max(this.#fixed, window.first);
    if (unstable < window.next && tip.topoheight - unstable < UNSTABLE_BLOCKS) return unstable;
    return window.at(window.next - 1) === undefined ? window.next : window.next - 1;
  }

  /** Where the stream goes on if not with the next block. */
  #skipTo(window: BlockWindow, tip: ChainTip): number | undefined {
    const { firstTopoheight = 0, topoheight } = tip;
    if (window.next < firstTopoheight) return firstTopoheight;
    const many = topoheight - window.next >= CATCH_UP_MAX_BLOCKS;
    return many && this.#options.startFrom === undefined ? topoheight : undefined;
  }

  async #blocks(from: number, to: number, signal: AbortSignal): Promise<readonly ChainBlock[]> {
    const blocks = await this.#options.source.blocks(from, to, signal);
    if (blocks.length !== to - from + 1 || blocks.some(({ topoheight }, i) => topoheight !== from + i)) {
      throw new NetworkError("chain_answer", `blocks ${from} to ${to} were asked for, others were answered`);
    }
    return blocks;
  }

  #tellBlock(window: BlockWindow, block: ChainBlock): void {
    window.append(block);
    this.#unsaid = true;
    this.#options.tell({ kind: "block", block });
  }

  #tellAhead(window: BlockWindow): void {
    for (;;) {
      const block = this.#doubts === 0 && this.#ahead.size > 0 ? this.#ahead.take(window.next) : undefined;
      if (block === undefined) return;
      this.#tellBlock(window, block);
    }
  }

  #rewind(window: BlockWindow, toTopoheight: number, head: ChainHead): void {
    window.moveTo(toTopoheight + 1);
    this.#fixed = Math.min(this.#fixed, toTopoheight);
    this.#origin = Math.min(this.#origin, toTopoheight + 1);
    // They were handed over with the chain that holds no longer.
    this.#ahead.clear();
    this.#unsaid = true;
    this.#head = headOf(head);
    this.#options.tell({ kind: "rewound", toTopoheight, head: this.#head });
  }

  #skip(window: BlockWindow, next: number): void {
    const fromTopoheight = window.next;
    window.moveTo(next);
    this.#unsaid = true;
    this.#options.tell({ kind: "skipped", fromTopoheight, toTopoheight: next - 1 });
  }

  #tellHead(window: BlockWindow, tip: ChainTip): void {
    this.#stableTopoheight = tip.stableTopoheight;
    const top = window.next - 1;
    // Blocks that were pushed meanwhile stand above the tip.
    const pushed = top > tip.topoheight && window.at(top) !== undefined;
    const head = headOf(pushed ? { ...this.#headAt(window, top), stableHeight: tip.stableHeight } : tip);
    if (!this.#unsaid && this.#head !== undefined && sameHead(head, this.#head)) return;
    this.#head = head;
    this.#unsaid = false;
    this.#options.tell({ kind: "head", head });
  }

  /** The head as it is after a rewind that came without one. */
  #headAt(window: BlockWindow, topoheight: number): ChainHead {
    const told = window.at(topoheight);
    const last = this.#head;
    const height = told?.height ?? Math.min(last?.height ?? 0, Math.max(0, topoheight));
    const timestampMs = told?.timestampMs;
    return {
      height,
      topoheight: Math.max(0, topoheight),
      stableHeight: Math.min(last?.stableHeight ?? 0, height),
      hash: told?.hash ?? "00".repeat(32),
      timestampSeconds: timestampMs === undefined ? (last?.timestampSeconds ?? 0) : Math.floor(timestampMs / 1000),
    };
  }
}

/** A range that was there when the tip was asked and is not now: the chain is shorter. */
function againIfGone(error: unknown): typeof AGAIN {
  if (error instanceof NetworkError && error.code === "not_found") return AGAIN;
  throw error;
}

function headOf({ height, topoheight, stableHeight, hash, timestampSeconds }: ChainHead): ChainHead {
  return { height, topoheight, stableHeight, hash, timestampSeconds };
}

function sameHead(a: ChainHead, b: ChainHead): boolean {
  return (
    a.hash === b.hash &&
    a.topoheight === b.topoheight &&
    a.height === b.height &&
    a.stableHeight === b.stableHeight &&
    a.timestampSeconds === b.timestampSeconds
  );
}
