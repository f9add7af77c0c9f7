import { request } from "node:http";
import { expect, test } from "vitest";
import { createApiServer } from "../../src/api/http/index.js";
import { METHOD_NAMES } from "../../src/api/method-names.js";
import { dashboardLink } from "../../src/api/node-client/index.js";
import { LINK_MS, LINKS_MAX, LoginLinks } from "../../src/api/page/login-links.js";
import { SESSION_SECONDS, SessionCookies } from "../../src/api/page/session-cookie.js";
import { FakeControl } from "../support/control/fake-control.js";
import { scratchDirectory } from "../support/scratch.js";
import { type Served, serve, TestSocket } from "./serve.js";

interface Answer {
  readonly status: number | undefined;
  readonly text: string;
  readonly cookie: string | undefined;
}

/** A POST by `node:http`, because `fetch` sets Origin and Host itself. */
function post(url: string, headers: Record<string, string>, body: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: "POST", headers }, async (response) => {
      const text = Buffer.concat(await response.toArray()).toString();
      resolve({ status: response.statusCode, text, cookie: response.headers["set-cookie"]?.[0] });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/** The code of a new login link. */
async function newCode({ api }: Served): Promise<string> {
  const { url } = await dashboardLink(api);
  expect(url.startsWith(`${api.url}/dashboard#login=`)).toBe(true);
  return new URL(url).hash.slice("#login=".length);
}

function login({ api }: Served, code: string, origin = api.url): Promise<Answer> {
  return post(`${api.url}/dashboard/session`, { origin }, JSON.stringify({ code }));
}

/** A `Cookie` header of a session. */
async function session(served: Served): Promise<string> {
  const { status, cookie = "" } = await login(served, await newCode(served));
  expect(status).toBe(204);
  expect(cookie).toMatch(/; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/);
  return cookie.split(";")[0] ?? "";
}

const call = (method: string) => JSON.stringify({ jsonrpc: "2.0", id: 1, method });

test("a login link works once", async () => {
  const served = await serve();
  const code = await newCode(served);
  expect((await login(served, code)).status).toBe(204);
  expect(await login(served, code)).toMatchObject({ status: 403, cookie: undefined });
});

test("a login by another page, without an origin, or with a wrong code gives no session", async () => {
  const served = await serve();
  const code = await newCode(served);
  const other = await serve();
  for (const origin of [
    "http://evil.example",
    "null",
    other.api.url,
    served.api.url.replace("127.0.0.1", "localhost"),
  ]) {
    expect((await login(served, code, origin)).status).toBe(403);
  }
  const path = `${served.api.url}/dashboard/session`;
  for (const body of ["", "{}", "null", `{"code":1}`, `{"code":"${"0".repeat(64)}"}`, "x".repeat(5000)]) {
    expect((await post(path, { origin: served.api.url }, body)).status).toBe(403);
  }
  const fresh = await newCode(served);
  expect((await post(path, {}, JSON.stringify({ code: fresh }))).status).toBe(403);
  expect((await post(path, { origin: served.api.url, host: "evil.example" }, "{}")).status).toBe(403);
});

test("a session calls the methods that read and no other, over HTTP and over a WebSocket", async () => {
  const served = await serve();
  const { url } = served.api;
  const headers = { origin: url, cookie: await session(served) };
  const socket = new TestSocket(url, headers);
  await new Promise((resolve) => socket.socket.once("open", resolve));
  const changing: string[] = [];
  for (const method of METHOD_NAMES) {
    const overHttp = JSON.parse((await post(`${url}/json_rpc`, headers, call(method))).text);
    const overSocket = await socket.call(1, method);
    expect(overHttp.error?.data?.code).toBe(overSocket.error?.data?.code);
    if (overHttp.error?.data?.code === "unauthorized") changing.push(method);
  }
  expect(changing.sort()).toEqual([
    "ai_cancel_task",
    "ai_publish_task",
    "ai_submit_solution",
    "ai_sync_task",
    "ai_validate_submission",
  ]);
  expect(served.control.drafts).toEqual([]);
  expect(await socket.call(2, "subscribe", { notify: "all" })).toMatchObject({ result: true });
  socket.socket.terminate();
});

test("a session is of no use to another page, and a cookie without an origin is none", async () => {
  const served = await serve();
  const { url } = served.api;
  const cookie = await session(served);
  const ask = async (headers: Record<string, string>): Promise<number | undefined> =>
    (await post(`${url}/json_rpc`, headers, call("ai_get_peers"))).status;
  expect(await ask({ cookie, origin: url })).toBe(200);
  expect(await ask({ cookie })).toBe(401);
  expect(await ask({ cookie, origin: "http://evil.example" })).toBe(403);
  expect(await ask({ cookie, origin: "http://127.0.0.1:1" })).toBe(403);
  // The name of a web page may resolve to this machine.
  expect(await ask({ cookie, origin: "http://evil.example", host: "evil.example" })).toBe(403);
  expect(await ask({ origin: url })).toBe(401);
  expect(await ask({ cookie: `${cookie}0`, origin: url })).toBe(401);
  const { socket } = new TestSocket(url, { cookie, origin: "http://evil.example" });
  const error = await new Promise<Error>((resolve) => socket.once("error", resolve));
  expect(error.message).toContain("403");
});

test("a session makes no login link, and neither does a request without the token", async () => {
  const served = await serve();
  const { url } = served.api;
  expect((await post(`${url}/dashboard/link`, {}, "")).status).toBe(401);
  const answer = await post(`${url}/dashboard/link`, { cookie: await session(served), origin: url }, "");
  expect(answer.status).toBe(401);
});

test("a node that listens beyond loopback serves no page and makes no link", async () => {
  const directory = await scratchDirectory();
  const api = await createApiServer({
    control: new FakeControl(),
    listen: { host: "0.0.0.0", port: 0 },
    tokenFile: `${directory}/api.token`,
    log: () => undefined,
  });
  try {
    expect(api.loginLink()).toBeUndefined();
    const url = api.url.replace("0.0.0.0", "127.0.0.1");
    expect((await fetch(`${url}/dashboard`)).status).toBe(404);
    await expect(dashboardLink({ url, token: api.token })).rejects.toThrow("loopback only");
  } finally {
    await api.stop();
  }
});

test("a login link ends after its time, and the oldest of too many ends first", () => {
  let nowMs = 0;
  const links = new LoginLinks(() => nowMs);
  const first = links.make().code;
  const others = Array.from({ length: LINKS_MAX }, () => links.make().code);
  expect(links.size).toBe(LINKS_MAX);
  expect(links.take(first)).toBe(false);
  expect(links.take(others[0] ?? "")).toBe(true);
  nowMs = LINK_MS;
  expect(links.take(others[1] ?? "")).toBe(false);
});

test("a session survives a restart of the node, and ends after its time or with the token", () => {
  let nowMs = 1_000_000;
  const header = new SessionCookies("a", () => nowMs).make(8135).split(";")[0];
  expect(new SessionCookies("a", () => nowMs).isGood(`x=1; ${header}`, 8135)).toBe(true);
  expect(new SessionCookies("b", () => nowMs).isGood(header, 8135)).toBe(false);
  expect(new SessionCookies("a", () => nowMs).isGood(header, 8136)).toBe(false);
  expect(new SessionCookies("a", () => nowMs).isGood(header?.replace("=4", "=9"), 8135)).toBe(false);
  nowMs += SESSION_SECONDS * 1000;
  expect(new SessionCookies("a", () => nowMs).isGood(header, 8135)).toBe(false);
});
