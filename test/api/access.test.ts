import { chmod, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readOrCreateToken } from "../../src/api/client/token-file.js";
import { createApiServer } from "../../src/api/http/index.js";
import { NetworkError } from "../../src/protocol/errors.js";
import { FakeControl } from "../support/control/fake-control.js";
import { callWithoutRoom } from "../support/no-room.js";
import { serve, TestSocket } from "./serve.js";

const PEERS = `{"jsonrpc":"2.0","id":1,"method":"ai_get_peers"}`;

/** Sends a request by `node:http`, because `fetch` sets its own Host header. */
function statusWith(url: string, path: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(`${url}${path}`, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.on("error", reject);
    sent.end();
  });
}

describe("the token", () => {
  test("the token is made once, readable by its owner only, and required by everything but health", async () => {
    const { api, directory, post } = await serve();
    const path = join(directory, "api.token");
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await readFile(path, "utf8")).trim()).toBe(api.token);
    expect(api.token).toMatch(/^[0-9a-f]{64}$/);
    expect(await readOrCreateToken(path)).toBe(api.token);
    const wrong = `${api.token.slice(0, -1)}${api.token.endsWith("0") ? "1" : "0"}`;
    for (const authorization of [
      `Bearer ${wrong}`,
      "Bearer",
      `Basic ${api.token}`,
      `Bearer ${api.token}0`,
      api.token,
    ]) {
      const refused = await post(PEERS, { authorization });
      expect(refused.status).toBe(401);
      expect(refused.json).toMatchObject({ id: null, error: { code: -32013, data: { code: "unauthorized" } } });
    }
    expect((await post(PEERS)).status).toBe(200);
    const metrics = (headers: Record<string, string>) => statusWith(api.url, "/metrics", headers);
    expect(await metrics({})).toBe(401);
    expect(await metrics({ authorization: `Bearer ${api.token}` })).toBe(200);
    expect(await statusWith(api.url, "/health", {})).toBe(200);
    expect(await statusWith(api.url, "/nothing", { authorization: `bearer ${api.token}` })).toBe(404);
    expect(await statusWith(api.url, "/json_rpc", { authorization: `Bearer ${api.token}` })).toBe(400);
  });

  test("a token file that others may read, or that has no token, is refused", async () => {
    const { directory } = await serve();
    const path = join(directory, "api.token");
    await chmod(path, 0o640);
    await expect(readOrCreateToken(path)).rejects.toMatchObject({ code: "key_exposed" });
    await chmod(path, 0o600);
    await writeFile(path, "short");
    await expect(readOrCreateToken(path)).rejects.toMatchObject({ code: "key_unreadable" });
  });

  test("two starts at once make one token", async () => {
    const { directory } = await serve();
    const path = join(directory, "other.token");
    const tokens = await Promise.all(Array.from({ length: 8 }, () => readOrCreateToken(path)));
    expect(new Set(tokens).size).toBe(1);
  });

  test("a token that can't be written on a full disk leaves no file after any number of attempts", async () => {
    const { directory } = await serve();
    const before = await readdir(directory);
    const code = await callWithoutRoom("api/client/token-file.js", "readOrCreateToken", join(directory, "other.token"));
    expect([code, await readdir(directory)]).toEqual(["storage_failed", before]);
  });

  test("a WebSocket needs the token before the upgrade", async () => {
    const { api } = await serve();
    for (const headers of [{}, { authorization: "Bearer x" }] as Record<string, string>[]) {
      const { socket } = new TestSocket(api.url, headers);
      const error = await new Promise<Error>((resolve) => socket.once("error", resolve));
      expect(error.message).toContain("401");
    }
  });
});

