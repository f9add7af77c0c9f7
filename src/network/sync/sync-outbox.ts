import { raceSignal } from "race-signal";
import { NetworkError } from "../../protocol/errors.js";
import { FRAME_MAX_BYTES } from "../../protocol/frames.js";
import {
  SEND_QUEUE_BYTES,
  SEND_QUEUE_FRAMES,
  SEND_TIMEOUT_MS,
  SYNC_PROTOCOL,
  SYNC_STREAM_MISSING_MS,
} from "../constants.js";
import type { Session } from "../sessions/index.js";
import { deadline, FrameStream } from "../streams/index.js";

export interface OutboxEvents {
  /** The own stream could not be opened. */
  refused(error: unknown): void;
  /** The own stream ended. `broken`: it was reset, and frames in transit are lost. */
  ended(broken: boolean): void;
  /** The peer did not take a frame in time. */
  slow(): void;
}

/** The own sync stream of one session, opened once, and the queue of frames for it. */
export class SyncOutbox {
  readonly #session: Session;
  readonly #events: OutboxEvents;
  readonly #stream: Promise<FrameStream>;
  /** Settles when the frame before is written; never rejects. */
  #last: Promise<void> = Promise.resolve();
  /** The stream once it is open. */
  #opened: FrameStream | undefined;
  #isOpen = false;
  #frames = 0;
  #bytes = 0;

  constructor(session: Session, events: OutboxEvents) {
    this.#session = session;
    this.#events = events;
    this.#stream = this.#open();
    // Each sender gets the error from the promise. The event is called once in any case.
    this.#stream.catch((error: unknown) => events.refused(error));
  }

  get frames(): number {
    return this.#frames;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The stream is open for writing. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Writes one frame in order of calls. Errors: `frame_too_large`, `peer_busy`, `peer_gone`, `stopped` (aborted). */
  async send(frame: Uint8Array, timeoutMs = SEND_TIMEOUT_MS, signal?: AbortSignal): Promise<void> {
    if (frame.length > FRAME_MAX_BYTES) {
      throw new NetworkError("frame_too_large", `frame of ${frame.length} bytes`);
    }
    if (this.#frames >= SEND_QUEUE_FRAMES || this.#bytes + frame.length > SEND_QUEUE_BYTES) {
      throw new NetworkError("peer_busy", "too many frames wait for this peer");
    }
    if (signal?.aborted !== true && this.#writesNow(frame)) return;
    this.#frames += 1;
    this.#bytes += frame.length;
    const before = this.#last;
    const written = this.#write(before, frame, timeoutMs, signal).finally(() => {
      this.#frames -= 1;
      this.#bytes -= frame.length;
    });
    // After both: the next frame must not overtake the earlier ones if a waiting frame is cancelled.
    this.#last = Promise.allSettled([before, written]).then(() => undefined);
    await written;
  }

  /** Writes the frame if nothing waits: then there is no time to limit. */
  #writesNow(frame: Uint8Array): boolean {
    if (this.#frames > 0 || this.#session.closed) return false;
    try {
      return this.#opened?.sendNow(frame) === true;
    } catch (error) {
      throw new NetworkError("peer_gone", "no sync stream", { cause: error });
    }
  }

  async #write(
    before: Promise<void>,
    frame: Uint8Array,
    timeoutMs: number,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const limit = deadline(timeoutMs, signal, this.#session.signal);
    try {
      await raceSignal(before, limit.signal);
      const stream = await raceSignal(this.#stream, limit.signal);
      await stream.send(frame, limit.signal);
    } catch (error) {
      if (this.#session.closed) throw new NetworkError("peer_gone", "the connection closed", { cause: error });
      if (limit.expired()) {
        this.#events.slow();
        throw new NetworkError("peer_busy", "the peer does not read", { cause: error });
      }
      if (signal?.aborted === true) throw new NetworkError("stopped", "sending was aborted", { cause: error });
      throw error instanceof NetworkError ? error : new NetworkError("peer_gone", "no sync stream", { cause: error });
    } finally {
      limit.clear();
    }
  }

  async #open(): Promise<FrameStream> {
    const { connection, signal } = this.#session;
    const limit = deadline(SYNC_STREAM_MISSING_MS, signal);
    try {
      const stream = await connection.newStream(SYNC_PROTOCOL, { signal: limit.signal });
      const ended = () => {
        this.#isOpen = false;
        // If the whole connection closes in the same turn, the event has no effect.
        queueMicrotask(() => this.#events.ended(stream.status !== "closed"));
      };
      if (stream.writeStatus === "writable") this.#isOpen = true;
      else ended();
      stream.addEventListener("close", ended, { once: true });
      this.#opened = new FrameStream(stream, FRAME_MAX_BYTES);
      return this.#opened;
    } finally {
      limit.clear();
    }
  }
}
