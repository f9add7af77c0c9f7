import { expect, test } from "vitest";
import { AUTHOR, FOREVER, TASK } from "../support/control/fake-control.js";
import { serve } from "./serve.js";

const OTHER = "fe".repeat(32);

test("the network info shows the position on the chain and why the chain can't be followed", async () => {
  const { call, control } = await serve();
  const chain = {
    mode: "daemon",
    place: "received",
    height: 40,
    topoheight: 44,
    stable_height: 32,
    timestamp: 1_790_000_020,
  };
  expect(await call("ai_get_network_info")).toMatchObject({ result: { chain: { ...chain, trouble: null } } });
  control.trouble = { reason: "stalled", detail: "no block for 90 s" };
  expect(await call("ai_get_network_info")).toMatchObject({ result: { chain: { trouble: control.trouble } } });
});

test("the network info of a chain that was not reached has null for unknown values, not 0", async () => {
  const { call, control } = await serve();
  const none = { height: null, stable_height: null, timestamp: null };
  control.place = "remembered";
  const remembered = { ...none, place: "remembered", topoheight: 44, hash: "07".repeat(32) };
  expect(await call("ai_get_network_info")).toMatchObject({ result: { chain: remembered } });
  control.place = "unknown";
  const unknown = { ...none, place: "unknown", topoheight: null, hash: null };
  expect(await call("ai_get_network_info")).toMatchObject({ result: { chain: unknown } });
});

test("a task shows the chain's own values exactly and whether the chain names the same publisher", async () => {
  const { call, control } = await serve();
  const { result: without } = await call("ai_get_task_details", { task_id: TASK });
  expect(without).not.toHaveProperty("chain");
  control.taskOnChain = {
    confirmed: false,
    publisher: OTHER,
    status: "Active",
    publishedAt: 17,
    rewardAmount: FOREVER,
    deadlineMs: 2n ** 60n + 1n,
  };
  const { result } = await call("ai_get_task_details", { task_id: TASK });
  expect(result?.chain).toEqual({
    confirmed: false,
    publisher: OTHER,
    status: "Active",
    published_at: 17,
    reward_amount: FOREVER.toString(),
    deadline_ms: "1152921504606846977",
  });
});

test("a miner shows the chain's own values if the chain has them", async () => {
  const { call } = await serve();
  const known = await call("ai_get_miner_stats", { miner: AUTHOR });
  expect(known).toMatchObject({ result: { chain: { registered_at: 12, reputation: 510 } } });
  const { result } = await call("ai_get_miner_stats", { miner: OTHER });
  expect(result).not.toHaveProperty("chain");
});

test("metrics show the position on the chain", async () => {
  const { api } = await serve();
  const response = await fetch(`${api.url}/metrics`, { headers: { authorization: `Bearer ${api.token}` } });
  const text = await response.text();
  expect(text).toContain("tos_ai_sync_chain_topoheight 44");
  expect(text).toContain("tos_ai_sync_chain_stable_height 32");
});
