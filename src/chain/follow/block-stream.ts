import type { ChainBlock, ChainEvent, ChainHead, ChainTip, StreamStart } from "../types.js";
import { AheadBlocks, BlockWindow } from "./block-window.js";

/**
 * A source that needs no block of the past is spared a catch-up longer than this: a day of one-second blocks, 5,000 calls.
 * It is told which blocks are skipped.
 */
export const CATCH_UP_MAX_BLOCKS = 100_000;

/** What has to be done after a block was pushed. */
export type AfterPush =
  | "nothing"
  /** Ask for the head, soon. */
  | "head"
  /** Ask what is missing, or whether what was told still holds. */
  | "ask";

/**
 * What was told, and what may be told next: every event of the stream goes through here, so that its contract (see
 * ChainEvent) is kept in one place. Pure: it asks nothing, and knows no time.
 */
export class BlockStream {
  readonly #tell: (event: ChainEvent) => void;
  readonly #ahead = new AheadBlocks();
  /** It began where the source wanted it, and not just at the top. */
  readonly #past: boolean;
  #window: BlockWindow;
  #begun: boolean;
  /** The first block told, or to be told: of what is below it nothing was said. */
  #origin: number;
  /** Up to here what was told was held against the chain when it was stable there. */
  #fixed = -1;
  #unverified = 0;
  #stableTopoheight = 0;
  #head: ChainHead | undefined;
  /** Something was told since the last head. */
  #unsaid = true;

  constructor(startFrom: StreamStart | undefined, tell: (event: ChainEvent) => void) {
    this.#tell = tell;
    this.#past = startFrom !== undefined;
    this.#begun = this.#past;
    this.#origin = startFrom !== undefined && startFrom.hash === undefined ? startFrom.topoheight : 0;
    if (startFrom?.hash === undefined) {
      this.#window = new BlockWindow(this.#origin);
    } else {
      // The source has seen that block and what is before it; whether it is still there has to be looked at.
      const known = { hash: startFrom.hash, height: undefined, timestampMs: undefined };
      this.#window = new BlockWindow(startFrom.topoheight + 1, ...(startFrom.before ?? []), known);
      this.#unverified = 1;
    }
  }

  get head(): ChainHead | undefined {
    return this.#head;
  }

  /** False: no head was told yet, and no block may be. */
  get begun(): boolean {
    return this.#begun;
  }

  /** What was told, for looking at. */
  get window(): Pick<BlockWindow, "next" | "first" | "size" | "changes" | "standing"> {
    return this.#window;
  }

