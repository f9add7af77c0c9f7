import http from "node:http";
import https from "node:https";
import { NetworkError } from "../../protocol/errors.js";
import { badAnswer, DaemonRefusal, exactResult, readMessage } from "./daemon-text.js";
import { MESSAGE_MAX_BYTES } from "./limits.js";
import { type CallOptions, type DaemonMethod, type DaemonParams, requestText } from "./requests.js";
import type { DaemonSession, SessionPorts } from "./session.js";
import { Slots } from "./slots.js";

/** The client closes idle connections first: the daemon closes them after about 5 s. */
const IDLE_MS = 3000;
/** Most sockets: polls over HTTP ask one thing after the other, and look-ups need a few more. */
const SOCKETS_MAX = 4;

/** Calls over HTTP, used if the WebSocket is refused. HTTP has no events: the chain is polled. */
export class DaemonHttp implements DaemonSession {
  readonly events = false;
  readonly ended: Promise<NetworkError | undefined>;
  readonly #url: string;
  readonly #ports: SessionPorts;
  readonly #agent: http.Agent;
  readonly #slots = new Slots();
  readonly #stopping = new AbortController();
  readonly #retry: NodeJS.Timeout;
  #end: (error: NetworkError | undefined) => void = () => undefined;
  #lastId = 0;

  constructor(url: string, ports: SessionPorts) {
    this.#url = url;
    this.#ports = ports;
    const options = { keepAlive: true, maxSockets: SOCKETS_MAX, timeout: IDLE_MS };
    this.#agent = url.startsWith("https:") ? new https.Agent(options) : new http.Agent(options);
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#retry = setTimeout(() => this.end(), ports.times.upgradeMs);
    this.#retry.unref();
  }

  get sizes(): { readonly taken: number; readonly waiting: number } {
    return this.#slots.sizes;
  }

  async call<M extends DaemonMethod>(
    method: M,
    params: DaemonParams[M],
    signal: AbortSignal,
    { exact = false }: CallOptions = {},
  ): Promise<unknown> {
    this.#lastId++;
    const id = this.#lastId;
    const body = requestText(id, method, params);
    const release = await this.#slots.take(signal);
    try {
      const text = await this.#post(body, signal);
      const message = readMessage(text);
      if (message.kind === "error") throw new DaemonRefusal(method, message.code, message.message);
      if (message.id !== id) throw badAnswer("the answer of another request came");
      return exact ? exactResult(text) : message.result;
    } catch (error) {
      if (!signal.aborted && error instanceof NetworkError && !(error instanceof DaemonRefusal)) this.#failed(error);
      throw error;
    } finally {
      release();
    }
  }

  /** Does nothing: HTTP has no events. */
  async subscribe(): Promise<void> {}

  end(error?: NetworkError): void {
    if (this.#stopping.signal.aborted) return;
    clearTimeout(this.#retry);
    this.#stopping.abort(error ?? new NetworkError("stopped", "the connection to the daemon was ended"));
    this.#agent.destroy();
    this.#end(error);
  }

  #failed(error: NetworkError): void {
    if (error.code === "chain_answer") this.#ports.count("bad_answer");
    if (error.code === "request_timeout") this.#ports.count("timeout");
    this.end(error);
  }

  /** Retries if the daemon closed a reused connection: this is a race of keep-alive, not a fault of the daemon. */
  async #post(body: string, signal: AbortSignal): Promise<string> {
    for (;;) {
      const sent = this.#send(body, signal);
      try {
        return await sent.text;
      } catch (error) {
        if (!sent.reused() || !(error instanceof NetworkError) || error.code !== "chain_unreachable") throw error;
      }
    }
  }

  #send(body: string, signal: AbortSignal): { readonly text: Promise<string>; readonly reused: () => boolean } {
    const stop = this.#stopping.signal;
    const { answerMs } = this.#ports.times;
    const request = (this.#url.startsWith("https:") ? https : http).request(this.#url, {
      method: "POST",
      agent: this.#agent,
      headers: { "content-type": "application/json", "content-length": Buffer.byteLength(body) },
    });
    const text = new Promise<string>((resolve, reject) => {
      const fail = (reason: unknown) => {
        reject(reason);
        request.destroy();
      };
      const leave = () => fail(signal.reason);
      const ended = () => fail(stop.reason);
      const timer = setTimeout(
        () => fail(new NetworkError("request_timeout", `no answer in ${answerMs} ms`)),
        answerMs,
      );
      signal.addEventListener("abort", leave, { once: true });
      stop.addEventListener("abort", ended, { once: true });
      request.on("error", (error: Error & { code?: string }) => {
        reject(new NetworkError("chain_unreachable", error.code ?? error.message, { cause: error }));
      });
      request.on("close", () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", leave);
        stop.removeEventListener("abort", ended);
        reject(new NetworkError("chain_unreachable", "the daemon closed the connection"));
      });
      request.on("response", (response) => {
        if (response.statusCode !== 200) return fail(badAnswer(`the daemon answers HTTP ${response.statusCode ?? 0}`));
        const chunks: Buffer[] = [];
        let length = 0;
        response.on("data", (chunk: Buffer) => {
          length += chunk.length;
          if (length > MESSAGE_MAX_BYTES) return fail(badAnswer("the daemon's answer is too long"));
          chunks.push(chunk);
        });
        response.on("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
        response.on("error", () => fail(new NetworkError("chain_unreachable", "the daemon broke off its answer")));
      });
      if (stop.aborted) ended();
      else if (signal.aborted) leave();
      else request.end(body);
    });
    return { text, reused: () => request.reusedSocket };
  }
}
