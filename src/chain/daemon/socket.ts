import { WebSocket } from "ws";
import { NetworkError } from "../../protocol/errors.js";
import { type DaemonEventName, readEvent } from "./daemon-events.js";
import { badAnswer, DaemonRefusal, isRecord, readMessage } from "./daemon-text.js";
import { MESSAGE_MAX_BYTES } from "./limits.js";
import { PendingCalls } from "./pending.js";
import type { CallOptions, DaemonMethod, DaemonParams } from "./requests.js";
import type { DaemonSession, SessionPorts } from "./session.js";

/** The daemon, or a proxy before it, answered the WebSocket upgrade with HTTP. */
export class UpgradeRefused extends NetworkError {
  constructor(status: number) {
    super("chain_unreachable", `the daemon refuses the WebSocket (HTTP ${status})`);
  }
}

/** A connection over WebSocket. The daemon needs unfragmented text frames and empty pongs. */
export class DaemonSocket implements DaemonSession {
  readonly events = true;
  readonly ended: Promise<NetworkError | undefined>;
  readonly #socket: WebSocket;
  readonly #ports: SessionPorts;
  readonly #calls: PendingCalls;
  readonly #subscriptions = new Map<number, DaemonEventName>();
  readonly #silence: NodeJS.Timeout;
  #active = true;
  #pongDue = false;
  #end: (error: NetworkError | undefined) => void = () => undefined;
  #over = false;

  private constructor(socket: WebSocket, ports: SessionPorts) {
    this.#socket = socket;
    this.#ports = ports;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#calls = new PendingCalls({
      send: (text) => socket.send(text),
      answerMs: ports.times.answerMs,
      late: () => {
        ports.count("timeout");
        // The daemon can answer pings while its request handler hangs, so the connection is replaced.
        this.end(new NetworkError("request_timeout", `no answer in ${ports.times.answerMs} ms`));
      },
    });
    this.#silence = setTimeout(() => this.#checkSilence(), ports.times.silenceMs);
    socket.on("message", (data, isBinary) => {
      this.#received();
      if (isBinary) this.#bad(badAnswer("the daemon sent a binary message"));
      else this.#message(String(data));
    });
    socket.on("ping", () => {
      this.#received();
      this.#pong();
    });
    socket.on("pong", () => this.#received());
    socket.on("error", (error) => this.#bad(failure(error)));
    socket.on("close", () => this.end(new NetworkError("chain_unreachable", "the daemon closed the connection")));
  }

  /** `chain_unreachable`, or {@link UpgradeRefused}. */
  static async open(url: string, ports: SessionPorts, signal: AbortSignal): Promise<DaemonSocket> {
    signal.throwIfAborted();
    const socket = new WebSocket(url, {
      perMessageDeflate: false,
      maxPayload: MESSAGE_MAX_BYTES,
      handshakeTimeout: ports.times.openMs,
      autoPong: false,
      followRedirects: false,
    });
    // The session listens before the socket is open: the first ping may arrive with the upgrade.
    const session = new DaemonSocket(socket, ports);
    const leave = () => session.end();
    signal.addEventListener("abort", leave, { once: true });
    const opened = new Promise<true>((resolve) => socket.once("open", () => resolve(true)));
    socket.once("unexpected-response", (_request, response) =>
      session.end(new UpgradeRefused(response.statusCode ?? 0)),
    );
    try {
      const outcome = await Promise.race([opened, session.ended]);
      if (outcome === true) return session;
      signal.throwIfAborted();
      throw outcome ?? new NetworkError("chain_unreachable", "the connection was closed");
    } finally {
      signal.removeEventListener("abort", leave);
    }
  }

  get sizes(): { readonly taken: number; readonly waiting: number } {
    return this.#calls.sizes;
  }

  call<M extends DaemonMethod>(method: M, params: DaemonParams[M], signal: AbortSignal, options?: CallOptions) {
    return this.#calls.call(method, params, signal, options);
  }

  async subscribe(name: DaemonEventName, signal: AbortSignal): Promise<void> {
    const id = this.#calls.nextId();
    // Recorded before the request is sent: an event may arrive before the reply.
    this.#subscriptions.set(id, name);
    try {
      const result = await this.#calls.call("subscribe", { notify: name }, signal, {}, id);
      if (result !== true) throw badAnswer("a subscription was not answered with true");
    } catch (error) {
      this.#subscriptions.delete(id);
      if (!(error instanceof DaemonRefusal)) throw error;
    }
  }

  end(error?: NetworkError): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#silence);
    this.#socket.terminate();
    this.#calls.end(error ?? new NetworkError("stopped", "the connection to the daemon was ended"));
    this.#end(error);
  }

  #received(): void {
    this.#active = true;
    this.#silence.refresh();
  }

  /** One pong for all pings of this turn of the event loop: a flood of pings costs little time and memory. */
  #pong(): void {
    if (this.#pongDue) return;
    this.#pongDue = true;
    setImmediate(() => {
      this.#pongDue = false;
      // The pong is empty: the daemon closes the connection after a pong with data.
      if (this.#socket.readyState === WebSocket.OPEN) this.#socket.pong();
    });
  }

  #checkSilence(): void {
    if (this.#over) return;
    this.#active = false;
    // If this process was suspended, unread messages are in the socket and are read in this turn of the event loop.
    setImmediate(() => {
      if (this.#active || this.#over) return;
      this.#ports.count("silent");
      const { silenceMs } = this.#ports.times;
      this.end(new NetworkError("chain_unreachable", `no message from the daemon for ${silenceMs} ms`));
    });
  }

  #message(text: string): void {
    if (this.#over) return;
    try {
      const message = readMessage(text);
      if (message.id === undefined) throw badAnswer("the daemon could not read a request");
      const { id } = message;
      if (message.kind === "error") {
        if (!this.#calls.refused(id, message.code, message.message)) this.#ports.count("unknown_id");
        return;
      }
      const name = this.#subscriptions.get(id);
      if (name !== undefined && isRecord(message.result)) this.#event(name, message.result);
      else if (!this.#calls.result(id, message.result, text)) this.#ports.count("unknown_id");
    } catch (error) {
      // An unreadable message may be the answer to any request: open a new connection.
      this.#bad(error instanceof NetworkError ? error : badAnswer("the daemon's message can't be read", error));
    }
  }

  #event(name: DaemonEventName, result: unknown): void {
    try {
      this.#ports.event(readEvent(name, result));
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      // An unreadable event is still a hint that the chain changed.
      this.#ports.count("bad_event");
      this.#ports.event({ kind: "moved", place: undefined });
    }
  }

  #bad(error: NetworkError): void {
    if (this.#over) return;
    if (error.code === "chain_answer") this.#ports.count("bad_answer");
    this.end(error);
  }
}

/** Maps an error of `ws`: invalid frames are `chain_answer`, a broken connection is `chain_unreachable`. */
function failure(error: Error & { code?: string }): NetworkError {
  if (error.code?.startsWith("WS_ERR") === true)
    return badAnswer(`the daemon's frames can't be read: ${error.message}`, error);
  return new NetworkError("chain_unreachable", error.code ?? error.message, { cause: error });
}