  get sizes(): { readonly remembered: number; readonly ahead: number } {
    return { remembered: this.#window.size, ahead: this.#ahead.size };
  }

  /** Not 0: the emitted blocks must be compared with the chain first. A count, so that a new contradiction shows. */
  get unverified(): number {
    return this.#unverified;
  }

  /** A block that is stable at its place fixes all before it; above, places may be exchanged. */
  get fixed(): number {
    return this.#fixed;
  }

  /** Something was told since the last head. */
  get unsaid(): boolean {
    return this.#unsaid;
  }

  markUnverified(): void {
    this.#unverified++;
  }

  /** The chain has that block there. If another one was emitted there, the emitted blocks are unverified. */
  claimed(topoheight: number, hash: string): void {
    if (this.#begun && this.#window.standing(topoheight, hash) === "other") this.#unverified++;
  }

  pushed(block: ChainBlock): AfterPush {
    const { topoheight, hash } = block;
    const standing = this.#begun ? this.#window.standing(topoheight, hash) : "ahead";
    switch (standing) {
      case "told":
        return "nothing";
      case "next":
        if (this.#unverified === 0) {
          this.#tellBlock(block);
          this.tellAhead();
          return "head";
        }
        this.#ahead.put(block);
        return "ask";
      case "ahead":
        this.#ahead.put(block);
        return "ask";
      case "other":
        this.rewind(topoheight - 1, this.#headAt(topoheight - 1));
        this.#tellBlock(block);
        this.#unverified++;
        return "ask";
      case "forgotten":
        this.#unverified++;
        return "ask";
    }
  }

  /** The chain says that what was above this topoheight holds no longer. */
  rewoundTo(topoheight: number): void {
    const to = Math.max(-1, topoheight);
    if (this.#begun && to < this.#window.next - 1) this.rewind(to, this.#headAt(to));
  }

  /** Begins at the top where it has not begun, and marks the blocks unverified if the tip contradicts them. */
  look(tip: ChainTip, shorter: boolean): void {
    if (!this.#begun) {
      const { topoheight, hash, height, timestampSeconds } = tip;
      this.#window = new BlockWindow(topoheight + 1, { hash, height, timestampMs: timestampSeconds * 1000 });
      this.#origin = topoheight + 1;
      this.#begun = true;
      this.tellHead(tip);
    }
    // The stable height goes down without any other word when the chain rewinds past it.
    if (shorter || tip.stableTopoheight < this.#stableTopoheight) this.#unverified++;
    this.claimed(tip.topoheight, tip.hash);
  }

  /** The stream waits for its beginning: nothing was told, nothing would have to be undone. */
  get waits(): boolean {
    return this.#past && this.#window.size === 0 && this.#window.next <= this.#origin;
  }

  /**
   * Up to where what was told holds, when of what is remembered everything up to `good` does. What is pruned, below
   * `pruned`, changes no longer and can't be told anew.
   */
  trusted(good: number, pruned: number): number {
    const { size, next, first } = this.#window;
    const unknown = size === 0 ? good < next - 1 : good < first;
    // Nothing remembered holds any more: nobody knows how far below it holds, so that it is told anew.
    return unknown && next > this.#origin ? Math.min(good, Math.max(this.#origin, pruned) - 1) : good;
  }

  /** Everything up to `good` holds; nothing is unverified any more. */
  cleared(good: number, tip: ChainTip): void {
    if (good < this.#window.next - 1) this.rewind(good, tip);
    this.#unverified = 0;
    this.#fixed = Math.min(good, tip.stableTopoheight);
  }

  /** Leaves out what can't be had any more, or is too much for a source that needs no past. */
  skipAsNeeded({ firstTopoheight = 0, topoheight }: ChainTip): void {
    const fromTopoheight = this.#window.next;
    const many = !this.#past && topoheight - fromTopoheight >= CATCH_UP_MAX_BLOCKS;
    this.skipTo(many ? topoheight : firstTopoheight);
  }

  /** Goes on with this block where it is not told yet; those before it are skipped. */
  skipTo(topoheight: number): void {
    const fromTopoheight = this.#window.next;
    if (topoheight <= fromTopoheight) return;
    this.#window.moveTo(topoheight);
    this.#unsaid = true;
    this.#tell({ kind: "skipped", fromTopoheight, toTopoheight: topoheight - 1 });
  }

  /** Emits the blocks that were not emitted. False: one of them contradicts an emitted one, so those are unverified. */
  take(blocks: readonly ChainBlock[]): boolean {
    for (const block of blocks) {
      const standing = this.#window.standing(block.topoheight, block.hash);
      if (standing === "next") this.#tellBlock(block);
      else if (standing !== "told") {
        this.#unverified++;
        return false;
      }
    }
    this.tellAhead();
    return true;
  }

  /** Tells what was pushed before its turn, if that has come. */
  tellAhead(): void {
    for (;;) {
      const block = this.#unverified === 0 && this.#ahead.size > 0 ? this.#ahead.take(this.#window.next) : undefined;
      if (block === undefined) return;
      this.#tellBlock(block);
    }
  }

  /** All up to `asked` was held against the chain just now; undefined: not all. What waits without need is forgotten. */
  asked(asked: number | undefined, tip: ChainTip): void {
    if (asked !== undefined && this.#unverified === 0) this.#fixed = Math.min(asked, tip.stableTopoheight);
    this.#ahead.dropBelow(this.#window.next);
  }

  tellHead(tip: ChainTip): void {
    this.#stableTopoheight = tip.stableTopoheight;
    const top = this.#window.next - 1;
    // Blocks that were pushed meanwhile stand above the tip.
    const above = top > tip.topoheight && this.#window.at(top) !== undefined;
    const head = headOf(above ? { ...this.#headAt(top), stableHeight: tip.stableHeight } : tip);
    if (!this.#unsaid && this.#head !== undefined && sameHead(head, this.#head)) return;
    this.#head = head;
    this.#unsaid = false;
    this.#tell({ kind: "head", head });
  }

  rewind(toTopoheight: number, head: ChainHead): void {
    this.#window.moveTo(toTopoheight + 1);
    this.#fixed = Math.min(this.#fixed, toTopoheight);
    this.#origin = Math.min(this.#origin, toTopoheight + 1);
    // They were handed over with the chain that holds no longer.
    this.#ahead.clear();
    this.#unsaid = true;
    this.#head = headOf(head);
    this.#tell({ kind: "rewound", toTopoheight, head: this.#head });
  }

  forgetAhead(): void {
    this.#ahead.clear();
  }

  #tellBlock(block: ChainBlock): void {
    this.#window.append(block);
    this.#unsaid = true;
    this.#tell({ kind: "block", block });
  }

  /** The head at a block that was told, where nobody said more of it. */
  #headAt(topoheight: number): ChainHead {
    const told = this.#window.at(topoheight);
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
