import type { Stream } from "@libp2p/interface";
import { NetworkError } from "../../protocol/errors.js";
import { FRAME_MAX_BYTES } from "../../protocol/frames.js";
import type { Session } from "../sessions/index.js";
import { FrameStream } from "../streams/index.js";

export interface InboxEvents {
  /** One frame; the next is read when the promise resolves. */
  frame(bytes: Uint8Array): Promise<void>;
  /** The peer ended its stream after a whole frame and has opened no other yet. */
  ended(): void;
  /** The stream was reset or ended inside a frame. Frames in transit are lost. */
  broken(): void;
  tooLarge(): void;
}

/**
 * The sync stream that one peer opened. A peer that ends it after a whole frame may open another. The frames of the
 * first are read to the end before those of the second, which keeps their order. Two open streams would have no order.
 */
export class SyncInbox {
  readonly #session: Session;
  readonly #events: InboxEvents;
  #current: FrameStream | undefined;
  /** Opened after the current one ended. The current one is still being read. */
  #next: FrameStream | undefined;

  constructor(session: Session, events: InboxEvents) {
    this.#session = session;
    this.#events = events;
  }

  /** A stream is open, or its frames are still being read. */
  get isOpen(): boolean {
    return this.#current !== undefined;
  }

  get waitingBytes(): number {
    return (this.#current?.waitingBytes ?? 0) + (this.#next?.waitingBytes ?? 0);
  }

  /** Reads the stream after the one before. Resets it if that one is still open. */
  accept(stream: Stream): void {
    if (this.#session.closed || this.#next !== undefined || this.#current?.finished === false) {
      stream.abort(new Error("a second sync stream beside an open one"));
      return;
    }
    const frames = new FrameStream(stream, FRAME_MAX_BYTES);
    if (this.#current === undefined) void this.#readAll(frames);
    else this.#next = frames;
  }

  async #readAll(first: FrameStream): Promise<void> {
    for (let frames: FrameStream | undefined = first; frames !== undefined; frames = this.#next) {
      this.#current = frames;
      this.#next = undefined;
      const whole = await this.#read(frames);
      this.#current = undefined;
      if (whole) continue;
      this.#next = undefined;
      return;
    }
    if (!this.#session.closed) this.#events.ended();
  }

  /** True when the stream ended after a whole frame. */
  async #read(frames: FrameStream): Promise<boolean> {
    const { signal } = this.#session;
    try {
      for (;;) {
        const frame = await frames.next(signal);
        if (frame === undefined) break;
        await this.#events.frame(frame);
      }
      if (frames.whole) {
        await frames.stream.close({ signal });
        return true;
      }
    } catch (error) {
      frames.stream.abort(error instanceof Error ? error : new Error("reading failed"));
      if (this.#session.closed) return false;
      if (error instanceof NetworkError && error.code === "frame_too_large") {
        this.#events.tooLarge();
        return false;
      }
    }
    if (!this.#session.closed) this.#events.broken();
    return false;
  }
}
