import type { ReceivedEvent } from "./methods.js";

export interface SubscriptionParams {
  readonly notify: string;
  readonly after: number;
}

/** The events of one subscription. */
export interface EventStream {
  /** The next event; undefined when the stream is closed and every received event was taken. */
  next(): Promise<ReceivedEvent | undefined>;
  close(): void;
}

/** How a client reaches a node: over Node's sockets, or over those of a browser. */
export interface NodeWire {
  /** Rejects with `NodeRefusal` or `NodeUnreachable`. */
  request(method: string, params?: unknown): Promise<unknown>;
  /** Resolves when the node has accepted the subscription. `NodeUnreachable`, `NodeRefusal`. */
  open(params: SubscriptionParams, signal?: AbortSignal): Promise<EventStream>;
  /** Resolves after the time, or when the signal aborts. */
  pause(milliseconds: number, signal?: AbortSignal): Promise<void>;
}
