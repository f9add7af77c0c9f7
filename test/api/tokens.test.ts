import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { newToken, readOrCreateToken, readToken } from "../../src/api/client/index.js";
import { METHOD_NAMES } from "../../src/api/method-names.js";
import { run } from "../support/run-cli.js";
import { scratchDirectory } from "../support/scratch.js";
import { type Served, serve, TestSocket } from "./serve.js";

const CHANGING = ["ai_publish_task", "ai_submit_solution", "ai_validate_submission", "ai_cancel_task", "ai_sync_task"];

const bearer = (token: string): { authorization: string } => ({ authorization: `Bearer ${token}` });
const readingToken = ({ directory }: Served): Promise<string> => readToken(join(directory, "api-read.token"));
const request = (method: string, params?: unknown): string => JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
const PEERS = request("ai_get_peers");
const CANCEL = { task_id: "00".repeat(32) };

describe("the token that may only read", () => {
  test("it calls every method that reads and gets the metrics, and no method that changes something", async () => {
    const served = await serve();
    const { api, control, post } = served;
    const headers = bearer(await readingToken(served));
    for (const method of METHOD_NAMES) {
      const { text } = await post(request(method), headers);
      expect([method, text.includes('"unauthorized"')]).toEqual([method, CHANGING.includes(method)]);
    }
    const batch = `[${PEERS},${request("ai_cancel_task", CANCEL)}]`;
    expect((await post(batch, headers)).json).toMatchObject([{ result: {} }, { error: { code: -32013 } }]);
    expect([control.drafts, control.synced]).toEqual([[], []]);
    expect((await fetch(`${api.url}/metrics`, { headers })).status).toBe(200);
    expect((await fetch(`${api.url}/dashboard/link`, { method: "POST", headers })).status).toBe(401);
  });

  test("a socket of it gets events and publishes nothing", async () => {
    const served = await serve();
    const socket = await TestSocket.open({ api: { url: served.api.url, token: await readingToken(served) } });
    expect(await socket.call(1, "ai_cancel_task", CANCEL)).toMatchObject({ error: { data: { code: "unauthorized" } } });
    expect(await socket.call(2, "subscribe", { notify: "all" })).toMatchObject({ result: true });
    served.control.emit("node_started");
    expect(await socket.next()).toMatchObject({ result: { event: "node_started" } });
    expect(served.control.drafts).toEqual([]);
  });
});

describe("a token that is replaced while the node runs", () => {
  test("the new one is taken, the old one is refused, and what the old one opened ends", async () => {
    const served = await serve();
    const { api, control, directory, post } = served;
    const [old, reading] = [api.token, await readingToken(served)];
    const [full, stubborn] = [await TestSocket.open(served), await TestSocket.open(served)];
    const reader = await TestSocket.open({ api: { url: api.url, token: reading } });
    // This client does not see that the node closes its socket, and calls on.
    stubborn.socket.pause();
    const token = newToken();
    await writeFile(join(directory, "api.token"), `${token}\n`);
    expect(await full.closed).toEqual({ code: 1008, reason: "the token was replaced" });
    stubborn.socket.send(request("ai_cancel_task", CANCEL));
    expect((await post(PEERS, bearer(old))).status).toBe(401);
    expect((await post(PEERS, bearer(token))).status).toBe(200);
    expect((await post(PEERS, bearer(reading))).status).toBe(200);
    expect(await reader.call(1, "ai_get_peers")).toMatchObject({ result: {} });
    stubborn.socket.resume();
    await stubborn.closed;
    expect(control.drafts).toEqual([]);
  });

  test("a file that is gone, empty or open to others leaves the token as it was, and is logged once", async () => {
    const { api, directory, lines, post } = await serve();
    const path = join(directory, "api.token");
    const headers = bearer(api.token);
    const faults = [
      () => rm(path),
      () => writeFile(path, "", { mode: 0o600 }),
      async () => {
        await writeFile(path, newToken());
        await chmod(path, 0o644);
      },
    ];
    for (const [index, make] of faults.entries()) {
      await make();
      await vi.waitUntil(() => lines.length > index, { timeout: 60_000 });
      expect((await post(PEERS, headers)).status).toBe(200);
    }
    expect(lines).toEqual(Array(3).fill("a token file can't be used: the token that was read before stays"));
  });
});

test("token rotate replaces the file of one of the two tokens, and prints no token", async () => {
  const dir = await scratchDirectory();
  expect((await run(["token", "rotate", "--dir-path", dir])).code).not.toBe(0);
  const data = join(dir, "ai", "dev");
  await mkdir(data, { recursive: true });
  const [file, readFileName] = [join(data, "api.token"), join(data, "api-read.token")];
  const [full, reading] = [await readOrCreateToken(file), await readOrCreateToken(readFileName)];
  const rotated = await run(["token", "rotate", "--read-only", "--json", "--dir-path", dir]);
  expect(rotated).toMatchObject({ code: 0, err: "" });
  expect(JSON.parse(rotated.out)).toEqual({ file: readFileName });
  expect(await readToken(file)).toBe(full);
  expect(await readToken(readFileName)).not.toBe(reading);
  expect(rotated.out).not.toContain((await readFile(readFileName, "utf8")).trim());
});
