import type { Duplex } from "node:stream";
import type { RawData, WebSocket } from "ws";
import type { StoredEvent } from "../../engine/index.js";
import { NetworkError } from "../../protocol/errors.js";
import type { NodeControl } from "../control.js";
import {
  isSubscribingMethod,
  parseWith,
  SUBSCRIBING_METHODS,
  type Subscribe,
  subscribedTask,
  subscribeParams,
  takes,
  unsubscribeParams,
} from "../params/index.js";
import { ALREADY_SUBSCRIBED, NOT_SUBSCRIBED, RpcError } from "../rpc-error.js";
import { EventFeed, MISSED_EVENT, type SentEvent } from "./event-feed.js";
import {
  answerRpc,
  errorText,
  type RpcHandler,
  type RpcId,
  type RpcOutcome,
  type RpcRequest,
  resultText,
} from "./rpc.js";

/** Most requests that wait on one socket, which are answered in order: as many as calls run at once over HTTP. */
const MAX_WAITING = 32;
/** Most characters of waiting requests: one of the largest size and some small ones. */
const MAX_WAITING_CHARS = 4 * 1024 * 1024;
/** Enough for each event name, `all` and some tasks. Every event is matched against each subscription. */
export const MAX_SUBSCRIPTIONS = 64;
/** Bytes of sent events that the other side has not read: some 2,000 events, minutes of a busy network. */
export const MAX_EVENT_QUEUE_BYTES = 1024 * 1024;
/** How long a slow reader has to read the notice before its socket is terminated. */
const DROP_NOTICE_MS = 1000;
/** Pings without an answer: at one every 5 s these are the 30 s after which TOS drops a client. */
const MAX_UNANSWERED_PINGS = 6;

/** Close codes (RFC 6455 and its registry). */
export const GOING_AWAY = 1001;
/** The right of the socket ended. */
export const POLICY = 1008;
const UNSUPPORTED_DATA = 1003;
const TRY_AGAIN_LATER = 1013;

export interface SessionDeps {
  /** The connection below the socket. */
  readonly connection: Pick<Duplex, "cork" | "uncork">;
  readonly control: NodeControl;
  readonly call: RpcHandler;
  readonly observe: (outcome: RpcOutcome) => void;
  /** The subscriber read too slowly and was dropped. */
  readonly onSlow: () => void;
  readonly onStoreError: (error: unknown) => void;
}

interface Subscription {
  readonly id: RpcId;
  readonly name: string;
  readonly feed: EventFeed;
  caughtUp: boolean;
}

/** One WebSocket: its requests in order, its subscriptions and its unread output. */
export class SocketSession {
  readonly #socket: WebSocket;
  readonly #deps: SessionDeps;
  readonly #waiting: string[] = [];
  #waitingChars = 0;
  #answering = false;
  #isGathering = false;
  readonly #subscriptions = new Map<string, Subscription>();
  #eventBytes = 0;
  #unansweredPings = 0;
  #dropTimer: NodeJS.Timeout | undefined;