describe("requests of other origins", () => {
  test("a request with a foreign Host or with an Origin is refused", async () => {
    const { api } = await serve();
    const ask = (headers: Record<string, string>, path = "/metrics") =>
      statusWith(api.url, path, { authorization: `Bearer ${api.token}`, ...headers });
    expect(await ask({ host: "evil.example" })).toBe(403);
    expect(await ask({ host: "127.0.0.1.evil.example:8135" })).toBe(403);
    expect(await ask({ host: "evil.example" }, "/health")).toBe(403);
    expect(await ask({ host: "localhost:1" })).toBe(200);
    expect(await ask({ host: "[::1]:8135" })).toBe(200);
    expect(await ask({ origin: "http://evil.example" })).toBe(403);
    expect(await ask({ origin: "null" })).toBe(403);
    expect(await ask({ origin: "http://127.0.0.1:8135" })).toBe(403);
  });

  test("a chunked request is answered like any other", async () => {
    const { api, lines } = await serve();
    const answer = await new Promise<string>((resolve, reject) => {
      const authorization = `Bearer ${api.token}`;
      const sent = request(`${api.url}/json_rpc`, { method: "POST", headers: { authorization } }, async (response) => {
        resolve(`${response.statusCode} ${Buffer.concat(await response.toArray())}`);
      });
      sent.on("error", reject);
      sent.write(PEERS.slice(0, 20));
      setImmediate(() => sent.end(PEERS.slice(20)));
    });
    expect(answer).toMatch(/^200 {"jsonrpc":"2.0","id":1,"result":{"peers":\[/);
    expect(lines).toEqual([]);
  });

  test("a caller that disconnects in the middle of its request is not counted as a defect", async () => {
    const { api, lines } = await serve();
    const headers = { authorization: `Bearer ${api.token}`, "content-length": "100" };
    const sent = request(`${api.url}/json_rpc`, { method: "POST", headers });
    sent.on("error", () => undefined);
    sent.write("{");
    const calls = () => api.bounds().find(({ name }) => name === "api_http_calls")?.size;
    await expect.poll(calls).toBe(1);
    sent.destroy();
    await expect.poll(calls).toBe(0);
    expect(lines).toEqual([]);
  });

  test("an oversized request gets 413 with its length or in chunks", async () => {
    const { api, post, call } = await serve();
    const huge = "x".repeat(3 * 1024 * 1024 + 1);
    const refused = await post(huge).catch(() => undefined);
    // Undici may notice the closed connection before it reads the response.
    if (refused !== undefined) {
      expect(refused).toMatchObject({ status: 413, json: { error: { data: { code: "payload_too_large" } } } });
    }
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const sent = request(
        `${api.url}/json_rpc`,
        { method: "POST", headers: { authorization: `Bearer ${api.token}`, "transfer-encoding": "chunked" } },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      );
      sent.on("error", (error) => (error.message.includes("EPIPE") ? undefined : reject(error)));
      sent.end(huge);
    });
    expect(status).toBe(413);
    expect(await call("ai_get_peers")).toMatchObject({ result: {} });
  });
});

describe("the server", () => {
  test("a server on a taken port names the port", async () => {
    const { api, directory } = await serve();
    const port = Number(new URL(api.url).port);
    const second = createApiServer({
      control: new FakeControl(),
      listen: { host: "127.0.0.1", port },
      tokenFile: join(directory, "api.token"),
      log: () => undefined,
    });
    await expect(second).rejects.toMatchObject({ code: "address_in_use" });
  });

  test("a server that fails to start frees its port", async () => {
    const { directory } = await serve();
    const control = new FakeControl();
    const busy = new NetworkError("peer_busy", "too many programs listen");
    control.subscribe = () => {
      throw busy;
    };
    const servers = () => process.getActiveResourcesInfo().filter((name) => name === "TCPServerWrap").length;
    const before = servers();
    const listen = { host: "127.0.0.1", port: 0 };
    const tokenFile = join(directory, "api.token");
    await expect(createApiServer({ control, listen, tokenFile, log: () => undefined })).rejects.toBe(busy);
    await expect.poll(servers).toBe(before);
  });

  test("the server answers health and metrics", async () => {
    const { api, control, call } = await serve();
    const health = async () => {
      const response = await fetch(`${api.url}/health`);
      return [response.status, await response.json()];
    };
    expect(await health()).toEqual([200, { status: "ok", components: { storage: { status: "ok" } }, faults: [] }]);
    const full = {
      component: "storage",
      code: "disk_full",
      status: "failed",
      text: "disk full",
      cure: "make room",
    } as const;
    control.healthy = {
      status: "failed",
      components: [{ name: "storage", status: "failed", reason: "disk full" }],
      faults: [{ ...full, sinceSeconds: 17 }],
    };
    expect(await health()).toEqual([
      503,
      {
        status: "failed",
        components: { storage: { status: "failed", reason: "disk full" } },
        faults: [{ ...full, since: 17 }],
      },
    ]);
    const metrics = await api.metrics.text(control);
    expect(metrics).toContain('tos_ai_sync_fault{component="storage",code="disk_full"} 2');
    expect(metrics).toContain('tos_ai_sync_fault{component="sync",code="bodies_missing"} 0');
    api.metrics.count("records_in", "accepted", 3);
    api.metrics.count("records_in", "what a peer sent\n", 1);
    for (let i = 0; i < 1000; i++) api.metrics.count("faults", `label_${i}`, 1);
    api.metrics.count("never_heard_of", "x", 2);
    await call("ai_get_peers");
    await call("made_up_by_a_caller");
    const response = await fetch(`${api.url}/metrics`, { headers: { authorization: `Bearer ${api.token}` } });
    const text = await response.text();
    expect(text).toContain('tos_ai_sync_records_in_total{label="accepted"} 3');
    expect(text).toContain('tos_ai_sync_records_in_total{label="other"} 1');
    expect(text).toContain("tos_ai_sync_other_total 2");
    expect(text.match(/tos_ai_sync_faults_total\{/g)).toHaveLength(129);
    expect(text).toContain('tos_ai_sync_api_calls_total{method="ai_get_peers",outcome="ok"} 1');
    expect(text).toContain('tos_ai_sync_api_calls_total{method="other",outcome="rejected"} 1');
    expect(text).toContain('tos_ai_sync_bound_size{name="known_ids"} 3');
    expect(text).toContain('tos_ai_sync_health{component="storage"} 2');
    expect(text).toContain("tos_ai_sync_damaged_values 2");
    expect(text).not.toContain("made_up_by_a_caller");
  });

  test("the server answers at most 32 calls at once", async () => {
    const { control, call, post } = await serve();
    let open = (): void => undefined;
    control.gate = new Promise((resolve) => {
      open = resolve;
    });
    const ask = `{"jsonrpc":"2.0","id":1,"method":"ai_cancel_task","params":{"task_id":"${"a1".repeat(32)}"}}`;
    const asked = Array.from({ length: 33 }, () => post(ask));
    const first = await Promise.race(asked);
    expect(first).toMatchObject({ status: 503, json: { error: { data: { code: "peer_busy" } } } });
    open();
    expect((await Promise.all(asked)).filter(({ status }) => status === 200)).toHaveLength(32);
    expect(await call("ai_get_peers")).toMatchObject({ result: {} });
  });

  test("a server with open calls and sockets stops and leaves no handle", async () => {
    const served = await serve();
    const { api, control } = served;
    const socket = await TestSocket.open(served);
    await socket.call(1, "subscribe", { notify: "all" });
    expect(control.listeners.size).toBe(1);
    await api.stop();
    expect(await socket.closed).toEqual({ code: 1001, reason: "the node stops" });
    expect(control.listeners.size).toBe(0);
    await expect(fetch(`${api.url}/health`)).rejects.toThrow();
    await api.stop();
    const again = await createApiServer({
      control,
      listen: { host: "127.0.0.1", port: Number(new URL(api.url).port) },
      tokenFile: join(served.directory, "api.token"),
      log: () => undefined,
    });
    expect(again.token).toBe(api.token);
    await again.stop();
    const servers = () => process.getActiveResourcesInfo().filter((name) => name === "TCPServerWrap");
    await expect.poll(servers).toEqual([]);
  });
});
