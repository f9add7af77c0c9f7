import type { Stream } from "@libp2p/interface";
import { concatBytes, readU32, writeU32 } from "../../protocol/bytes.js";
import { NetworkError } from "../../protocol/errors.js";
import { plainBytes } from "./plain-bytes.js";
import { pauseStream, resumeStream } from "./stream-flow.js";

const LENGTH_BYTES = 4;

/**
 * Frames over one libp2p stream, each after its u32 length (protocol.md, Identities and Sync). The stream is paused
 * while no frame is requested, so the window of the sender closes. At most two stream windows wait here: one that was
 * read from the stream, and one inside the stream. A write waits while the buffer of the stream is full.
 */
export class FrameStream {
  readonly stream: Stream;
  readonly #maxBytes: number;
  #chunks: Uint8Array[] = [];
  #buffered = 0;
  /** Bytes that the reader waits for; 0 while there is no reader. */
  #wanted = 0;
  /** The stream is handing over its bytes: see {@link FrameStream.#readOn}. */
  #resuming = false;
  #ended: boolean;
  /** The other side closed its writing side. A reset does not set it. */
  #finished: boolean;
  /** The length of a frame was read, its bytes were not. */
  #inFrame = false;
  #wake: (() => void) | undefined;

  constructor(stream: Stream, maxBytes: number) {
    this.stream = stream;
    this.#maxBytes = maxBytes;
    const broken = stream.status === "reset" || stream.status === "aborted";
    this.#ended = stream.readableEnded || broken;
    this.#finished = stream.remoteWriteStatus === "closed" && !broken;
    pauseStream(stream);
    stream.addEventListener("message", (event) => {
      const bytes = plainBytes(event.data.subarray());
      this.#chunks.push(bytes);
      this.#buffered += bytes.length;
      if (this.#resuming || this.#buffered < this.#wanted) return;
      pauseStream(stream);
      this.#wake?.();
    });
    const end = () => {
      this.#ended = true;
      this.#wake?.();
    };
    stream.addEventListener("remoteCloseWrite", () => {
      this.#finished = true;
    });
    stream.addEventListener("end", end);
    stream.addEventListener("close", end);
  }

  /** No more bytes come. Earlier bytes may still wait. */
  get finished(): boolean {
    return this.#finished || this.#ended;
  }

  /** After the end: the stream was not reset and did not end inside a frame. False means that bytes are lost. */
  get whole(): boolean {
    return (this.#finished || this.stream.status === "closed") && !this.#inFrame && this.#buffered === 0;
  }

  /** Bytes received and not yet taken, here and in the stream. */
  get waitingBytes(): number {
    return this.#buffered + this.stream.readBufferLength;
  }

  /** The next frame, or undefined at the end. Throws `frame_too_large` before reading it, and when the signal fires. */
  async next(signal?: AbortSignal): Promise<Uint8Array | undefined> {
    const head = await this.#take(LENGTH_BYTES, signal);
    if (head === undefined) return undefined;
    const length = readU32(head, 0);
    if (length > this.#maxBytes) throw new NetworkError("frame_too_large", `frame of ${length} bytes`);
    this.#inFrame = true;
    const frame = await this.#take(length, signal);
    this.#inFrame = frame === undefined;
    return frame;
  }

  /** Writes one frame if the stream can take it now; false: nothing was written. */
  sendNow(frame: Uint8Array): boolean {
    if (this.stream.writeStatus !== "writable" || this.stream.writableNeedsDrain) return false;
    this.#write(frame);
    return true;
  }

  /** Writes one frame once the stream can take it. Throws `peer_gone` on a closed stream, and when the signal fires. */
  async send(frame: Uint8Array, signal?: AbortSignal): Promise<void> {
    while (this.stream.writeStatus === "writable" && this.stream.writableNeedsDrain) {
      await this.#drained(signal);
    }
    signal?.throwIfAborted();
    if (this.stream.writeStatus !== "writable") throw new NetworkError("peer_gone", "the stream is closed");
    this.#write(frame);
  }

  #write(frame: Uint8Array): void {
    const bytes = new Uint8Array(LENGTH_BYTES + frame.length);
    writeU32(bytes, 0, frame.length);
    bytes.set(frame, LENGTH_BYTES);
    this.stream.send(bytes);
  }

  async #take(count: number, signal: AbortSignal | undefined): Promise<Uint8Array | undefined> {
    if (!(await this.#gathered(count, signal))) return undefined;
    this.#buffered -= count;
    const taken: Uint8Array[] = [];
    for (let left = count; left > 0; ) {
      const [chunk] = this.#chunks;
      if (chunk === undefined) break;
      if (chunk.length <= left) this.#chunks.shift();
      else this.#chunks[0] = chunk.subarray(left);
      taken.push(chunk.subarray(0, left));
      left -= Math.min(chunk.length, left);
    }
    const [only] = taken;
    return taken.length === 1 && only !== undefined ? only : concatBytes(taken);
  }

  /** Resolves with true when `count` bytes wait here, with false when the stream ended before. */
  async #gathered(count: number, signal: AbortSignal | undefined): Promise<boolean> {
    if (this.#buffered >= count) return true;
    this.#wanted = count;
    try {
      for (;;) {
        this.#readOn();
        if (this.#buffered >= count) return true;
        if (this.#ended) return false;
        await this.#more(signal);
      }
    } finally {
      this.#wanted = 0;
      pauseStream(this.stream);
    }
  }

  /**
   * A resumed stream emits its bytes within the call, and then grants the sender a new window. A pause from inside the
   * call has no effect on that: the stream counts as paused and still takes data without end. So the stream is paused
   * only after the call has returned.
   */
  #readOn(): void {
    this.#resuming = true;
    try {
      resumeStream(this.stream);
    } finally {
      this.#resuming = false;
    }
  }

  async #more(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    await new Promise<void>((resolve) => {
      this.#wake = () => {
        this.#wake = undefined;
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      const wake = this.#wake;
      signal?.addEventListener("abort", wake, { once: true });
    });
    signal?.throwIfAborted();
  }

  async #drained(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    await new Promise<void>((resolve) => {
      const done = () => {
        this.stream.removeEventListener("drain", done);
        this.stream.removeEventListener("close", done);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      this.stream.addEventListener("drain", done);
      this.stream.addEventListener("close", done);
      signal?.addEventListener("abort", done, { once: true });
    });
    signal?.throwIfAborted();
  }
}
