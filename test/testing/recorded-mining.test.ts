import { afterAll, beforeAll, expect, it } from "vitest";
import { isObject, type Json, readJson } from "../../src/testing/daemon-json.js";
import { type AiAction, FakeDaemon } from "../../src/testing/index.js";
import { recording, sameShape, shapeOf } from "../support/recordings.js";

const PUBLISHER = "f040817f4f40c88a56ee7f2d3e6dc86b0a2fcb248e83094720a206d27327d65f";
const ANSWERER = "401aa2b9c00d94ce7abc8819ac8e287513db23994f46d44eb0601231d0d42405";
const VALIDATOR = "fcd6527ccbec7f42ab65cee10c5c6c127581f35138347ccad8df351be159982e";
const TASK = "943be81e20336c53de2c8ab40991839ca3b88bcb4f854f03cdbd69825eb369b6";
const ANSWER = "347bed9891ef359b3c177d12ebf6c7c8d71e7add15c8498b2958b575dbe5acef";

/** What was submitted, and in the block of which height it was executed. */
const STORY: readonly (readonly [height: number, action: AiAction])[] = [
  [146, { kind: "register", key: PUBLISHER, fee: 1_000_000_000 }],
  [
    161,
    {
      kind: "publish",
      key: PUBLISHER,
      taskId: TASK,
      reward: 5_000_000_000,
      difficulty: "Beginner",
      deadlineMs: 1_795_362_345_405,
      description: "Analyse this code please, thanks.",
    },
  ],
  [185, { kind: "register", key: ANSWERER, fee: 1_000_000_000 }],
  [186, { kind: "register", key: VALIDATOR, fee: 1_000_000_000 }],
  [
    187,
    {
      kind: "answer",
      key: ANSWERER,
      taskId: TASK,
      answerId: ANSWER,
      content: "This is my answer to the task, at least ten bytes long.",
      contentHash: "3dc3a2ed795e6cbd25b079372e3d253d02c8fad6ab1f73729dab7053a006d8ca",
      stake: 500_000_000,
    },
  ],
  [188, { kind: "validate", key: VALIDATOR, taskId: TASK, answerId: ANSWER, score: 85 }],
];
/** They speak of accounts, which the fake daemon has not. */
const LEFT_OUT = new Set(["get_balance", "get_nonce", "get_account_history"]);

let daemon: FakeDaemon;
beforeAll(async () => {
  daemon = await FakeDaemon.start();
  daemon.mine(132);
});
afterAll(() => daemon.stop());

async function ask(body: string): Promise<string> {
  try {
    return await (await fetch(daemon.httpUrl, { method: "POST", body })).text();
  } catch {
    return "EXC";
  }
}

function resultOf(answer: string): Json | undefined {
  const parsed = readJson(answer);
  return isObject(parsed) ? parsed.result : undefined;
}

it("calls about a task, from the first registration to its completion, answer as recorded", async () => {
  const lines = recording("ai/rpc.txt").trimEnd().split("\n");
  const story = [...STORY];
  const submitted: string[] = [];
  let compared = 0;
  for (let i = 0; i < lines.length; i += 2) {
    const [request = "", recorded = ""] = [lines[i]?.slice(2), lines[i + 1]?.slice(2)];
    const call = readJson(request);
    const method = isObject(call) ? call.method : undefined;
    if (typeof method !== "string" || LEFT_OUT.has(method)) continue;
    if (method === "submit_transaction") {
      const next = recorded.includes('"result":true') ? story.shift() : undefined;
      if (next === undefined) continue;
      daemon.mine(next[0] - daemon.chain.height - 1);
      submitted.push(daemon.submit(next[1]).hash);
      daemon.mine();
      continue;
    }
    const answer = await ask(request.replace(/"hash":"\w+"/, `"hash":"${submitted.at(-1)}"`));
    compared++;
    if (recorded.startsWith("EXC")) expect(answer).toBe("EXC");
    else if (/get_transaction|get_topoheight/.test(method)) {
      expect(sameShape(shapeOf(readJson(answer)), shapeOf(readJson(recorded))), answer).toBe(true);
    } else expect(answer).toBe(recorded);
  }
  expect(story).toEqual([]);
  expect(compared).toBeGreaterThan(40);
});

it("registrations are found by the blocks that executed them", async () => {
  const block = daemon.chain.at(146);
  const request = {
    jsonrpc: "2.0",
    id: 1,
    method: "get_transactions",
    params: { tx_hashes: block?.transactions.map(({ hash }) => hash) },
  };
  const [transaction] = Object.values(resultOf(await ask(JSON.stringify(request))) ?? {});
  expect(transaction).toMatchObject({
    data: { a_i_mining: { RegisterMiner: { miner_address: [...Buffer.from(PUBLISHER, "hex")] } } },
    executed_in_block: block?.hash,
  });
});
