import { WebSocket } from "ws";
import { NetworkError } from "../../protocol/errors.js";
import { type DaemonEventName, readEvent } from "./daemon-events.js";
import { badAnswer, DaemonRefusal, isRecord, readMessage } from "./daemon-text.js";
import { MESSAGE_MAX_BYTES } from "./limits.js";
import { PendingCalls } from "./pending.js";
import type { CallOptions, DaemonMethod, DaemonParams } from "./requests.js";
import type { DaemonSession, SessionPorts } from "./session.js";

/** The daemon, or what stands before it, answered HTTP to the WebSocket's opening. */
export class UpgradeRefused extends NetworkError {
  constructor(status: number) {
    super("chain_unreachable", `the daemon refuses the WebSocket (HTTP ${status})`);
  }
}

/** A connection over WebSocket, as the daemon wants it: text frames, unfragmented, and pongs that are empty. */
export class DaemonSocket implements DaemonSession {
  readonly events = true;
  readonly ended: Promise<NetworkError | undefined>;
  readonly #socket: WebSocket;
  readonly #ports: SessionPorts;
  readonly #calls: PendingCalls;
  readonly #subscriptions = new Map<number, DaemonEventName>();
  readonly #silence: NodeJS.Timeout;
  #heard = true;
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
        // Pings go on while the part that answers is dead: another connection may fare better.
        this.end(new NetworkError("request_timeout", `no answer in ${ports.times.answerMs} ms`));
      },
    });
    this.#silence = setTimeout(() => this.#quiet(), ports.times.silenceMs);
    socket.on("message", (data, isBinary) => {
      this.#hear();
      if (isBinary) this.#bad(badAnswer("the daemon sent a binary message"));
      else this.#message(String(data));
    });
    socket.on("ping", () => {
      this.#hear();
      this.#pong();
    });
    socket.on("pong", () => this.#hear());
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
    // Before it is open: the first ping may come with the opening.
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
    // Before it is sent: an event may come before the reply.
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

  #hear(): void {
    this.#heard = true;
    this.#silence.refresh();
  }

  /** One for all pings of this turn of the loop: a flood of them costs neither the loop nor, unread, memory. */
  #pong(): void {
    if (this.#pongDue) return;
    this.#pongDue = true;
    setImmediate(() => {
      this.#pongDue = false;
      // Empty whatever the ping held: a pong with data ends the connection.
      if (this.#socket.readyState === WebSocket.OPEN) this.#socket.pong();
    });
  }

  #quiet(): void {
    if (this.#over) return;
    this.#heard = false;
    // If it was this process that slept, what the daemon said lies in the socket and is read in this turn of the loop.
    setImmediate(() => {
      if (this.#heard || this.#over) return;
      this.#ports.count("silent");
      const { silenceMs } = this.#ports.times;
      this.end(new NetworkError("chain_unreachable", `nothing was heard of the daemon for ${silenceMs} ms`));
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
      // What can't be read may have been the answer to anything: only a new connection makes that clear.
      this.#bad(error instanceof NetworkError ? error : badAnswer("the daemon's message can't be read", error));
    }
  }

  #event(name: DaemonEventName, result: unknown): void {
    try {
      this.#ports.event(readEvent(name, result));
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      // It meant something; what, the chain itself says.
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

/** What `ws` finds wrong with the daemon's frames, and what breaks the connection. */
function failure(error: Error & { code?: string }): NetworkError {
  if (error.code?.startsWith("WS_ERR") === true)
    return badAnswer(`the daemon's frames can't be read: ${error.message}`, error);
  return new NetworkError("chain_unreachable", error.code ?? error.message, { cause: error });
}
