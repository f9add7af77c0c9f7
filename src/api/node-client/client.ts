import { setTimeout as pause } from "node:timers/promises";
import { jsonText } from "../client/index.js";
import type { NodeAccess } from "./access.js";
import { resultOf } from "./answer.js";
import { postDirect } from "./direct-post.js";
import { NodeRefusal, NodeUnreachable } from "./errors.js";
import type { EventSocket } from "./event-socket.js";
import { MethodClient } from "./method-client.js";
import type { NodeWire, SubscriptionParams } from "./wire.js";

/** Publishing waits for the disk and listing for the store: seconds at most. */
const CALL_TIMEOUT_MS = 30_000;

export interface NodeClientOptions {
  /**
   * The address and the token, or a function that finds them: it is called before each connection, so that a node which
   * comes back at another port is found. See {@link nodeAccess}.
   */
  readonly access: NodeAccess | (() => Promise<NodeAccess>);
  /** Longest time of one call; 30 s if left out. */
  readonly timeoutMs?: number;
}

/** A client of one node. It holds no connection between calls and needs no stop. */
export class NodeClient extends MethodClient {
  constructor({ access, timeoutMs = CALL_TIMEOUT_MS }: NodeClientOptions) {
    super(new SocketWire(typeof access === "function" ? access : async () => access, timeoutMs));
  }
}

/** Node's own sockets, with the token of the node. */
class SocketWire implements NodeWire {
  readonly #access: () => Promise<NodeAccess>;
  readonly #timeoutMs: number;

  constructor(access: () => Promise<NodeAccess>, timeoutMs: number) {
    this.#access = access;
    this.#timeoutMs = timeoutMs;
  }

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

  async open(params: SubscriptionParams, signal?: AbortSignal): Promise<EventSocket> {
    const sockets = await import("./event-socket.js");
    return sockets.EventSocket.open(await this.#access(), params, signal);
  }

  async pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
    await pause(milliseconds, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  }
}
