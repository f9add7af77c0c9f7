import {
  createServer as createHttpServer,
  type Server as HttpServer,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import { createServer, type Server, Socket } from "node:net";
import type { DaemonTimers } from "./daemon-timers.js";
import {
  answerBytes,
  BAD_HANDSHAKE,
  type HttpAnswer,
  jsonAnswer,
  NO_UPGRADE,
  NOT_FOUND,
  pathOf,
  readBody,
  sendAnswer,
  TIMED_OUT,
  TOO_LARGE,
  TOO_MANY,
  textAnswer,
} from "./http-answers.js";
import type { Misbehaving } from "./rpc-fault.js";
import { handshake, WsSession } from "./ws-session.js";

/** The answer to one body or frame. */
export type Outcome = { readonly kind: "text"; readonly text: string } | Misbehaving;

export interface RpcServerOptions {
  readonly timers: DaemonTimers;
  /** Cap of new WebSocket connections in a minute; the next gets a 429. Undefined: no cap. */
  readonly connectionsPerMinute: number | undefined;
  /** The answer to GET /. */
  readonly greeting: string;
  /** `session` is undefined for HTTP. */
  answer(body: string, session: WsSession | undefined): Outcome;
  /** The current delay of an answer. */
  slowMs(): number;
  /** A client connected or disconnected. */
  changed(): void;
}

/** The RPC port, with HTTP and WebSocket. It can't be reopened after `close`: make another. */
export class RpcServer {
  readonly sessions = new Set<WsSession>();
  readonly #options: RpcServerOptions;
  readonly #tcp: Server;
  readonly #http: HttpServer;
  readonly #sockets = new Set<Socket>();
  readonly #delayed = new Set<NodeJS.Timeout>();
  readonly #idle = new Map<Socket, NodeJS.Timeout>();
  readonly #upgraded = new Map<Socket, WsSession>();
  readonly #upgradeTimes: number[] = [];
  #frozen = false;
  #held: (() => void)[] = [];

  constructor(options: RpcServerOptions) {
    this.#options = options;
    this.#http = createHttpServer({ keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 });
    this.#http.on("request", (request, response) => {
      this.#busy(request.socket);
      response.on("finish", () => this.#awaitRequest(request.socket, true));
      this.#route(request, response).catch(() => request.socket.destroy());
    });
    this.#http.on("upgrade", (request, stream, head) => {
      if (stream instanceof Socket) this.#upgrade(request, stream, head);
      else stream.destroy();
    });
    this.#tcp = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => {
        this.#sockets.delete(socket);
        this.#busy(socket);
      });
      this.whenAwake(() => this.#serve(socket));
    });
  }

  /** Listens and returns the port. Rejects if the port is taken. */
  listen(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#tcp.once("error", reject);
      this.#tcp.listen({ port, host: "127.0.0.1" }, () => {
        const address = this.#tcp.address();
        resolve(typeof address === "object" && address !== null ? address.port : port);
      });
    });
  }

  /** Ends every connection and frees the port. */
  async close(reset: boolean): Promise<void> {
    const closed = this.#tcp.listening
      ? new Promise<void>((resolve) => void this.#tcp.close(() => resolve()))
      : Promise.resolve();
    for (const timer of [...this.#delayed, ...this.#idle.values()]) clearTimeout(timer);
    this.#held = [];
    this.#idle.clear();
    for (const session of this.#upgraded.values()) session.drop(reset);
    for (const socket of this.#sockets) {
      if (reset) socket.resetAndDestroy();
      else socket.destroy();
    }
    await closed;
  }

  freeze(): void {
    this.#frozen = true;
    for (const [socket, session] of this.#upgraded) if (!socket.destroyed) session.freeze();
    for (const socket of this.#sockets) if (!this.#upgraded.has(socket)) socket.pause();
  }

  thaw(): void {
    this.#frozen = false;
    for (const [socket, session] of this.#upgraded) if (!socket.destroyed) session.thaw();
    for (const socket of this.#sockets) if (!this.#upgraded.has(socket)) socket.resume();
    for (const run of this.#held.splice(0)) run();
  }

  /** Runs now, or when the daemon is no longer frozen. */
  whenAwake(run: () => void): void {
    if (this.#frozen) this.#held.push(run);
    else run();
  }

  /** Runs after a delay, not while frozen, and never after the close. */
  after(delayMs: number, run: () => void): void {
    if (delayMs <= 0) {
      this.whenAwake(run);
      return;
    }
    const timer = setTimeout(() => {
      this.#delayed.delete(timer);
      this.whenAwake(run);
    }, delayMs);
    this.#delayed.add(timer);
  }

  #serve(socket: Socket): void {
    if (socket.destroyed) return;
    this.#http.emit("connection", socket);
    socket.resume();
    this.#awaitRequest(socket, false);
  }

  /** A silent connection gets a 408; one with an earlier answer is closed without output. */
  #awaitRequest(socket: Socket, answered: boolean): void {
    this.#busy(socket);
    if (socket.destroyed || this.#upgraded.has(socket)) return;
    const hangUp = (): void => {
      if (this.#idle.get(socket) !== timer) return;
      if (!answered) socket.write(answerBytes(TIMED_OUT, false));
      socket.destroySoon();
    };
    // Input that arrived in time may not be read yet.
    const timer = setTimeout(() => this.whenAwake(() => setImmediate(hangUp)), this.#options.timers.idleMs);
    this.#idle.set(socket, timer);
  }

  #busy(socket: Socket): void {
    clearTimeout(this.#idle.get(socket));
    this.#idle.delete(socket);
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    const elsewhere = this.#answerElsewhere(`${request.method} ${pathOf(request)}`);
    if (elsewhere !== undefined || body === undefined) {
      sendAnswer(response, elsewhere ?? TOO_LARGE);
      return;
    }
    const outcome = this.#options.answer(body, undefined);
    this.after(this.#options.slowMs(), () => {
      if (outcome.kind === "text" || outcome.kind === "raw") sendAnswer(response, jsonAnswer(outcome.text));
      else if (outcome.kind !== "silence") request.socket.destroy();
    });
  }

  /** Undefined for a call. */
  #answerElsewhere(route: string): HttpAnswer | undefined {
    switch (route) {
      case "POST /json_rpc":
        return undefined;
      case "GET /json_rpc":
        return NO_UPGRADE;
      case "GET /":
        return textAnswer(this.#options.greeting);
      default:
        return NOT_FOUND;
    }
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    this.#busy(socket);
    // An error of a connection also closes it.
    socket.on("error", () => undefined);
    const refusal = this.#refusal(request);
    if (refusal !== undefined) {
      socket.end(answerBytes(refusal, true));
      socket.resume();
      return;
    }
    socket.write(handshake(request.headers["sec-websocket-key"] ?? ""));
    const session = new WsSession(socket, head, this.#options.timers, {
      message: (from, text) => this.#message(from, text),
      ended: (from) => {
        this.sessions.delete(from);
        this.#options.changed();
      },
    });
    this.#upgraded.set(socket, session);
    socket.on("close", () => this.#upgraded.delete(socket));
    if (session.open) this.sessions.add(session);
    this.#options.changed();
  }

  #refusal(request: IncomingMessage): HttpAnswer | undefined {
    const { upgrade, "sec-websocket-key": key, "sec-websocket-version": version } = request.headers;
    if (request.method !== "GET" || pathOf(request) !== "/json_rpc") return NOT_FOUND;
    if (upgrade?.toLowerCase() !== "websocket" || key === undefined || version !== "13") return BAD_HANDSHAKE;
    const limit = this.#options.connectionsPerMinute;
    if (limit === undefined) return undefined;
    const now = performance.now();
    while (this.#upgradeTimes.length > 0 && now - (this.#upgradeTimes[0] ?? 0) > 60_000) this.#upgradeTimes.shift();
    if (this.#upgradeTimes.length >= limit) return TOO_MANY;
    this.#upgradeTimes.push(now);
    return undefined;
  }

  #message(session: WsSession, text: string): void {
    const outcome = this.#options.answer(text, session);
    this.after(this.#options.slowMs(), () => {
      switch (outcome.kind) {
        case "text":
        case "raw":
          session.sendText(outcome.text);
          break;
        case "panic":
          session.zombify();
          break;
        case "disconnect":
          session.drop(false);
          break;
        case "silence":
      }
    });
  }
}
