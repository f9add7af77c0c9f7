import type { Stream } from "@libp2p/interface";
import { NetworkError } from "../protocol/errors.js";
import { decodeKnownPeers, encodeKnownPeers, KNOWN_PEERS_MAX_BYTES } from "../protocol/known-peers.js";
import {
  PEERS_ANSWER_MS,
  PEERS_ASK_MS,
  PEERS_FIRST_ASK_MS,
  PEERS_PROTOCOL,
  PEERS_TIMEOUT_MS,
  TARGET_CONNECTIONS,
} from "./constants.js";
import type { Session } from "./sessions/index.js";
import { deadline, FrameStream } from "./streams/index.js";

export interface PeerExchangeOptions {
  readonly readySessions: () => Iterable<Session>;
  /** Multiaddrs of recently reached peers that the other end can use, at most as many as a hello holds. */
  readonly knownFor: (session: Session) => readonly string[];
  /** Receives the addresses that a peer sent. They are hints. */
  readonly received: (session: Session, known: readonly string[]) => void;
  /** Closes the peer's connection and reports the fault. */
  readonly drop: (session: Session, code: "frame_too_large" | "frame_malformed") => void;
  readonly nowMs: () => number;
}

/**
 * /tos-ai/peers/1 (protocol.md, Identities). A hello holds only the peers known at its time, so peers that join one
 * bootstrap node together would never learn of each other. A node with too few peers asks its peers in turn.
 */
export class PeerExchange {
  readonly #options: PeerExchangeOptions;
  /** When each session was asked last; one entry per connection at most. */
  readonly #asked = new Map<Session, number>();
  /** When each session was answered last; likewise. */
  readonly #answered = new Map<Session, number>();
  #dueMs = Number.POSITIVE_INFINITY;
  #answers = 0;
  #refusals = 0;
  #failures = 0;

  constructor(options: PeerExchangeOptions) {
    this.#options = options;
  }

  /** A session became ready. Its peer may soon know more peers than its hello held. */
  ready(): void {
    this.#dueMs = Math.min(this.#dueMs, this.#options.nowMs() + PEERS_FIRST_ASK_MS);
  }

  /**
   * Asks the next peer if an ask is due and peers are wanted. It does not wait for the answer. Call it every TICK_MS.
   */
  tick(): void {
    const nowMs = this.#options.nowMs();
    if (nowMs < this.#dueMs) return;
    const sessions = [...this.#options.readySessions()];
    const lastMs = (session: Session) => this.#asked.get(session) ?? Number.NEGATIVE_INFINITY;
    const [first] = sessions.sort((a, b) => (lastMs(a) < lastMs(b) ? -1 : 1));
    this.#dueMs = nowMs + PEERS_ASK_MS;
    if (first === undefined || sessions.length >= TARGET_CONNECTIONS || nowMs - lastMs(first) < PEERS_ASK_MS) return;
    this.#asked.set(first, nowMs);
    void this.#ask(first);
  }

  /** Answers a peer's stream, or resets it within PEERS_ANSWER_MS of the last answer. Called after hello only. */
  accept(session: Session, stream: Stream): void {
    const nowMs = this.#options.nowMs();
    const lastMs = this.#answered.get(session);
    if (session.closed || (lastMs !== undefined && nowMs - lastMs < PEERS_ANSWER_MS)) {
      this.#refusals += 1;
      stream.abort(new Error("asked for peers too often"));
      return;
    }
    this.#answered.set(session, nowMs);
    void this.#answer(session, stream);
  }

  /** The session closed. */
  forget(session: Session): void {
    this.#asked.delete(session);
    this.#answered.delete(session);
  }

  /** Counts since the start: answers received, asks of peers that were reset, own asks that failed. */
  sizes(): Record<string, number> {
    return { peerAnswers: this.#answers, peerAsksRefused: this.#refusals, peerAsksFailed: this.#failures };
  }

  async #ask(session: Session): Promise<void> {
    const limit = deadline(PEERS_TIMEOUT_MS, session.signal);
    let stream: Stream | undefined;
    try {
      stream = await session.connection.newStream(PEERS_PROTOCOL, { signal: limit.signal });
      const frames = new FrameStream(stream, KNOWN_PEERS_MAX_BYTES);
      await stream.close({ signal: limit.signal });
      const bytes = await frames.next(limit.signal);
      if (bytes === undefined) throw new NetworkError("peer_gone", "no answer");
      const known = decodeKnownPeers(bytes);
      if (!known.ok) throw new NetworkError("frame_malformed", "not a list of known peers");
      if ((await frames.next(limit.signal)) !== undefined) throw new NetworkError("frame_malformed", "a second answer");
      this.#answers += 1;
      this.#options.received(session, known.value);
    } catch (error) {
      this.#failures += 1;
      stream?.abort(error instanceof Error ? error : new Error("asking for peers failed"));
      const code = error instanceof NetworkError ? error.code : undefined;
      // A peer without the protocol, or a slow one, costs this ask only.
      if (code === "frame_too_large" || code === "frame_malformed") this.#options.drop(session, code);
    } finally {
      limit.clear();
    }
  }

  async #answer(session: Session, stream: Stream): Promise<void> {
    const limit = deadline(PEERS_TIMEOUT_MS, session.signal);
    try {
      const frames = new FrameStream(stream, 0);
      await frames.send(encodeKnownPeers(this.#options.knownFor(session)), limit.signal);
      await stream.close({ signal: limit.signal });
      if ((await frames.next(limit.signal)) !== undefined) throw new NetworkError("frame_malformed", "not empty");
    } catch (error) {
      stream.abort(error instanceof Error ? error : new Error("answering failed"));
    } finally {
      limit.clear();
    }
  }
}
