import { NodeUnreachable } from "./errors.js";
import type { MethodParams, MethodResult, NodeMethods, ReceivedEvent } from "./methods.js";
import type { EventStream, NodeWire } from "./wire.js";

/** The first wait before the node is tried again: a restart takes about a second. */
const RETRY_FIRST_MS = 500;
/** The longest wait before the node is tried again. */
const RETRY_LAST_MS = 10_000;

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

/** The methods and events of one node over any wire. */
export class MethodClient {
  readonly #wire: NodeWire;

  constructor(wire: NodeWire) {
    this.#wire = wire;
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
  request(method: string, params?: unknown): Promise<unknown> {
    return this.#wire.request(method, params);
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
      let stream: EventStream | undefined;
      const abort = (): void => stream?.close();
      try {
        // From here on no event is missed, even if the connection is lost before the first event.
        after ??= (await this.call("ai_get_network_info")).event_sequence;
        stream = await this.#wire.open({ notify, after }, signal);
        signal?.addEventListener("abort", abort, { once: true });
        if (isOver()) return;
        waitForNode = true;
        isLost = false;
        waitMs = RETRY_FIRST_MS;
        for (let event = await stream.next(); event !== undefined; event = await stream.next()) {
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
        stream?.close();
      }
      await this.#wire.pause(waitMs, signal);
      waitMs = Math.min(waitMs * 2, RETRY_LAST_MS);
    }
  }
}
