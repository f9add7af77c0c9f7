import type { Stream } from "@libp2p/interface";
import { NetworkError } from "../../protocol/errors.js";
import { SYNC_REOPEN_MS, SYNC_STREAM_MISSING_MS } from "../constants.js";
import type { Session } from "../sessions/index.js";
import type { NetworkHandlers, StreamState } from "../types.js";
import { SyncInbox } from "./sync-inbox.js";
import { SyncOutbox } from "./sync-outbox.js";

/** Why sync does not work on a session. */
export type SyncLoss = "sync_stream_lost" | "sync_stream_missing";

export interface SyncOptions {
  readonly handlers: Pick<NetworkHandlers, "frame">;
  /** Closes the connection of the session, since sync does not work on it. The redial makes a new one. */
  readonly lose: (session: Session, code: SyncLoss, what: string) => void;
  /** Closes the peer's connection and reports the fault. */
  readonly drop: (session: Session, code: "frame_too_large" | "peer_busy") => void;
  readonly nowMs: () => number;
}

/** Both directions of one session. `outMissing` and `inMissing` are the times since which a direction has no stream. */
interface Channel {
  readonly outbox: SyncOutbox;
  readonly inbox: SyncInbox;
  outMissing: Missing | undefined;
  inMissing: Missing | undefined;
}

interface Missing {
  readonly sinceMs: number;
  readonly limitMs: number;
  readonly what: string;
}

/**
 * /tos-ai/sync/1 (protocol.md, Sync). After hello each side opens one stream to write on, and reads the one that the
 * other side opened. With a stream for each direction, no rule about the opener is needed. A frame is read after the
 * handler of the frame before resolves, so a slow node slows its peers and buffers at most two stream windows of each.
 *
 * Frames in transit on a stream that breaks are lost, and neither side knows which. So a stream that is reset, or
 * missing for longer than its limit, ends the connection. The exchanges of both sides end with it, and the next
 * connection starts new ones.
 */
export class SyncStreams {
  readonly #options: SyncOptions;
  readonly #channels = new Map<Session, Channel>();

  constructor(options: SyncOptions) {
    this.#options = options;
  }

  /** Hello is done: opens the own stream, and waits for the peer's. */
  ready(session: Session): void {
    this.#channelOf(session);
  }

  /** A stream that the peer opened. Called after hello only. */
  accept(session: Session, stream: Stream): void {
    const channel = this.#channelOf(session);
    channel.inbox.accept(stream);
    if (channel.inbox.isOpen) channel.inMissing = undefined;
  }

  /** Writes one frame in order of calls. Errors: `frame_too_large`, `peer_busy`, `peer_gone`, `stopped` (aborted). */
  async send(session: Session, frame: Uint8Array, timeoutMs?: number, signal?: AbortSignal): Promise<void> {
    const channel = this.#channels.get(session);
    if (channel === undefined) throw new NetworkError("peer_gone", "the connection closed");
    await channel.outbox.send(frame, timeoutMs, signal);
  }

  /** Ends the sessions on which a direction has no stream for too long. Call it every TICK_MS. */
  watch(): void {
    const nowMs = this.#options.nowMs();
    for (const [session, { outMissing, inMissing }] of [...this.#channels]) {
      const late = [outMissing, inMissing].find((missing) => missing && nowMs - missing.sinceMs > missing.limitMs);
      if (late !== undefined) this.#options.lose(session, "sync_stream_missing", late.what);
    }
  }

  /** Whether both directions have a stream. `waiting` lasts no longer than the limit. */
  stateOf(session: Session): StreamState {
    const channel = this.#channels.get(session);
    return channel?.outbox.isOpen === true && channel.inbox.isOpen ? "open" : "waiting";
  }

  /** The session closed. */
  forget(session: Session): void {
    this.#channels.delete(session);
  }

  sizes(): Record<string, number> {
    let syncQueuedFrames = 0;
    let syncQueuedBytes = 0;
    let syncUnreadBytes = 0;
    let syncWaiting = 0;
    for (const [session, { outbox, inbox }] of this.#channels) {
      syncQueuedFrames += outbox.frames;
      syncQueuedBytes += outbox.bytes;
      syncUnreadBytes += inbox.waitingBytes;
      if (this.stateOf(session) !== "open") syncWaiting += 1;
    }
    return { syncQueuedFrames, syncQueuedBytes, syncUnreadBytes, syncWaiting };
  }

  #channelOf(session: Session): Channel {
    const known = this.#channels.get(session);
    if (known !== undefined) return known;
    const { handlers, lose, drop } = this.#options;
    const missing = (limitMs: number, what: string): Missing => ({ sinceMs: this.#options.nowMs(), limitMs, what });
    const channel: Channel = {
      outbox: new SyncOutbox(session, {
        refused: () => lose(session, "sync_stream_missing", "it takes no sync stream"),
        ended: (broken) => {
          if (broken) lose(session, "sync_stream_lost", "the sync stream to it was reset");
          else channel.outMissing = missing(SYNC_REOPEN_MS, "the sync stream to it is closed");
        },
        slow: () => drop(session, "peer_busy"),
      }),
      inbox: new SyncInbox(session, {
        frame: (bytes) => handlers.frame(session.peer, bytes, session.signal),
        ended: () => {
          channel.inMissing = missing(SYNC_REOPEN_MS, "it ended its sync stream and opened no other");
        },
        broken: () => lose(session, "sync_stream_lost", "its sync stream was reset, or ended within a frame"),
        tooLarge: () => drop(session, "frame_too_large"),
      }),
      outMissing: undefined,
      inMissing: missing(SYNC_STREAM_MISSING_MS, "it opens no sync stream"),
    };
    if (!session.closed) this.#channels.set(session, channel);
    return channel;
  }
}
