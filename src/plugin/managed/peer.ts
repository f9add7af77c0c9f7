import { errorObject } from "../../api/rpc-error.js";
import { NetworkError } from "../../protocol/errors.js";
import { ChannelError, type ChannelErrorName, channelErrorName, type ErrorObject } from "./channel-error.js";
import { FAULTS_IN_A_ROW_MAX, HOST_ANSWER_TIMEOUT_MS, OPEN_REQUESTS_MAX } from "./constants.js";
import { type LineFault, LineReader } from "./line-reader.js";
import { type Message, type MessageId, readMessage } from "./message.js";
import type { Outbox } from "./outbox.js";

/** Handles the host's requests and notifications. */
export interface PeerHandler {
  /** Answers a request. Throws ChannelErrors and NetworkErrors; any other error is a defect. */
  request(method: string, params: unknown): Promise<unknown>;
  /** True if the notification is known. Throws a ChannelError `invalid_params` if it is unreadable. */
  notification(method: string, params: unknown): boolean;
  /** {@link FAULTS_IN_A_ROW_MAX} unreadable lines arrived in a row. */
  broken(): void;
  /** Counts an unusable message. */
  count(label: PeerCount): void;
  /** A line for a person. */
  log(level: "warn" | "error", text: string, fields?: Readonly<Record<string, string | number>>): void;
}

/** Kinds of unusable messages. A stray answer is late, or answers no request. */
export type PeerCount = "fault" | "unknown_notification" | "stray_answer";

