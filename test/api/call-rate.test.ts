import { join } from "node:path";
import { expect, test } from "vitest";
import { readToken } from "../../src/api/client/index.js";
import { CALLS_BURST, CallRate } from "../../src/api/http/call-rate.js";
import { serve } from "./serve.js";

const BATCH = 20;

test("a token gets 1,000 calls a second, and 2,000 after a pause", () => {
  const rate = new CallRate();
  const granted = (nowMs: number): number => {
    for (let calls = 0; ; calls++) {
      try {
        rate.take("all", nowMs);
      } catch {
        return calls;
      }
    }
  };
  expect([0, 0, 500, 1500, 60_000].map(granted)).toEqual([2000, 0, 500, 1000, 2000]);
});

test("a program that calls without a pause is refused, and callers of another token are answered", async () => {
  const { api, directory, post, call } = await serve();
  const token = await readToken(join(directory, "api-read.token"));
  const one = { jsonrpc: "2.0", id: 1, method: "ai_get_peers" };
  const batch = JSON.stringify(Array.from({ length: BATCH }, () => one));
  const codes: unknown[] = [];
  // More than the calls that are granted while the test runs for ten seconds.
  for (let sent = 0; sent < CALLS_BURST + 10_000 && !codes.includes("peer_busy"); sent += BATCH) {
    const { json } = await post(batch, { authorization: `Bearer ${token}` });
    for (const { error } of Object.values(json)) codes.push(error?.data?.code);
  }
  expect(codes.length).toBeGreaterThanOrEqual(CALLS_BURST);
  expect(new Set(codes)).toEqual(new Set([undefined, "peer_busy"]));
  expect((await call("ai_get_peers")).result).toBeDefined();
  expect(api.token).not.toBe(token);
});
