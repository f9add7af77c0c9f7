import { NodeRefusal, NodeUnreachable } from "../../src/api/node-client/errors.js";
import type { EventStream, NodeWire, ReceivedEvent, SubscriptionParams } from "../../src/api/node-client/index.js";
import { type Message, readMessage } from "./message.js";

/** Longest time of one call, as in the client of the package. */
const CALL_TIMEOUT_MS = 30_000;
/** The page asks for a few things at once. More would wait on a node that does not answer. */
const CALLS_MAX = 24;
/** Unread events of one stream. The page shows the newest, so the oldest are dropped. */
const EVENTS_MAX = 500;

interface Call {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

class PageStream implements EventStream {
  readonly #events: ReceivedEvent[] = [];
  readonly #onClose: () => void;
  #isClosed = false;
  #wake: () => void = () => undefined;

  constructor(onClose: () => void) {
    this.#onClose = onClose;
  }

  receive(event: ReceivedEvent): void {
    this.#events.push(event);
    if (this.#events.length > EVENTS_MAX) this.#events.shift();
    this.#wake();
  }

  end(): void {
    this.#isClosed = true;
    this.#wake();
  }

  async next(): Promise<ReceivedEvent | undefined> {
    for (;;) {
      const event = this.#events.shift();
      if (event !== undefined || this.#isClosed) return event;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.end();
    this.#onClose();
  }
}

/** One WebSocket to the node that served the page: calls and events together. It opens when something is asked. */
export class PageWire implements NodeWire {
  readonly #calls = new Map<number, Call>();
  readonly #streams = new Map<number, PageStream>();
  #opening: Promise<WebSocket> | undefined;
  #lastId = 0;

  async request(method: string, params?: unknown): Promise<unknown> {
    const socket = await this.#socket();
    return this.#ask(socket, ++this.#lastId, method, params);
  }

  async open(params: SubscriptionParams): Promise<EventStream> {
    const socket = await this.#socket();
    const id = ++this.#lastId;
    const stream = new PageStream(() => {
      this.#streams.delete(id);
      this.#ask(socket, ++this.#lastId, "unsubscribe", { notify: params.notify }).catch(() => undefined);
    });
    this.#streams.set(id, stream);
    try {
      await this.#ask(socket, id, "subscribe", params);
    } catch (error) {
      this.#streams.delete(id);
      throw error;
    }
    return stream;
  }

  pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      signal?.addEventListener("abort", () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #ask(socket: WebSocket, id: number, method: string, params: unknown): Promise<unknown> {
    if (this.#calls.size >= CALLS_MAX) return Promise.reject(lost("too many calls wait for an answer"));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#end(id, lost("the node did not answer in time")), CALL_TIMEOUT_MS);
      const settle = <T>(then: (value: T) => void): ((value: T) => void) => {
        return (value) => {
          clearTimeout(timer);
          then(value);
        };
      };
      this.#calls.set(id, { resolve: settle(resolve), reject: settle(reject) });
      socket.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    });
  }

  #end(id: number, error: Error): void {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    call?.reject(error);
  }

  #socket(): Promise<WebSocket> {
    this.#opening ??= this.#connect().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  #connect(): Promise<WebSocket> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/json_rpc`);
      socket.onopen = () => resolve(socket);
      socket.onmessage = ({ data }) => this.#receive(readMessage(String(data)));
      socket.onclose = () => {
        this.#opening = undefined;
        for (const id of [...this.#calls.keys()]) this.#end(id, lost("the connection ended"));
        for (const stream of this.#streams.values()) stream.end();
        this.#streams.clear();
        // A browser does not tell why a WebSocket was refused; the same request over HTTP does.
        whyRefused().then(reject, reject);
      };
    });
  }

  #receive(message: Message | undefined): void {
    if (message === undefined) return;
    if (message.kind === "event") this.#streams.get(message.id)?.receive(message.event);
    else if (message.kind === "error") this.#end(message.id, message.error);
    else {
      const call = this.#calls.get(message.id);
      this.#calls.delete(message.id);
      call?.resolve(message.result);
    }
  }
}

function lost(text: string): NodeUnreachable {
  return new NodeUnreachable("no_answer", text);
}

async function whyRefused(): Promise<Error> {
  try {
    const { status } = await fetch("/json_rpc", { method: "POST", body: "{}" });
    if (status === 401 || status === 403) return new NodeRefusal("no session", 0, { code: "unauthorized" });
    return lost(status === 503 ? "the node has too many connections" : "the connection ended");
  } catch {
    return lost("no node answers");
  }
}