interface OpenRequest {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Maps an error of the host to a NetworkError. */
function hostError(error: ErrorObject): NetworkError {
  const name: ChannelErrorName | undefined = channelErrorName(error.code);
  const reason = error.data?.reason;
  const text = `the host answered: ${error.message || error.code}${reason === undefined ? "" : ` (${reason})`}`;
  // A rate limit: the request may be repeated later.
  if (name === "refused" && reason === "rate") return new NetworkError("peer_busy", text);
  switch (name) {
    case "busy":
      return new NetworkError("peer_busy", text);
    case "unavailable":
    case "shutting_down":
      return new NetworkError("peer_gone", text);
    case "invalid_params":
      return new NetworkError("bad_parameters", text);
    default:
      return new NetworkError("request_refused", text);
  }
}

function faultText(fault: LineFault): string {
  return fault === "too_long" ? "the line is longer than 4 MiB" : "the line is not UTF-8";
}

/** JSON-RPC with the host over lines, in both directions. Input of the host never makes it throw. */
export class Peer {
  readonly #outbox: Outbox;
  readonly #handler: PeerHandler;
  readonly #reader = new LineReader({
    line: (text) => this.#line(text),
    fault: (fault) => this.#fault(new ChannelError("parse_error", faultText(fault))),
  });
  readonly #asked = new Map<MessageId, OpenRequest>();
  #nextId = 1;
  #answering = 0;
  #faultsInARow = 0;
  #closed: NetworkError | undefined;

  constructor(outbox: Outbox, handler: PeerHandler) {
    this.#outbox = outbox;
    this.#handler = handler;
  }

  get open(): { readonly asked: number; readonly answering: number } {
    return { asked: this.#asked.size, answering: this.#answering };
  }

  /** Bytes from the host. */
  push(chunk: Buffer): void {
    this.#reader.push(chunk);
  }

  /** Bytes of an unfinished line at the end of the input. */
  get unfinishedBytes(): number {
    return this.#reader.pendingBytes;
  }

  /**
   * Sends a request to the host. NetworkErrors: `peer_busy` (too many open requests, or the host's rate limit),
   * `request_timeout`, `bad_parameters` and `request_refused` (the host's answers), `peer_gone` (the host is
   * unavailable or gone), `stopped` (aborted).
   */
  async request(method: string, params: object, signal?: AbortSignal): Promise<unknown> {
    if (this.#closed !== undefined) throw this.#closed;
    if (signal?.aborted) throw new NetworkError("stopped", `${method} was not sent: the request was cancelled`);
    if (this.#asked.size >= OPEN_REQUESTS_MAX) {
      throw new NetworkError("peer_busy", `${OPEN_REQUESTS_MAX} requests to the host are open already`);
    }
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.#asked.delete(id);
        clearTimeout(timer);
        signal?.removeEventListener("abort", calledOff);
      };
      const fail = (error: Error): void => {
        end();
        reject(error);
      };
      const calledOff = (): void => fail(new NetworkError("stopped", `${method} was cancelled`));
      const late = (): void => fail(new NetworkError("request_timeout", `the host did not answer ${method} in time`));
      const timer = setTimeout(late, HOST_ANSWER_TIMEOUT_MS);
      signal?.addEventListener("abort", calledOff);
      this.#asked.set(id, {
        resolve: (result) => {
          end();
          resolve(result);
        },
        reject: fail,
      });
      try {
        this.#outbox.send({ id, method, params });
      } catch (error) {
        fail(new NetworkError("payload_too_large", `${method} is too large for a line`, { cause: error }));
      }
    });
  }

  /** Sends a notification. */
  notify(method: string, params: object): void {
    this.#outbox.send({ method, params });
  }

  /** Sends an optional notification. False: it was dropped. */
  offer(method: string, params: object): boolean {
    return this.#outbox.offer({ method, params });
  }

  /** Fails all open and later requests with `peer_gone`. */
  close(): void {
    this.#closed ??= new NetworkError("peer_gone", "the host is gone");
    for (const { reject } of [...this.#asked.values()]) reject(this.#closed);
  }

  #line(text: string): void {
    if (this.#faultsInARow >= FAULTS_IN_A_ROW_MAX) return;
    try {
      this.#take(readMessage(text));
      this.#faultsInARow = 0;
    } catch (error) {
      this.#fault(error instanceof ChannelError ? error : this.#defect("a message could not be processed", error));
    }
  }

  #take(message: Message): void {
    switch (message.kind) {
      case "request":
        this.#serve(message.id, message.method, message.params);
        return;
      case "notification":
        if (!this.#handler.notification(message.method, message.params)) this.#handler.count("unknown_notification");
        return;
      case "result":
        this.#answered(message.id, ({ resolve }) => resolve(message.result));
        return;
      case "error":
        // An error without an id: the host could not read a line.
        if (message.id === null) {
          this.#handler.log("warn", "the host could not read a message", { code: message.error.code });
        } else this.#answered(message.id, ({ reject }) => reject(hostError(message.error)));
        return;
    }
  }

  #answered(id: MessageId, end: (open: OpenRequest) => void): void {
    const open = this.#asked.get(id);
    if (open === undefined) this.#handler.count("stray_answer");
    else end(open);
  }

  #serve(id: MessageId, method: string, params: unknown): void {
    if (this.#answering >= OPEN_REQUESTS_MAX) {
      const error = new ChannelError("busy", `${OPEN_REQUESTS_MAX} requests are open already`);
      this.#outbox.send({ id, error: error.toObject() });
      return;
    }
    this.#answering++;
    this.#handler.request(method, params).then(
      (result) => this.#answer(id, { result: result ?? null }),
      (error: unknown) => this.#answer(id, { error: this.#errorOf(method, error) }),
    );
  }

  #answer(id: MessageId, answer: { readonly result: unknown } | { readonly error: ErrorObject }): void {
    this.#answering--;
    try {
      this.#outbox.send({ id, ...answer });
    } catch (error) {
      const fault = error instanceof ChannelError ? error : this.#defect("an answer could not be written", error);
      this.#outbox.send({ id, error: fault.toObject() });
    }
  }

  #errorOf(method: string, error: unknown): ErrorObject {
    if (error instanceof ChannelError) return error.toObject();
    const known = errorObject(error);
    if (known === undefined) return this.#defect(`${method} failed`, error).toObject();
    if (known.data === undefined) return { code: known.code, message: known.message };
    // Kind and code as in the HTTP API, for the host's callers that know that API.
    return { code: known.code, message: known.message, data: { reason: known.data.code, ...known.data } };
  }

  #defect(what: string, cause: unknown): ChannelError {
    const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    this.#handler.log("error", `${what}: a defect of this program`, { cause: text });
    return new ChannelError("internal", "Internal error", { cause });
  }

  #fault(error: ChannelError): void {
    this.#handler.count("fault");
    this.#faultsInARow++;
    if (this.#faultsInARow > FAULTS_IN_A_ROW_MAX) return;
    // Optional: one chunk may hold thousands of faults while the host does not read.
    this.#outbox.offer({ id: null, error: error.toObject() });
    if (this.#faultsInARow === FAULTS_IN_A_ROW_MAX) this.#handler.broken();
  }
}
