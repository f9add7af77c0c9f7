import type { ChainBlock, ChainEvent, ChainHead, ChainTip, StreamStart } from "../types.js";
import { AheadBlocks, BlockWindow } from "./block-window.js";

/**
 * The longest catch-up for a facts source that needs no history: a day of one-second blocks, 5,000 calls. Blocks past
 * it are reported as `skipped`.
 */
export const CATCH_UP_MAX_BLOCKS = 100_000;

/** What the follower must do after a pushed block. */
export type AfterPush =
  | "nothing"
  /** Request the head soon. */
  | "head"
  /** Start a round: blocks are missing or unverified. */
  | "ask";

/**
 * Emits the events of the stream and keeps their order (the contract of ChainEvent). Pure: no I/O and no clock.
 */
export class BlockStream {
  readonly #emit: (event: ChainEvent) => void;
  readonly #ahead = new AheadBlocks();
  /** The facts source set the start; false: the stream starts at the top. */
  readonly #past: boolean;
  #window: BlockWindow;
  #begun: boolean;
  /** Topoheight of the first block of the stream; no event covers the blocks below it. */
  #origin: number;
  /** Emitted blocks up to here were compared with the chain while they were stable. */
  #fixed = -1;
  #unverified = 0;
  #stableTopoheight = 0;
  #head: ChainHead | undefined;
  /** A block, rewind or skip was emitted since the last head. */
  #emittedSinceHead = true;

  constructor(startFrom: StreamStart | undefined, emit: (event: ChainEvent) => void) {
    this.#emit = emit;
    this.#past = startFrom !== undefined;
    this.#begun = this.#past;
    this.#origin = startFrom !== undefined && startFrom.hash === undefined ? startFrom.topoheight : 0;
    if (startFrom?.hash === undefined) {
      this.#window = new BlockWindow(this.#origin);
    } else {
      // The facts source has processed these blocks in an earlier run: compare them with the chain first.
      const known = { hash: startFrom.hash, height: undefined, timestampMs: undefined };
      this.#window = new BlockWindow(startFrom.topoheight + 1, ...(startFrom.before ?? []), known);
      this.#unverified = 1;
    }
  }

  get head(): ChainHead | undefined {
    return this.#head;
  }

  /** False: no head was emitted yet, and no block may be emitted. */
  get begun(): boolean {
    return this.#begun;
  }

  /** The emitted blocks, read-only. */
  get window(): Pick<BlockWindow, "next" | "first" | "size" | "changes" | "relation"> {
    return this.#window;
  }

