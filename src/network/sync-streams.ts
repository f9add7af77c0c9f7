import type { Stream } from "@libp2p/interface";
import { NetworkError } from "../protocol/errors.js";
import { FRAME_MAX_BYTES } from "../protocol/frames.js";
import { SEND_QUEUE_BYTES, SEND_QUEUE_FRAMES, SEND_TIMEOUT_MS, SYNC_PROTOCOL } from "./constants.js";
import { deadline } from "./deadline.js";
import { FrameStream } from "./frame-stream.js";
import type { Session } from "./session.js";
import type { NetworkHandlers } from "./types.js";

export interface SyncOptions {
  readonly handlers: NetworkHandlers;
  /** Closes the peer's connection for a reason; the fault is reported by it. */
  readonly drop: (session: Session, code: "frame_too_large" | "peer_busy") => void;
}

/** What is on its way to one session. */
interface Outbox {
  stream: Promise<FrameStream> | undefined;
  /** Settles when the frame before is written; never rejects. */
  last: Promise<void>;
  frames: number;
  bytes: number;
}

/**
 * /tos-ai/sync/1 (protocol.md, Sync). Each side writes on one long-lived stream that it opens with its first frame, and
 * reads the one the other opened: two half-used streams need no rule about who opens. A frame is read when the handler
 * has finished with the one before, so a slow node slows its peers and buffers at most one stream window of each.
 */
export class SyncStreams {
  readonly #options: SyncOptions;
  readonly #outboxes = new Map<Session, Outbox>();
  readonly #inbound = new Map<Session, FrameStream>();

  constructor(options: SyncOptions) {
    this.#options = options;
  }

  /** Reads a peer's stream; a newer one takes the place of an older. Called after hello only. */
  accept(session: Session, stream: Stream): void {
    this.#inbound.get(session)?.stream.abort(new Error("replaced by a newer stream"));
    const frames = new FrameStream(stream, FRAME_MAX_BYTES);
    this.#inbound.set(session, frames);
    void this.#read(session, frames);
  }

  /** Writes one frame in order of calls. Errors: `frame_too_large`, `peer_busy`, `peer_gone`, `stopped` (aborted). */
  async send(session: Session, frame: Uint8Array, timeoutMs = SEND_TIMEOUT_MS, signal?: AbortSignal): Promise<void> {
    if (frame.length > FRAME_MAX_BYTES) throw new NetworkError("frame_too_large", `frame of ${frame.length} bytes`);
    const outbox = this.#outboxOf(session);
    if (outbox.frames >= SEND_QUEUE_FRAMES || outbox.bytes + frame.length > SEND_QUEUE_BYTES) {
      throw new NetworkError("peer_busy", "too many frames wait for this peer");
    }
    outbox.frames += 1;
    outbox.bytes += frame.length;
    const before = outbox.last;
    const written = this.#write(session, outbox, before, frame, timeoutMs, signal).finally(() => {
      outbox.frames -= 1;
      outbox.bytes -= frame.length;
    });
    // After both: a frame given up while it waited must not let the next one past those before it.
    outbox.last = Promise.allSettled([before, written]).then(() => undefined);
    return written;
  }

  /** The session closed. */
  forget(session: Session): void {
    this.#outboxes.delete(session);
    this.#inbound.delete(session);
  }

  sizes(): Record<string, number> {
    let syncQueuedFrames = 0;
    let syncQueuedBytes = 0;
    let syncUnreadBytes = 0;
    for (const outbox of this.#outboxes.values()) {
      syncQueuedFrames += outbox.frames;
      syncQueuedBytes += outbox.bytes;
    }
    for (const frames of this.#inbound.values()) syncUnreadBytes += frames.waitingBytes;
    return { syncQueuedFrames, syncQueuedBytes, syncUnreadBytes };
  }

  #outboxOf(session: Session): Outbox {
    let outbox = this.#outboxes.get(session);
    if (outbox === undefined) {
      outbox = { stream: undefined, last: Promise.resolve(), frames: 0, bytes: 0 };
      this.#outboxes.set(session, outbox);
    }
    return outbox;
  }

  async #write(
    session: Session,
    outbox: Outbox,
    before: Promise<void>,
    frame: Uint8Array,
    timeoutMs: number,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const limit = deadline(timeoutMs, signal, session.signal);
    try {
      await settled(before, limit.signal);
      outbox.stream ??= this.#open(session);
      const stream = await settled(outbox.stream, limit.signal);
      await stream.send(frame, limit.signal);
    } catch (error) {
      if (session.closed) throw new NetworkError("peer_gone", "the connection closed", { cause: error });
      if (limit.expired()) {
        this.#options.drop(session, "peer_busy");
        throw new NetworkError("peer_busy", "the peer does not read", { cause: error });
      }
      if (signal?.aborted === true) throw new NetworkError("stopped", "sending was aborted", { cause: error });
      outbox.stream = undefined;
      throw error instanceof NetworkError ? error : new NetworkError("peer_gone", "no sync stream", { cause: error });
    } finally {
      limit.clear();
    }
  }

  async #open(session: Session): Promise<FrameStream> {
    const stream = await session.connection.newStream(SYNC_PROTOCOL, { signal: session.signal });
    return new FrameStream(stream, FRAME_MAX_BYTES);
  }

  async #read(session: Session, frames: FrameStream): Promise<void> {
    try {
      for (;;) {
        const frame = await frames.next(session.signal);
        if (frame === undefined) break;
        await this.#options.handlers.frame(session.peer, frame);
      }
      await frames.stream.close({ signal: session.signal });
    } catch (error) {
      if (error instanceof NetworkError && error.code === "frame_too_large") {
        this.#options.drop(session, "frame_too_large");
      }
      frames.stream.abort(error instanceof Error ? error : new Error("reading failed"));
    } finally {
      if (this.#inbound.get(session) === frames) this.#inbound.delete(session);
    }
  }
}

/** The promise, or the signal's reason if that comes first. */
async function settled<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) {
    // Nobody waits for it any more; without a handler its failure would end the process.
    promise.catch(() => undefined);
    throw signal.reason;
  }
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    if (onAbort !== undefined) signal.removeEventListener("abort", onAbort);
  }
}
