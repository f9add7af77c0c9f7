import { setTimeout as pause } from "node:timers/promises";
import { jsonText } from "../client/index.js";
import type { NodeAccess } from "./access.js";
import { resultOf } from "./answer.js";
import { postDirect } from "./direct-post.js";
import { NodeRefusal, NodeUnreachable } from "./errors.js";
import { EventSocket } from "./event-socket.js";
import type { MethodParams, MethodResult, NodeMethods, ReceivedEvent } from "./methods.js";

/** Publishing waits for the disk and listing for the store: seconds at most. */
const CALL_TIMEOUT_MS = 30_000;
/** The first wait before the node is tried again: a restart takes about a second. */
const RETRY_FIRST_MS = 500;
/** The longest wait before the node is tried again. */
const RETRY_LAST_MS = 10_000;

export interface NodeClientOptions {
  /**
   * The address and the token, or a function that finds them: it is called before each connection, so that a node which
   * comes back at another port is found. See {@link nodeAccess}.
   */
  readonly access: NodeAccess | (() => Promise<NodeAccess>);
  /** Longest time of one call; 30 s if left out. */
  readonly timeoutMs?: number;
}

export interface EventsOptions {
  /** `all` (if left out), the name of an event, or `task:` and a task id. */
  readonly notify?: string;
  /** Sequence of the last event that the program has, 0 for every stored event; new events only if left out. */
  readonly after?: number | undefined;
  /** Ends the stream. */
  readonly signal?: AbortSignal;
  /** Also waits for a node that does not answer at the first attempt. */
  readonly waitForNode?: boolean;
  /** Called once when the node no longer answers. The stream tries again until it does. */
  readonly onLost?: (error: NodeUnreachable) => void;
}

/** A client of one node. It holds no connection between calls and needs no stop. */
export class NodeClient {
  readonly #access: () => Promise<NodeAccess>;
  readonly #timeoutMs: number;

  constructor({ access, timeoutMs = CALL_TIMEOUT_MS }: NodeClientOptions) {
    this.#access = typeof access === "function" ? access : async () => access;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Calls a method. Rejects with `NodeRefusal` if the node refuses, and with `NodeUnreachable` if it does not answer. A
   * publishing call with an `idempotency_key` may be repeated after either.
   */
  call<M extends keyof NodeMethods>(method: M, ...params: MethodParams<M>): Promise<MethodResult<M>>;
  call(method: string, params?: unknown): Promise<unknown> {
    return this.request(method, params);
  }

  /** {@link call} without types, for methods that this version does not know. */
  async request(method: string, params?: unknown): Promise<unknown> {
    const { url, token } = await this.#access();
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const body = jsonText({ jsonrpc: "2.0", id: 1, method, params });
    let text: string;
    try {
      text = await postDirect(`${url}/json_rpc`, headers, body, this.#timeoutMs);
    } catch (cause) {
      const isLate = cause instanceof Error && cause.name === "TimeoutError";
      if (isLate) throw new NodeUnreachable("timeout", `the node at ${url} did not answer in time`, cause);
      throw new NodeUnreachable("no_answer", `no node answers at ${url}`, cause);
    }
    try {
      return resultOf(text);
    } catch (error) {
      if (error instanceof NodeRefusal) throw error;
      throw new NodeUnreachable("not_a_node", `what answers at ${url} is not a tos-ai-sync node`, error);
    }
  }

  /**
   * Events in order, each once, until `signal` aborts. A lost connection is opened again after the last event. An event
   * `events_missed` comes in place of events that the node no longer has. Throws `NodeRefusal` if the node refuses the
   * subscription, and `NodeUnreachable` if no node answers at the first attempt (see `waitForNode`).
   */
  async *events(options: EventsOptions = {}): AsyncGenerator<ReceivedEvent, void, undefined> {
    const { notify = "all", signal, onLost } = options;
    let { after, waitForNode = false } = options;
    let waitMs = RETRY_FIRST_MS;
    let isLost = false;
    const isOver = (): boolean => signal?.aborted === true;
    while (!isOver()) {
      let socket: EventSocket | undefined;
      const abort = (): void => socket?.close();
      try {
        // From here on no event is missed, even if the connection is lost before the first event.
        after ??= (await this.call("ai_get_network_info")).event_sequence;
        socket = await EventSocket.open(await this.#access(), { notify, after }, signal);
        signal?.addEventListener("abort", abort, { once: true });
        if (isOver()) return;
        waitForNode = true;
        isLost = false;
        waitMs = RETRY_FIRST_MS;
        for (let event = await socket.next(); event !== undefined; event = await socket.next()) {
          if (isOver()) return;
          after = event.sequence;
          yield event;
        }
      } catch (error) {
        if (isOver()) return;
        if (!waitForNode || !(error instanceof NodeUnreachable)) throw error;
        if (!isLost) onLost?.(error);
        isLost = true;
      } finally {
        signal?.removeEventListener("abort", abort);
        socket?.close();
      }
      await pause(waitMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
      waitMs = Math.min(waitMs * 2, RETRY_LAST_MS);
    }
  }
}
