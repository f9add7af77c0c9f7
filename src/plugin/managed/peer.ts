import { errorObject } from "../../api/index.js";
import { NetworkError } from "../../protocol/errors.js";
import { ChannelError, type ChannelErrorName, channelErrorName, type ErrorObject } from "./channel-error.js";
import { FAULTS_IN_A_ROW_MAX, HOST_ANSWER_TIMEOUT_MS, OPEN_REQUESTS_MAX } from "./constants.js";
import { type LineFault, LineReader } from "./line-reader.js";
import { type Message, type MessageId, readMessage } from "./message.js";
import type { Outbox } from "./outbox.js";

/** The side of the plugin that the host talks to. */
export interface PeerHandler {
  /** Answers a request; throws ChannelErrors, NetworkErrors, or what a defect throws. */
  request(method: string, params: unknown): Promise<unknown>;
  /** Throws a ChannelError `invalid_params` for one that can't be read; true if it is known. */
  notification(method: string, params: unknown): boolean;
  /** The host said something unreadable sixteen times in a row. */
  broken(): void;
  /** Something came that is of no use. */
  count(label: PeerCount): void;
  /** A line for a person. */
  log(level: "warn" | "error", text: string, fields?: Readonly<Record<string, string | number>>): void;
}

/** What this side has no use for; a stray answer is one that came after its deadline, or an invention. */
export type PeerCount = "fault" | "unknown_notification" | "stray_answer";

interface OpenRequest {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** What an error of the host means to whoever asked. */
function hostError(error: ErrorObject): NetworkError {
  const name: ChannelErrorName | undefined = channelErrorName(error.code);
  const reason = error.data?.reason;
  const text = `the host answered: ${error.message || error.code}${reason === undefined ? "" : ` (${reason})`}`;
  // What was asked too often may be asked later.
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

/** JSON-RPC with the host, in both directions, over lines. Nothing that the host sends makes it throw. */
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

  /** The stream from the host has ended: bytes of a line that has none. */
  get unfinishedBytes(): number {
    return this.#reader.pendingBytes;
  }

  /**
   * Asks the host. NetworkErrors: `peer_busy` (too many are open, or too often), `request_timeout`, `bad_parameters` and
   * `request_refused` (the host's answers), `peer_gone` (the host has nothing to say it from, or is gone), `stopped` (aborted).
   */
  async request(method: string, params: object, signal?: AbortSignal): Promise<unknown> {
    if (this.#closed !== undefined) throw this.#closed;
    if (signal?.aborted) throw new NetworkError("stopped", `${method} was not asked: it was called off`);
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
      const calledOff = (): void => fail(new NetworkError("stopped", `${method} was called off`));
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
        fail(new NetworkError("payload_too_large", `${method} is too large to be asked`, { cause: error }));
      }
    });
  }

  /** Tells the host something that must arrive. */
  notify(method: string, params: object): void {
    this.#outbox.send({ method, params });
  }

  /** Tells the host something that may be dropped; false where it was. */
  offer(method: string, params: object): boolean {
    return this.#outbox.offer({ method, params });
  }

  /** There is nobody to talk to any more: whatever is open ends. */
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
      this.#fault(error instanceof ChannelError ? error : this.#defect("a message could not be taken", error));
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
        // Without an id it is about a line of ours that the host could not read.
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
    // Kind and code as the API over HTTP has them, for callers of the host that know that one.
    return { code: known.code, message: known.message, data: { reason: known.data.code, ...known.data } };
  }

  #defect(what: string, cause: unknown): ChannelError {
    const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    this.#handler.log("error", `${what} by a defect of this program`, { cause: text });
    return new ChannelError("internal", "Internal error", { cause });
  }

  #fault(error: ChannelError): void {
    this.#handler.count("fault");
    this.#faultsInARow++;
    if (this.#faultsInARow > FAULTS_IN_A_ROW_MAX) return;
    // For a host that does not read there may be thousands of them in one chunk.
    this.#outbox.offer({ id: null, error: error.toObject() });
    if (this.#faultsInARow === FAULTS_IN_A_ROW_MAX) this.#handler.broken();
  }
}
