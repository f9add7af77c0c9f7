import { join } from "node:path";
import { onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { type ApiServer, createApiServer } from "../../src/api/http/index.js";
import { FakeControl } from "../support/control/fake-control.js";
import { scratchDirectory } from "../support/scratch.js";

export interface Served {
  readonly api: ApiServer;
  readonly control: FakeControl;
  readonly directory: string;
  /** Log lines of the server. */
  readonly lines: string[];
  /** Codes of the faults that the server reported and has not cleared. */
  readonly faults: Set<string>;
  /** POSTs a body with the token; returns status and parsed JSON. */
  post(body: string, headers?: Record<string, string>): Promise<{ status: number; text: string; json: Json }>;
  /** Calls a method and returns the whole response object. */
  call(method: string, params?: unknown): Promise<Json>;
}

/** An answer, read member by member. */
export interface Json {
  readonly [name: string]: Json;
}

/** A server with a fake node, on a free port; both end with the test. */
export async function serve(options: { port?: number } = {}): Promise<Served> {
  const directory = await scratchDirectory();
  const control = new FakeControl();
  const lines: string[] = [];
  const faults = new Set<string>();
  const api = await createApiServer({
    control,
    listen: { host: "127.0.0.1", port: options.port ?? 0 },
    tokenFile: join(directory, "api.token"),
    log: (_level, text) => lines.push(text),
    faults: { raise: ({ code }) => void faults.add(code), clear: (...[, code]) => void faults.delete(code) },
  });
  onTestFinished(() => api.stop());
  const post: Served["post"] = async (body, headers = {}) => {
    const response = await fetch(`${api.url}/json_rpc`, {
      method: "POST",
      headers: { authorization: `Bearer ${api.token}`, ...headers },
      body,
    });
    const text = await response.text();
    return { status: response.status, text, json: JSON.parse(text) };
  };
  return {
    api,
    control,
    directory,
    lines,
    faults,
    post,
    call: async (method, params) => (await post(JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }))).json,
  };
}

/** A socket whose messages can be awaited one by one. */
export class TestSocket {
  readonly socket: WebSocket;
  readonly #messages: string[] = [];
  readonly #waiters: ((text: string) => void)[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;

  constructor(url: string, headers: Record<string, string>) {
    this.socket = new WebSocket(`${url.replace("http", "ws")}/json_rpc`, { headers });
    this.socket.on("message", (data) => {
      const text = data.toString();
      const waiter = this.#waiters.shift();
      if (waiter === undefined) this.#messages.push(text);
      else waiter(text);
    });
    this.closed = new Promise((resolve) => {
      this.socket.on("close", (code, reason) => resolve({ code, reason: reason.toString() }));
    });
  }

  static async open(served: { readonly api: Pick<ApiServer, "url" | "token"> }): Promise<TestSocket> {
    const opened = new TestSocket(served.api.url, { authorization: `Bearer ${served.api.token}` });
    await new Promise((resolve, reject) => {
      opened.socket.once("open", resolve);
      opened.socket.once("error", reject);
    });
    onTestFinished(() => opened.socket.terminate());
    return opened;
  }

  async next(): Promise<Json> {
    const text = this.#messages.shift() ?? (await new Promise<string>((resolve) => this.#waiters.push(resolve)));
    return JSON.parse(text);
  }

  async call(id: number | string, method: string, params?: unknown): Promise<Json> {
    this.socket.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    return this.next();
  }
}