  constructor(socket: WebSocket, deps: SessionDeps) {
    this.#socket = socket;
    this.#deps = deps;
    socket.on("message", (data, isBinary) => this.#receive(data, isBinary));
    socket.on("pong", () => {
      this.#unansweredPings = 0;
    });
    // ws closes the socket itself after an error.
    socket.on("error", () => undefined);
    socket.once("close", () => this.#ended());
  }

  get subscriptions(): number {
    return this.#subscriptions.size;
  }

  /** A new event of the node. */
  announce(event: StoredEvent): void {
    for (const { feed } of this.#subscriptions.values()) feed.announce(event);
  }

  ping(): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (++this.#unansweredPings > MAX_UNANSWERED_PINGS) this.#socket.terminate();
    else this.#socket.ping();
  }

  /** Begins the closing handshake. From now on no request is answered, whether the client takes part or not. */
  close(code: number, reason: string): void {
    this.#waiting.length = 0;
    this.#socket.close(code, reason);
  }

  terminate(): void {
    this.#socket.terminate();
  }

  #ended(): void {
    clearTimeout(this.#dropTimer);
    for (const { feed } of this.#subscriptions.values()) feed.stop();
    this.#subscriptions.clear();
    this.#waiting.length = 0;
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (isBinary) {
      this.#socket.close(UNSUPPORTED_DATA, "text only");
      return;
    }
    const text = data.toString();
    if (this.#waiting.length >= MAX_WAITING || this.#waitingChars + text.length > MAX_WAITING_CHARS) {
      const error = new NetworkError("peer_busy", "too many requests wait on this socket: read the answers first");
      this.#deps.observe({ method: "", error });
      // The refusals of a client that reads nothing must not grow the send queue.
      if (this.#socket.bufferedAmount < MAX_EVENT_QUEUE_BYTES) this.#socket.send(errorText(null, error));
      return;
    }
    this.#waiting.push(text);
    this.#waitingChars += text.length;
    if (!this.#answering) void this.#answerAll();
  }

  async #answerAll(): Promise<void> {
    this.#answering = true;
    for (let text = this.#waiting.shift(); text !== undefined; text = this.#waiting.shift()) {
      this.#waitingChars -= text.length;
      await this.#send(await answerRpc(text, (request) => this.#handle(request), this.#deps.observe));
      this.#startFeeds();
    }
    this.#answering = false;
  }

  /** Resolves when the text is written to the connection, or when the socket is gone. */
  #send(text: string): Promise<void> {
    if (this.#socket.readyState !== this.#socket.OPEN) return Promise.resolve();
    this.#gather();
    return new Promise((resolve) => {
      this.#socket.send(text, () => resolve());
    });
  }

  /** The texts of one turn go into one write of the connection: a batch of events costs one system call. */
  #gather(): void {
    if (this.#isGathering) return;
    this.#isGathering = true;
    this.#deps.connection.cork();
    process.nextTick(() => {
      this.#isGathering = false;
      this.#deps.connection.uncork();
    });
  }

  async #handle(request: RpcRequest): Promise<unknown> {
    if (request.method === "subscribe") return this.#subscribe(request.id, parseWith(subscribeParams, request.params));
    if (isSubscribingMethod(request.method)) {
      const asked = SUBSCRIBING_METHODS[request.method](request.params);
      this.#subscribe(request.id, asked);
      return { subscription: asked.notify };
    }
    if (request.method === "unsubscribe") return this.#unsubscribe(request);
    return this.#deps.call(request);
  }

  #subscribe(id: RpcId, { notify, after }: Subscribe): true {
    if (this.#subscriptions.has(notify)) throw new RpcError(ALREADY_SUBSCRIBED, "Event is already subscribed");
    if (this.#subscriptions.size >= MAX_SUBSCRIPTIONS) {
      const details = { limit: MAX_SUBSCRIPTIONS };
      throw new NetworkError("over_budget", `a socket has at most ${MAX_SUBSCRIPTIONS} subscriptions`, { details });
    }
    const taskId = subscribedTask(notify);
    if (taskId !== undefined && !this.#deps.control.holdsTask(taskId)) {
      throw new NetworkError(
        "not_found",
        "the node holds no record of this task: request it with ai_sync_task, or subscribe to task_published",
      );
    }
    const newest = this.#deps.control.info().eventSequence;
    if (after !== undefined && after > newest) {
      const details = { newest };
      throw new NetworkError("bad_parameters", `Invalid params: after: this node's newest event is ${newest}`, {
        details,
      });
    }
    const feed = new EventFeed(this.#deps.control, after, newest, (event) => this.#sendEvent(id, notify, event));
    this.#subscriptions.set(notify, { id, name: notify, feed, caughtUp: false });
    return true;
  }

  #unsubscribe({ params }: RpcRequest): true {
    const { notify } = parseWith(unsubscribeParams, params);
    const subscription = this.#subscriptions.get(notify);
    if (subscription === undefined) throw new RpcError(NOT_SUBSCRIBED, "Event is not subscribed");
    subscription.feed.stop();
    this.#subscriptions.delete(notify);
    return true;
  }

  /** Runs after the answer to `subscribe` is sent, so that no stored event comes before it. */
  #startFeeds(): void {
    for (const subscription of this.#subscriptions.values()) {
      if (subscription.caughtUp) continue;
      subscription.caughtUp = true;
      subscription.feed.catchUp().catch((error: unknown) => {
        this.#deps.onStoreError(error);
        this.#socket.close(TRY_AGAIN_LATER, "the stored events could not be read");
      });
    }
  }

  async #sendEvent(id: RpcId, name: string, event: SentEvent): Promise<void> {
    if (event.event !== MISSED_EVENT && !takes(name, event)) return;
    const text = resultText(id, { ...event.body, event: event.event, sequence: event.sequence });
    const bytes = Buffer.byteLength(text);
    if (this.#eventBytes + bytes > MAX_EVENT_QUEUE_BYTES) {
      this.#dropSlow();
      return;
    }
    this.#eventBytes += bytes;
    await this.#send(text);
    this.#eventBytes -= bytes;
  }

  /** The close notice waits behind the unread output. After DROP_NOTICE_MS the socket is terminated. */
  #dropSlow(): void {
    if (this.#dropTimer !== undefined) return;
    for (const { feed } of this.#subscriptions.values()) feed.stop();
    this.#deps.onSlow();
    this.#dropTimer = setTimeout(() => this.#socket.terminate(), DROP_NOTICE_MS);
    this.#socket.close(TRY_AGAIN_LATER, "events were read too slowly; subscribe again with after");
  }
}
