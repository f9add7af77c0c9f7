import { Agent } from "node:http";
import { WebSocket } from "ws";
import { z } from "zod";
import type { NodeAccess } from "./access.js";
import { resultOf } from "./answer.js";
import { NodeRefusal, NodeUnreachable } from "./errors.js";
import type { ReceivedEvent } from "./methods.js";
import type { EventStream, SubscriptionParams } from "./wire.js";

/** Longest handshake: a node on a busy machine answers within seconds. */
const OPEN_TIMEOUT_MS = 10_000;
/** The node pings every 5 s. After three missing pings it counts as gone. */
const SILENCE_MS = 15_000;
/** Most events that wait for the reader: 128 KiB of usual ones. Beyond it the socket is not read. */
const QUEUE_MAX = 256;
/** Never through a proxy of the environment, as in direct-post.ts. */
const DIRECT = new Agent();

const isEvent = z.looseObject({ event: z.string(), sequence: z.int() });

/** A newer node may send events that this version does not know. */
function isReceivedEvent(value: unknown): value is ReceivedEvent {
  return isEvent.safeParse(value).success;
}

/** One connection with one subscription. */
export class EventSocket implements EventStream {
  readonly #socket: WebSocket;
  readonly #url: string;
  readonly #queue: ReceivedEvent[] = [];
  #wake: () => void = () => undefined;
  #isClosed = false;
  #silence: NodeJS.Timeout | undefined;

  private constructor({ url, token }: NodeAccess) {
    this.#url = url;
    this.#socket = new WebSocket(`${url.replace(/^http/, "ws")}/json_rpc`, {
      headers: { authorization: `Bearer ${token}` },
      agent: DIRECT,
      handshakeTimeout: OPEN_TIMEOUT_MS,
      perMessageDeflate: false,
    });
  }

  /** Resolves when the node has accepted the subscription. `NodeUnreachable`, `NodeRefusal`. */
  static async open(access: NodeAccess, params: SubscriptionParams, signal?: AbortSignal): Promise<EventSocket> {
    const opened = new EventSocket(access);
    const abort = (): void => opened.close();
    signal?.addEventListener("abort", abort, { once: true });
    try {
      await opened.#subscribe(params);
    } catch (error) {
      opened.close();
      throw error;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
    return opened;
  }

  #subscribe(params: SubscriptionParams): Promise<void> {
    return new Promise((resolve, reject) => {
      const unreachable = (cause?: unknown): void =>
        reject(new NodeUnreachable("no_answer", `no node answers at ${this.#url}`, cause));
      const socket = this.#socket;
      socket.on("unexpected-response", (_request, { statusCode }) => {
        const isRefused = statusCode === 401 || statusCode === 403;
        if (isRefused) reject(new NodeRefusal("the node refuses this token", 0, { code: "unauthorized" }));
        else unreachable();
      });
      socket.on("error", unreachable);
      socket.on("ping", () => this.#restartSilence());
      socket.on("close", () => {
        this.#isClosed = true;
        clearTimeout(this.#silence);
        this.#wake();
        unreachable();
      });
      socket.on("open", () => {
        this.#restartSilence();
        socket.send(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "subscribe", params }));
      });
      socket.on("message", (data) => {
        this.#restartSilence();
        try {
          const result = resultOf(data.toString());
          if (result === true) resolve();
          else if (isReceivedEvent(result)) this.#receive(result);
        } catch (error) {
          reject(error);
          socket.terminate();
        }
      });
    });
  }

  #receive(event: ReceivedEvent): void {
    this.#queue.push(event);
    if (this.#queue.length >= QUEUE_MAX) this.#socket.pause();
    this.#wake();
  }

  /** The timer does not run while the reader is slow: the socket is not read then, and no ping arrives. */
  #restartSilence(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      if (!this.#socket.isPaused) this.#socket.terminate();
    }, SILENCE_MS);
  }

  /** The next event; undefined when the connection is closed and every received event was taken. */
  async next(): Promise<ReceivedEvent | undefined> {
    for (;;) {
      const event = this.#queue.shift();
      if (event !== undefined) {
        if (this.#queue.length === 0 && this.#socket.isPaused) {
          this.#socket.resume();
          this.#restartSilence();
        }
        return event;
      }
      if (this.#isClosed) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  close(): void {
    this.#socket.terminate();
  }
}
