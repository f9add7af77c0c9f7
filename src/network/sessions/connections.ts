import { randomBytes } from "node:crypto";
import type { Connection, Stream } from "@libp2p/interface";
import { toHex } from "../../protocol/bytes.js";
import { helloReason } from "../../protocol/dial-reasons.js";
import type { ReasonCode } from "../../protocol/errors.js";
import { encodeHelloRest, HELLO_FRAME_MAX_BYTES, NONCE_BYTES } from "../../protocol/hello.js";
import { addressGroup } from "../addresses/index.js";
import { CROSS_DIAL_MS, HELLO_PROTOCOL, HELLO_TIMEOUT_MS, VISIT_TIMEOUT_MS } from "../constants.js";
import { answers } from "../reach/index.js";
import { type Deadline, deadline, FrameStream } from "../streams/index.js";
import type { ConnectionsOptions } from "./connections-options.js";
import { acceptHello, type HelloOutcome, type HelloSide, type HelloSuccess, openHello } from "./hello.js";
import { describeRefusal } from "./hello-reasons.js";
import { PeerLines } from "./peer-lines.js";
import { Session } from "./session.js";
import { SessionTable } from "./session-table.js";

/**
 * Every connection from open to close, each with its own hello (protocol.md, Identities).
 *
 * A peer has one ready session. Of two connections that both peers dialled within CROSS_DIAL_MS, both sides keep the
 * one dialled by the lower peer id (compared as text). In other cases the newer connection is refused if the older one
 * answers, since two nodes then have one key. It replaces an older one that is half open. `gone` of the old session
 * comes before `ready` of the new one, since salts and exchanges belong to one connection.
 */
