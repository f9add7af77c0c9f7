import type { Frame } from "../../protocol/frames.js";
import type { Context } from "../context.js";

/** Bytes of frames that are sent in one turn; the next turn follows when they are sent. */
const TURN_BYTES = 256 * 1024;

/** The frames of an exchange in order, sent in turns as the peer's stream takes them. */
export class FrameQueue {
  readonly #context: Context;
  readonly #peer: string;
  readonly #requestId: string;
  #frames: Frame[] = [];
  #sending = false;

  constructor(context: Context, peer: string, requestId: string) {
    this.#context = context;
    this.#peer = peer;
    this.#requestId = requestId;
  }

  /** Whether all frames are sent. */
  get empty(): boolean {
    return this.#frames.length === 0 && !this.#sending;
  }

  fingerprints(bytes: Uint8Array): void {
    this.#frames.push({ kind: "fingerprints", requestId: this.#requestId, bytes });
  }

  difference(bytes: Uint8Array): void {
    this.#frames.push({ kind: "difference", requestId: this.#requestId, bytes });
  }

  /** Sends the next turn, unless one is being sent. */
  flush(): void {
    if (this.#sending || this.#frames.length === 0) return;
    let bytes = 0;
    let count = 0;
    for (const frame of this.#frames) {
      if (bytes >= TURN_BYTES) break;
      bytes += "bytes" in frame ? frame.bytes.length : 0;
      count++;
    }
    const frames = this.#frames.splice(0, count);
    this.#sending = true;
    const { out } = this.#context;
    out.count("compared_bytes", "out", bytes);
    out.emit({ kind: "send_frames", peer: this.#peer, requestId: this.#requestId, frames });
  }

  /** A turn was sent. */
  sent(): void {
    this.#sending = false;
  }
}
