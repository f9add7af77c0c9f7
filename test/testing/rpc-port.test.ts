import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { FakeDaemon, type FakeDaemonOptions } from "../../src/testing/index.js";
import { recording } from "../support/recordings.js";
import { RawClient } from "./raw-client.js";

let daemon: FakeDaemon | undefined;
afterEach(() => daemon?.stop());

async function start(options?: FakeDaemonOptions): Promise<FakeDaemon> {
  daemon = await FakeDaemon.start(options);
  return daemon;
}

/** All that comes back for these bytes until the connection ends, or until it was answered. */
function exchange(port: number, request: string, { once = false } = {}): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    const chunks: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      const [head = "", body] = Buffer.concat(chunks).toString().split("\r\n\r\n");
      const length = Number(/content-length: (\d+)/.exec(head)?.[1]);
      if (once && body?.length === length) socket.destroy();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(Buffer.concat(chunks).toString()));
    if (request !== "") socket.write(request);
  });
}

const undated = (answer: string): readonly string[] =>
  answer
    .replace(/^date: .*$/m, "date")
    .split(/\r?\n/)
    .filter((line) => line !== "");

describe("odd requests", () => {
  const cases = recording("http-errors.txt")
    .split(/^== /m)
    .filter((section) => section.startsWith("http_"))
    .map((section) => {
      const [name = "", ...answer] = section.split("\n");
      return [name, answer.join("\n")] as const;
    });

  it.each(cases)("%s", async (name, recorded) => {
    const { port } = await start();
    const [, method = "POST", path = "_json_rpc"] = /^http_([A-Z]+)_(.*)\.txt$/.exec(name) ?? [];
    const body = '{"jsonrpc":"2.0","id":1,"method":"get_version"}';
    const head = [`${method} ${path.replace(/^_/, "/").replace(/_$/, "/").replace("//", "/")} HTTP/1.1`];
    head.push("Host: 127.0.0.1", "Accept-Encoding: gzip", `Content-Length: ${method === "GET" ? 0 : body.length}`);
    const request = `${head.join("\r\n")}\r\n\r\n${method === "GET" ? "" : body}`;
    expect([...undated(await exchange(port, request, { once: true }))].sort()).toEqual([...undated(recorded)].sort());
  });
});

describe("the port", () => {
  it("greets at /", async () => {
    const { port } = await start();
    const response = await fetch(`http://127.0.0.1:${port}/`);
    expect([response.status, await response.text()]).toEqual([200, "Hello, world! Running on: 0.1.0-fc3139b"]);
  });

  it("the port takes 262,144 bytes and refuses one more", async () => {
    const { httpUrl } = await start();
    const body = '{"jsonrpc":"2.0","id":1,"method":"get_version"}';
    expect((await fetch(httpUrl, { method: "POST", body: body.padEnd(262_144) })).status).toBe(200);
    const refused = await fetch(httpUrl, { method: "POST", body: body.padEnd(262_145) });
    expect([refused.status, await refused.text()]).toEqual([413, "payload reached size limit"]);
  });

  it("the port answers a connection that sends nothing with 408", async () => {
    const { port } = await start({ timers: { idleMs: 20 } });
    expect(undated(await exchange(port, ""))[0]).toBe("HTTP/1.1 408 Request Timeout");
  });

  it("the port closes an idle connection without an answer after two served requests", async () => {
    const { port } = await start({ timers: { idleMs: 50 } });
    const request = "GET /health HTTP/1.1\r\nHost: a\r\n\r\n";
    const answers = await exchange(port, request + request);
    expect(answers.match(/HTTP\/1.1 404 Not Found/g)).toHaveLength(2);
    expect(answers).not.toContain("408");
  });

  it("the port limits WebSocket connections per minute if an option says so", async () => {
    const { port } = await start({ connectionsPerMinute: 1 });
    const clients = [await RawClient.open(port), await RawClient.open(port)];
    expect(clients.map(({ head }) => head.split("\r\n")[0])).toEqual([
      "HTTP/1.1 101 Switching Protocols",
      "HTTP/1.1 429 Too Many Requests",
    ]);
    for (const client of clients) client.destroy();
  });

  it("the port answers a thousand simultaneous calls in their order", async () => {
    const { port } = await start();
    const client = await RawClient.open(port);
    for (let id = 0; id < 1000; id++) client.call(id, "get_version");
    await client.until(({ texts }) => texts.length === 1000);
    expect(client.texts.map((text) => /\d+/.exec(text)?.[0])).toEqual(
      Array.from({ length: 1000 }, (_, i) => String(i)),
    );
    client.destroy();
  });
});
