import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type ApiServer, createApiServer } from "../../src/api/http/index.js";
import { EXAMPLE_IDS, EXAMPLES } from "../../src/api/openrpc/index.js";
import { LocalNode } from "../support/local-node.js";
import { run } from "../support/run-cli.js";
import { scratchDirectory } from "../support/scratch.js";
import { type Json, TestSocket } from "./serve.js";

/** A node with three author keys, a peer and an API server: what the examples of the OpenRPC document need. */
export class ExampleNode {
  readonly url: string;
  readonly token: string;
  readonly #ids = new Map<string, string>();
  readonly #socket: TestSocket;
  readonly #call: (text: string) => Promise<Json>;

  private constructor(api: ApiServer, socket: TestSocket, call: (text: string) => Promise<Json>) {
    this.url = api.url;
    this.token = api.token;
    this.#socket = socket;
    this.#call = call;
  }

  static async start(): Promise<ExampleNode> {
    const [dir, other] = [await scratchDirectory(), await scratchDirectory()];
    for (const name of ["default", "miner", "validator"]) await run(["key", "new", name, "--dir-path", dir]);
    const peer = await LocalNode.start(other);
    onTestFinished(() => peer.stop());
    const node = await LocalNode.start(dir, [peer.address]);
    onTestFinished(() => node.stop());
    await node.until(async (control) => control.peers()[0]);
    const listen = { host: "127.0.0.1", port: 0 };
    const tokenFile = join(dir, "api.token");
    const api = await createApiServer({ control: node.control, listen, tokenFile, log: () => undefined });
    onTestFinished(() => api.stop());
    const headers = { authorization: `Bearer ${api.token}` };
    const socket = await TestSocket.open({ api });
    const example = new ExampleNode(api, socket, async (body) => {
      const response = await fetch(`${api.url}/json_rpc`, { method: "POST", headers, body });
      return JSON.parse(await response.text());
    });
    example.#ids.set(EXAMPLE_IDS.author, node.control.info().authors[0]?.key ?? "");
    return example;
  }

  /** A text of the document, with the ids of this node in place of the document's. */
  real(text: string): string {
    let real = text;
    for (const [shown, id] of this.#ids) real = real.replaceAll(shown, id);
    return real;
  }

  /** Sends a request of the document over HTTP, or over the socket where the method needs one. */
  async ask(method: string, params: unknown, overSocket = false): Promise<Json> {
    const text = this.real(JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }));
    if (!overSocket) return this.#call(text);
    this.#socket.socket.send(text);
    for (;;) {
      const message = await this.#socket.next();
      // Events of an earlier subscription come under the same id.
      if (message.result?.event === undefined) return message;
    }
  }

  /** Publishes the records that the examples name. */
  async publish(): Promise<ReadonlyMap<string, Json>> {
    const answers = new Map<string, Json>();
    const publish = async (method: keyof typeof EXAMPLES, id: string, params: unknown = EXAMPLES[method].params) => {
      const answer = await this.ask(method, params);
      answers.set(method, answers.get(method) ?? answer);
      if (answer.result === undefined) throw new Error(`${method}: ${JSON.stringify(answer)}`);
      this.#ids.set(id, String(answer.result.record?.id));
    };
    await publish("ai_publish_task", EXAMPLE_IDS.task);
    const second = { ...EXAMPLES.ai_publish_task.params, description: "Summarize", idempotency_key: "task-2" };
    await publish("ai_publish_task", EXAMPLE_IDS.otherTask, second);
    await publish("ai_submit_solution", EXAMPLE_IDS.submission);
    await publish("ai_validate_submission", EXAMPLE_IDS.validation);
    return answers;
  }
}
