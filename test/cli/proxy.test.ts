import http from "node:http";
import { connect } from "node:net";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { probeDaemon } from "../../src/chain/index.js";
import { FakeDaemon } from "../../src/testing/index.js";
import { fakeNode } from "../support/run-cli.js";

/** Requests that used Node's shared agent or `fetch`, where a proxy of the environment applies. */
const shared: string[] = [];

/** Replaces the agent that Node makes with NODE_USE_ENV_PROXY. */
class ProxyAgent extends http.Agent {
  createConnection(options: { readonly host?: string; readonly port?: number }): ReturnType<typeof connect> {
    shared.push(`${options.host}:${options.port}`);
    return connect(1, "127.0.0.1");
  }
}

const before = http.globalAgent;
beforeEach(() => {
  shared.length = 0;
  http.globalAgent = new ProxyAgent();
  vi.stubGlobal("fetch", (url: string) => {
    shared.push(url);
    return Promise.reject(new Error("through a proxy"));
  });
});
afterEach(() => {
  http.globalAgent = before;
  vi.unstubAllGlobals();
});

test("calls of the command line use no proxy of the environment", async () => {
  const { control, cli } = await fakeNode();
  expect(await cli(["status", "--json"])).toMatchObject({ code: 0, err: "" });
  const interrupt = new AbortController();
  control.emit("task_published", { task_id: "ab".repeat(32) });
  const untilOutput = { signal: interrupt.signal, onOut: () => interrupt.abort() };
  expect(await cli(["watch", "--json", "--after", "0"], untilOutput)).toMatchObject({
    code: 0,
    out: expect.stringContaining("task_published"),
  });
  expect(shared).toEqual([]);
});

test.each(["ws", "http"])("calls to a daemon on this machine use no proxy, over %s", async (scheme) => {
  const daemon = await FakeDaemon.start();
  onTestFinished(() => daemon.stop());
  const url = daemon.url.replace(/^ws/, scheme);
  expect(await probeDaemon(url, AbortSignal.timeout(60_000))).toMatchObject({ ai: true });
  expect(shared).toEqual([]);
});