  get sizes(): { readonly remembered: number; readonly ahead: number } {
    return { remembered: this.#window.size, ahead: this.#ahead.size };
  }

  /**
   * The number of reports that contradict the emitted blocks. If it is not 0, they must be compared with the chain
   * first. A count, so that a contradiction during the comparison shows.
   */
  get unverified(): number {
    return this.#unverified;
  }

  /**
   * The highest topoheight whose block was compared while it was stable. The blocks up to it can't change; blocks above
   * may change their places.
   */
  get fixed(): number {
    return this.#fixed;
  }

  /** A block, rewind or skip was emitted since the last head. */
  get emittedSinceHead(): boolean {
    return this.#emittedSinceHead;
  }

  markUnverified(): void {
    this.#unverified++;
  }

  /**
   * The chain reports this block at this place. If another block was emitted there, the emitted blocks are unverified.
   */
  claimed(topoheight: number, hash: string): void {
    if (this.#begun && this.#window.relation(topoheight, hash) === "other") this.#unverified++;
  }

  pushed(block: ChainBlock): AfterPush {
    const { topoheight, hash } = block;
    const relation = this.#begun ? this.#window.relation(topoheight, hash) : "ahead";
    switch (relation) {
      case "emitted":
        return "nothing";
      case "next":
        if (this.#unverified === 0) {
          this.#emitBlock(block);
          this.emitAhead();
          return "head";
        }
        this.#ahead.put(block);
        return "ask";
      case "ahead":
        this.#ahead.put(block);
        return "ask";
      case "other":
        this.rewind(topoheight - 1, this.#headAt(topoheight - 1));
        this.#emitBlock(block);
        this.#unverified++;
        return "ask";
      case "forgotten":
        this.#unverified++;
        return "ask";
    }
  }

  /** The source reports that the blocks above this topoheight are no longer valid. */
  rewoundTo(topoheight: number): void {
    const to = Math.max(-1, topoheight);
    if (this.#begun && to < this.#window.next - 1) this.rewind(to, this.#headAt(to));
  }

  /** Starts at the top if the stream has no start, and marks the blocks unverified if the tip contradicts them. */
  look(tip: ChainTip, shorter: boolean): void {
    if (!this.#begun) {
      const { topoheight, hash, height, timestampSeconds } = tip;
      this.#window = new BlockWindow(topoheight + 1, { hash, height, timestampMs: timestampSeconds * 1000 });
      this.#origin = topoheight + 1;
      this.#begun = true;
      this.emitHead(tip);
    }
    // A lower stable height may be the only sign of a rewind past it.
    if (shorter || tip.stableTopoheight < this.#stableTopoheight) this.#unverified++;
    this.claimed(tip.topoheight, tip.hash);
  }

  /** No block was emitted yet, so there is nothing to rewind. */
  get waits(): boolean {
    return this.#past && this.#window.size === 0 && this.#window.next <= this.#origin;
  }

  /**
   * The highest emitted topoheight that is still valid, if the remembered blocks are valid up to `good`. Blocks below
   * `pruned` can't change and can't be emitted again.
   */
  trusted(good: number, pruned: number): number {
    const { size, next, first } = this.#window;
    const unknown = size === 0 ? good < next - 1 : good < first;
    // No remembered block is valid: the branch point is unknown, so the stream starts again.
    return unknown && next > this.#origin ? Math.min(good, Math.max(this.#origin, pruned) - 1) : good;
  }

  /** All blocks up to `good` are valid; no block is unverified any more. */
  cleared(good: number, tip: ChainTip): void {
    if (good < this.#window.next - 1) this.rewind(good, tip);
    this.#unverified = 0;
    this.#fixed = Math.min(good, tip.stableTopoheight);
  }

  /** Skips blocks that are pruned, or too many for a facts source that needs no history. */
  skipAsNeeded({ firstTopoheight = 0, topoheight }: ChainTip): void {
    const fromTopoheight = this.#window.next;
    const many = !this.#past && topoheight - fromTopoheight >= CATCH_UP_MAX_BLOCKS;
    this.skipTo(many ? topoheight : firstTopoheight);
  }

  /** Skips the blocks before this topoheight. */
  skipTo(topoheight: number): void {
    const fromTopoheight = this.#window.next;
    if (topoheight <= fromTopoheight) return;
    this.#window.moveTo(topoheight);
    this.#emittedSinceHead = true;
    this.#emit({ kind: "skipped", fromTopoheight, toTopoheight: topoheight - 1 });
  }

  /** Emits the blocks that were not emitted. False: one of them contradicts an emitted one, so those are unverified. */
  take(blocks: readonly ChainBlock[]): boolean {
    for (const block of blocks) {
      const relation = this.#window.relation(block.topoheight, block.hash);
      if (relation === "next") this.#emitBlock(block);
      else if (relation !== "emitted") {
        this.#unverified++;
        return false;
      }
    }
    this.emitAhead();
    return true;
  }

  /** Emits early blocks that are next now. */
  emitAhead(): void {
    for (;;) {
      const block = this.#unverified === 0 && this.#ahead.size > 0 ? this.#ahead.take(this.#window.next) : undefined;
      if (block === undefined) return;
      this.#emitBlock(block);
    }
  }

  /** All blocks up to `asked` were compared in this round; undefined: not all. Drops early blocks that are behind. */
  asked(asked: number | undefined, tip: ChainTip): void {
    if (asked !== undefined && this.#unverified === 0) this.#fixed = Math.min(asked, tip.stableTopoheight);
    this.#ahead.dropBelow(this.#window.next);
  }

  emitHead(tip: ChainTip): void {
    this.#stableTopoheight = tip.stableTopoheight;
    const top = this.#window.next - 1;
    // Blocks pushed during the round are above the tip.
    const above = top > tip.topoheight && this.#window.at(top) !== undefined;
    const head = headOf(above ? { ...this.#headAt(top), stableHeight: tip.stableHeight } : tip);
    if (!this.#emittedSinceHead && this.#head !== undefined && sameHead(head, this.#head)) return;
    this.#head = head;
    this.#emittedSinceHead = false;
    this.#emit({ kind: "head", head });
  }

  rewind(toTopoheight: number, head: ChainHead): void {
    this.#window.moveTo(toTopoheight + 1);
    this.#fixed = Math.min(this.#fixed, toTopoheight);
    this.#origin = Math.min(this.#origin, toTopoheight + 1);
    // The early blocks belong to the chain that was rewound.
    this.#ahead.clear();
    this.#emittedSinceHead = true;
    this.#head = headOf(head);
    this.#emit({ kind: "rewound", toTopoheight, head: this.#head });
  }

  forgetAhead(): void {
    this.#ahead.clear();
  }

  #emitBlock(block: ChainBlock): void {
    this.#window.append(block);
    this.#emittedSinceHead = true;
    this.#emit({ kind: "block", block });
  }

  /** A head computed from an emitted block. */
  #headAt(topoheight: number): ChainHead {
    const emitted = this.#window.at(topoheight);
    const last = this.#head;
    const height = emitted?.height ?? Math.min(last?.height ?? 0, Math.max(0, topoheight));
    const timestampMs = emitted?.timestampMs;
    return {
      height,
      topoheight: Math.max(0, topoheight),
      stableHeight: Math.min(last?.stableHeight ?? 0, height),
      hash: emitted?.hash ?? "00".repeat(32),
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
