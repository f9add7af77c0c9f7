import { NetworkError } from "../../protocol/errors.js";
import { DaemonRefusal, exactResult } from "./daemon-text.js";
import { type CallOptions, type DaemonMethod, type DaemonParams, requestText } from "./requests.js";
import { Slots } from "./slots.js";

interface Waiting {
  readonly method: DaemonMethod;
  readonly exact: boolean;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly timer: NodeJS.Timeout;
  readonly over: () => void;
}

export interface PendingPorts {
  readonly send: (text: string) => void;
  readonly answerMs: number;
  /** A request was not answered in time. */
  readonly late: () => void;
}

/** The open requests of one connection, with ids and deadlines. {@link Slots} bounds their number. */
export class PendingCalls {
  readonly #ports: PendingPorts;
  readonly #slots = new Slots();
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #ended: NetworkError | undefined;

  constructor(ports: PendingPorts) {
    this.#ports = ports;
  }

  get sizes(): { readonly taken: number; readonly waiting: number } {
    return this.#slots.sizes;
  }

  /** A new request id. */
  nextId(): number {
    this.#lastId++;
    return this.#lastId;
  }

  async call<M extends DaemonMethod>(
    method: M,
    params: DaemonParams[M],
    signal: AbortSignal,
    { exact = false }: CallOptions = {},
    id = this.nextId(),
  ): Promise<unknown> {
    const message = requestText(id, method, params);
    const release = await this.#slots.take(signal);
    if (this.#ended !== undefined) {
      release();
      throw this.#ended;
    }
    return new Promise((resolve, reject) => {
      const leave = () => reject(signal.reason);
      // An aborted request stays in the map, so that its late answer does not count as an unknown id.
      signal.addEventListener("abort", leave, { once: true });
      const timer = setTimeout(() => {
        this.#take(id)?.reject(
          new NetworkError("request_timeout", `${method}: no answer in ${this.#ports.answerMs} ms`),
        );
        this.#ports.late();
      }, this.#ports.answerMs);
      const over = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", leave);
        release();
      };
      this.#waiting.set(id, { method, exact, resolve, reject, timer, over });
      this.#ports.send(message);
    });
  }

  /** False: no request has this id. */
  result(id: number, result: unknown, message: string): boolean {
    const waiting = this.#take(id);
    if (waiting === undefined) return false;
    try {
      waiting.resolve(waiting.exact ? exactResult(message) : result);
    } catch (error) {
      waiting.reject(error);
    }
    return true;
  }

  /** False: no request has this id. */
  refused(id: number, code: number, text: string): boolean {
    const waiting = this.#take(id);
    waiting?.reject(new DaemonRefusal(waiting.method, code, text));
    return waiting !== undefined;
  }

  /** Fails all open and later requests. */
  end(error: NetworkError): void {
    this.#ended ??= error;
    for (const id of [...this.#waiting.keys()]) this.#take(id)?.reject(error);
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return undefined;
    this.#waiting.delete(id);
    waiting.over();
    return waiting;
  }
}