export class Connections {
  readonly #options: ConnectionsOptions;
  /** Every open connection, ready or not. */
  readonly sessions = new SessionTable();
  readonly #ready = new Map<string, Session>();
  readonly #hellos = new Map<Session, Deadline>();
  readonly #lines: PeerLines;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
    this.#lines = new PeerLines(options.handlers.log, options.nowMs);
  }

  readyOf(peer: string): Session | undefined {
    return this.#ready.get(peer);
  }

  get readyCount(): number {
    return this.#ready.size;
  }

  readyPeers(): IterableIterator<string> {
    return this.#ready.keys();
  }

  readySessions(): IterableIterator<Session> {
    return this.#ready.values();
  }

  sizes(): Record<string, number> {
    let heldStreams = 0;
    for (const session of this.sessions.all()) heldStreams += session.held;
    return { connections: this.sessions.size, readyPeers: this.#ready.size, heldStreams };
  }

  /**
   * The session of an open connection. It is made at the first call: a stream may come before the event of its
   * connection.
   */
  sessionOf(connection: Connection): Session | undefined {
    const known = this.sessions.get(connection.id);
    if (known !== undefined || connection.status !== "open") return known;
    const session = new Session(connection, this.#options.nowMs(), this.#isVisit(connection));
    this.sessions.add(session);
    connection.addEventListener("close", () => this.#onClose(session), { once: true });
    this.#hellos.set(session, this.#startClock(session));
    if (session.dialed) void this.#dialHello(session);
    return session;
  }

  /** An inbound stream of the hello protocol. Only the dialer opens one, and only once. */
  acceptHelloStream(stream: Stream, connection: Connection): void {
    const session = this.sessionOf(connection);
    if (session === undefined || session.dialed || session.helloStarted) {
      stream.abort(new Error("unexpected hello"));
      return;
    }
    session.helloStarted = true;
    void this.#hello(session, async () => stream, acceptHello);
  }

  /** Closes every connection of the peer at once, without waiting for unsent data. */
  drop(peer: string, why: string): void {
    for (const session of this.sessions.all()) {
      if (session.peer === peer) session.connection.abort(new Error(why));
    }
  }

  /** Closes every connection of the peer after its unsent data. */
  release(peer: string): void {
    for (const session of this.sessions.all()) if (session.peer === peer) void this.#close(session);
  }

  /** Closes a connection on which a required stream is missing. The redial makes a new one. */
  lose(session: Session, code: ReasonCode, what: string): void {
    if (session.connection.status !== "open") return;
    const { handlers } = this.#options;
    const text = `closing a connection that does not work: ${what}`;
    this.#lines.write("info", code, session.peer, text, { peer: session.peer, code });
    handlers.fault(session.peer, code);
    session.connection.abort(new Error(code));
  }

  /** Call it every TICK_MS. */
  tick(): void {
    this.#lines.tick();
  }

  /** Closes all connections, gracefully within the close timeout. */
  async closeAll(): Promise<void> {
    await Promise.all(
      [...this.sessions.all()].map(async ({ connection }) => {
        try {
          await connection.close();
        } catch (error) {
          connection.abort(error instanceof Error ? error : new Error("closing failed"));
        }
      }),
    );
    for (const clock of this.#hellos.values()) clock.clear();
    this.#hellos.clear();
  }

  #isVisit(connection: Connection): boolean {
    // A peer that is ready already takes the place that it has.
    if (connection.direction === "outbound" || this.#ready.has(connection.remotePeer.toString())) return false;
    const taken = [...this.sessions.all()].filter(({ dialed, isVisit }) => !dialed && !isVisit);
    return taken.length >= this.#options.inboundPlaces;
  }

  #startClock(session: Session): Deadline {
    const clock = deadline(session.isVisit ? VISIT_TIMEOUT_MS : HELLO_TIMEOUT_MS, session.signal);
    clock.signal.addEventListener("abort", () => {
      if (clock.expired() && session.facts === undefined) this.#refused(session, "hello_timeout");
    });
    return clock;
  }

  async #dialHello(session: Session): Promise<void> {
    session.helloStarted = true;
    await this.#hello(session, (signal) => session.connection.newStream(HELLO_PROTOCOL, { signal }), openHello);
  }

  async #hello(
    session: Session,
    open: (signal: AbortSignal) => Promise<Stream>,
    speak: (pipe: FrameStream, side: HelloSide, signal: AbortSignal) => Promise<HelloOutcome>,
  ): Promise<void> {
    const clock = this.#hellos.get(session);
    if (clock === undefined) return;
    let stream: Stream | undefined;
    try {
      stream = await open(clock.signal);
      const pipe = new FrameStream(stream, HELLO_FRAME_MAX_BYTES);
      const outcome = await speak(pipe, this.#side(session), clock.signal);
      await stream.close({ signal: clock.signal });
      await this.#settle(session, outcome);
    } catch (error) {
      stream?.abort(error instanceof Error ? error : new Error("hello failed"));
      // The time limit reports its expiry itself. A connection that closed meanwhile is not reported.
      if (!session.closed && !clock.expired()) await this.#cut(session, error);
    } finally {
      clock.clear();
      this.#hellos.delete(session);
    }
  }

  #side(session: Session): HelloSide {
    const { identity, blake3, signer, verify, ownPeerId, restFor, knownFor, nowMs } = this.#options;
    return {
      identity,
      blake3,
      signer,
      verify,
      ownPeerId,
      otherPeerId: session.connection.remotePeer.toMultihash().bytes,
      rest: () => encodeHelloRest(restFor(session.connection)),
      nonce: new Uint8Array(randomBytes(NONCE_BYTES)),
      nowMs,
      isTaken: () => this.#isTaken(session),
      referral: () => (session.isVisit ? knownFor(session.connection) : undefined),
    };
  }

  /**
   * Of two nodes with one peer id the first stays as long as it answers. Otherwise they would replace each other
   * without end. A connection that does not answer is half open and is replaced.
   */
  async #isTaken(session: Session): Promise<boolean> {
    const older = this.#ready.get(session.peer);
    if (older === undefined || this.#isCrossDial(older, session)) return false;
    return (await answers(older.connection, older.signal)) && this.#ready.get(session.peer) === older;
  }

  async #settle(session: Session, outcome: HelloOutcome): Promise<void> {
    switch (outcome.kind) {
      case "ready":
        if (!session.closed) this.#welcome(session, outcome);
        return;
      case "refused":
        this.#refused(session, outcome.code, outcome.by === "us");
        return;
      case "referred":
        this.#referred(session, outcome.known, outcome.by === "us");
        return;
      case "cut":
        await this.#cut(session);
        return;
    }
  }

  #welcome(session: Session, success: HelloSuccess): void {
    session.latencyMs = success.latencyMs;
    const older = this.#ready.get(session.peer);
    if (older === undefined) {
      this.#makeReady(session, success);
    } else if (this.#keepsOlder(older, session)) {
      void this.#close(session);
    } else {
      this.#ready.delete(session.peer);
      // Its waiting frames are dropped from now on, before the new connection is ready.
      older.end();
      this.#options.events.gone(older);
      older.connection.abort(new Error("a newer connection took over"));
      // Gossipsub drops a peer when one of its streams breaks. The streams of the old connection break in this turn.
      setImmediate(() => {
        if (!session.closed && !this.#ready.has(session.peer)) this.#makeReady(session, success);
      });
    }
  }

  #makeReady(session: Session, { key, rest, salt, clock }: HelloSuccess): void {
    const { isConfigured, isExtra } = this.#options;
    session.facts = {
      peer: session.peer,
      key,
      dialed: session.dialed,
      chosen: (session.dialed && !isExtra(session.peer)) || isConfigured(session.peer),
      addressGroup: addressGroup(session.connection.remoteAddr.toString()),
      salt,
      interests: rest.interests,
      features: rest.features,
      registryDigest: toHex(rest.registryDigest),
      registryTimeSeconds: rest.registryTime,
      rosters: rest.rosters.map(({ day, digest }) => ({ day, digest: toHex(digest) })),
      agent: rest.agent,
    };
    this.#ready.set(session.peer, session);
    this.#options.events.ready(session, { rest, clock });
    session.release();
  }

  #isCrossDial(older: Session, newer: Session): boolean {
    return older.dialed !== newer.dialed && newer.openedMs - older.openedMs <= CROSS_DIAL_MS;
  }

  #keepsOlder(older: Session, newer: Session): boolean {
    if (!this.#isCrossDial(older, newer)) return false;
    const lowerIsOwn = this.#options.ownPeer < newer.peer;
    return older.dialed === lowerIsOwn;
  }

  #refused(session: Session, code: ReasonCode, byUs = true): void {
    const { handlers } = this.#options;
    const text = byUs ? `refused a peer: it ${describeRefusal(code)}` : `a peer refused this node: ${code}`;
    const fields = { peer: session.peer, address: session.connection.remoteAddr.toString(), code };
    this.#lines.write("warn", byUs ? code : `${code} by them`, session.peer, text, fields);
    handlers.fault(session.peer, code);
    session.refusal = helloReason(code);
    // A peer with a ready session was only dialled twice.
    const isDoubledHere = code === "peer_id_in_use" && !byUs && !this.#ready.has(session.peer);
    this.#options.events.refused(session.refusal, isDoubledHere ? session : undefined);
    void this.#close(session);
  }

  /** One side has no room for the other. That is no fault of either. */
  #referred(session: Session, known: readonly string[], byUs: boolean): void {
    const { handlers, events } = this.#options;
    const text = byUs
      ? "no room for a peer that connects: it got addresses of other peers"
      : "a peer has no room for this node and sent addresses of other peers";
    const fields = { peer: session.peer, code: "peer_busy", addresses: known.length };
    this.#lines.write("info", byUs ? "no_room" : "no_room by them", session.peer, text, fields);
    session.refusal = "peer_busy";
    if (byUs) handlers.connectionRefused("referred");
    else events.referred(session, known);
    void this.#close(session);
  }

  async #cut(session: Session, error?: unknown): Promise<void> {
    const reason = error instanceof Error ? error.name : "end of stream";
    this.#options.handlers.log("debug", "a connection ended during hello", { peer: session.peer, reason });
    await this.#close(session);
  }

  async #close(session: Session): Promise<void> {
    try {
      await session.connection.close();
    } catch (error) {
      session.connection.abort(error instanceof Error ? error : new Error("closing failed"));
    }
  }

  #onClose(session: Session): void {
    this.sessions.delete(session);
    session.end();
    this.#hellos.get(session)?.clear();
    this.#hellos.delete(session);
    if (this.#ready.get(session.peer) === session) {
      this.#ready.delete(session.peer);
      this.#options.events.gone(session);
    }
    this.#options.events.closed(session);
  }
}
