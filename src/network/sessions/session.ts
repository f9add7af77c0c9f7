import { setMaxListeners } from "node:events";
import type { Connection, Stream } from "@libp2p/interface";
import type { PeerFacts } from "../../engine/index.js";
import type { DialReason } from "../../protocol/dial-reasons.js";
import { HELD_STREAMS_MAX } from "../constants.js";
import { pauseStream } from "../streams/index.js";

/** A stream that came before hello, and its handler. */
interface HeldStream {
  readonly stream: Stream;
  readonly hand: () => void;
}

/**
 * One libp2p connection from open to close. Until its hello has succeeded, streams of other protocols are held here
 * unread (protocol.md, Identities): paused, so that no more than one stream window of each is taken from the peer.
 */
export class Session {
  readonly connection: Connection;
  readonly peer: string;
  readonly dialed: boolean;
  readonly openedMs: number;
  /** Of the connection's hello; absent before it. */
  facts: PeerFacts | undefined;
  latencyMs: number | undefined;
  /** Why its hello was refused; undefined if it was not. */
  refusal: DialReason | undefined;
  /** The peer dialled while this node had no place: it gets addresses of other peers in place of an answer. */
  readonly isVisit: boolean;
  /** The one hello stream has come. */
  helloStarted = false;
  /** The peer subscribed to a topic of ours. */
  subscribed = false;
  closed = false;
  #held: HeldStream[] = [];
  readonly #closing = new AbortController();

  constructor(connection: Connection, nowMs: number, isVisit = false) {
    this.connection = connection;
    this.isVisit = isVisit;
    this.peer = connection.remotePeer.toString();
    this.dialed = connection.direction === "outbound";
    this.openedMs = nowMs;
    // Each queued frame adds one listener. The send queue bounds their number.
    setMaxListeners(0, this.#closing.signal);
  }

  /** Fires when the connection closes. */
  get signal(): AbortSignal {
    return this.#closing.signal;
  }

  get held(): number {
    return this.#held.length;
  }

  /**
   * After hello it hands the stream over at once. Before, it holds the stream, or resets it above HELD_STREAMS_MAX. A
   * held stream is paused; `hand` resumes it.
   */
  admit(stream: Stream, hand: () => void): void {
    if (this.facts !== undefined) {
      hand();
      return;
    }
    this.#held = this.#held.filter((entry) => entry.stream.status === "open");
    if (this.closed || this.#held.length >= HELD_STREAMS_MAX) {
      stream.abort(new Error("too many streams before hello"));
      return;
    }
    pauseStream(stream);
    this.#held.push({ stream, hand });
  }

  /** Hands over the held streams in order of arrival. */
  release(): void {
    const held = this.#held;
    this.#held = [];
    for (const { stream, hand } of held) {
      if (stream.status === "open") hand();
    }
  }

  /** The connection closed, with its held streams. */
  end(): void {
    this.closed = true;
    this.#held = [];
    this.#closing.abort();
  }
}
