import { afterEach, describe, expect, test } from "vitest";
import { type DaemonChainOptions, probeDaemon } from "../../../src/chain/index.js";
import type { FakeDaemonOptions } from "../../../src/testing/daemon-options.js";
import { FakeDaemon } from "../../../src/testing/fake-daemon.js";
import { wrongAnswers } from "../../../src/testing/quirks.js";
import { Followed, genesisOf } from "./followed.js";

const opened: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.stop();
});

async function fake(options: FakeDaemonOptions = {}, blocks = 30): Promise<FakeDaemon> {
  const daemon = await FakeDaemon.start(options);
  opened.push(daemon);
  if (blocks > 0) daemon.mine(blocks);
  return daemon;
}

async function follow(daemon: FakeDaemon, options: Partial<DaemonChainOptions> = {}): Promise<Followed> {
  const followed = await Followed.of(daemon, options);
  opened.push(followed.chain);
  return followed;
}

/** A daemon that pings every 50 ms, and a chain that takes 200 ms of silence for death. */
const HASTY_DAEMON = { timers: { pingMs: 50 } };
const HASTY = { times: { silenceMs: 200, answerMs: 150, openMs: 200 } };

describe("a daemon that is as it should be", () => {
  test("is probed: network, genesis, version, AI mining", async () => {
    const daemon = await fake({ network: "testnet" });
    const signal = AbortSignal.timeout(5000);
    for (const url of [daemon.url, daemon.httpUrl, `127.0.0.1:${daemon.port}`]) {
      expect(await probeDaemon(url, signal)).toEqual({
        network: 1,
        genesis: genesisOf(daemon),
        version: "0.1.0-fc3139b",
        ai: true,
      });
    }
    await daemon.restart({ profile: "plain" });
    expect(await probeDaemon(daemon.url, signal)).toMatchObject({ ai: false });
    await daemon.kill();
    await expect(probeDaemon(daemon.url, signal)).rejects.toMatchObject({ code: "chain_unreachable" });
    expect(daemon.clients).toBe(0);
  });

  test.each(["ai", "plain"] as const)("is followed from the genesis on, block by block (%s)", async (profile) => {
    const daemon = await fake({ profile });
    const followed = await follow(daemon);
    await followed.untilWhole(daemon);
    for (let i = 0; i < 20; i++) {
      daemon.mine();
      await followed.untilWhole(daemon);
    }
    expect(followed.chain.head()).toMatchObject({ topoheight: 50, stableHeight: 42 });
    expect(followed.reasons).toEqual([]);
    expect(followed.kinds).not.toContain("rewound");
    expect(followed.oracle.broken).toEqual([]);
    expect(daemon.subscribers("transaction_executed")).toBe(profile === "ai" ? 1 : 0);
    expect(daemon.requests("get_ai_mining_state")).toBe(0);
  });

  test("may tell its events twice, in any order, with ids of nobody, and before the reply", async () => {
    const quirks = { duplicates: true, shuffledBlocks: 5, strayIds: true, blockBeforeReply: true, spreadMs: 3 };
    const daemon = await fake({ quirks, blockMs: 2 });
    const followed = await follow(daemon);
    await followed.until(() => followed.oracle.told.size > 300);
    for (let i = 0; i < 5; i++) daemon.mineBeside({ before: i % 2 === 0 });
    daemon.mineOrphan();
    const { size } = followed.oracle.told;
    await followed.until(() => followed.oracle.told.size > size + 100);
    daemon.freeze();
    daemon.thaw();
    await followed.untilWhole(daemon);
    expect(followed.oracle.broken).toEqual([]);
    expect(followed.counted("unknown_id")).toBeGreaterThan(0);
    expect(followed.counted("disconnected")).toBe(0);
  });

  test("rewinds past its stable height without saying that a block was orphaned", async () => {
    const daemon = await fake({}, 60);
    const followed = await follow(daemon);
    await followed.untilWhole(daemon);
    daemon.reorganise(20);
    await followed.untilWhole(daemon);
    expect(followed.events.find(({ kind }) => kind === "rewound")).toMatchObject({ toTopoheight: 40 });
    daemon.reorganise(12, { blocks: 0 });
    await followed.untilWhole(daemon);
    expect(followed.chain.head()).toMatchObject({ topoheight: 49, stableHeight: 41 });
    expect(followed.oracle.broken).toEqual([]);
    expect(followed.reasons).toEqual([]);
  });

  test("is shorter by the time its blocks are asked for: it is asked again, and nobody is troubled", async () => {
    const daemon = await fake();
    daemon.override("get_blocks_range_by_topoheight", { kind: "error", code: -32004, message: "Invalid range" }, 3);
    const followed = await follow(daemon);
    await followed.untilWhole(daemon);
    expect(followed.reasons).toEqual([]);
  });

  test("tells what its transactions registered, in the block that executed them", async () => {
    const daemon = await fake();
    const followed = await follow(daemon);
    await followed.untilWhole(daemon);
    const keys = Array.from({ length: 45 }, (_, i) => (i + 1).toString(16).padStart(64, "0"));
    for (const key of keys) daemon.registerMiner(key);
    const { hash, topoheight } = daemon.mine();
    await followed.untilWhole(daemon);
    const told = followed.events.flatMap((event) => (event.kind === "block" ? [event.block] : []));
    expect(told.filter(({ registered }) => registered !== undefined)).toMatchObject([{ topoheight, hash }]);
    expect(new Set(told.at(-1)?.registered)).toEqual(new Set(keys));
    const signal = AbortSignal.timeout(5000);
    expect(await followed.chain.block(topoheight ?? 0, signal)).toEqual(told.at(-1));
    expect(await followed.chain.miner(keys[0] ?? "", signal)).toEqual({
      key: keys[0],
      registeredAt: topoheight,
      reputation: 500,
    });
    expect(await followed.chain.miner("ab".repeat(32), signal)).toBeUndefined();
    expect(await followed.chain.block(10_000, signal)).toBeUndefined();
  });

  test("knows a task with amounts past 2^53", async () => {
    const daemon = await fake();
    const followed = await follow(daemon);
    const key = "12".repeat(32);
    const taskId = "34".repeat(32);
    daemon.registerMiner(key);
    daemon.mine();
    const deadlineMs = Date.now() + 86_400_000;
    const task = { kind: "publish", key, taskId, difficulty: "Beginner", description: "analyse this" } as const;
    daemon.submit({ ...task, reward: 5_000_000_000, deadlineMs });
    daemon.mine();
    await followed.untilWhole(daemon);
    const signal = AbortSignal.timeout(5000);
    expect(await followed.chain.task(taskId, signal)).toMatchObject({
      publisher: key,
      status: "Active",
      rewardAmount: 5_000_000_000n,
      deadlineMs: BigInt(deadlineMs),
    });
    daemon.override("get_ai_mining_task", wrongAnswers.replaced("reward_amount", 18_446_744_073_709_551_615n), 1);
    expect(await followed.chain.task(taskId, signal)).toMatchObject({ rewardAmount: 18_446_744_073_709_551_615n });
    daemon.override("get_ai_mining_task", wrongAnswers.huge("reward_amount"), 1);
    expect(await followed.chain.task(taskId, signal)).toBeUndefined();
    expect(await followed.chain.task("56".repeat(32), signal)).toBeUndefined();
  });

  test("has no AI mining: it is not asked about any", async () => {
    const daemon = await fake({ profile: "plain" });
    const followed = await follow(daemon);
    await followed.untilWhole(daemon);
    const signal = AbortSignal.timeout(5000);
    expect(await followed.chain.miner("12".repeat(32), signal)).toBeUndefined();
    expect(await followed.chain.task("12".repeat(32), signal)).toBeUndefined();
    expect(daemon.requests("get_ai_mining_miner") + daemon.requests("get_ai_mining_task")).toBe(0);
  });

  test("tells where its peers are: addresses only, each once", async () => {
    const daemon = await fake();
    daemon.peers.connect({ addr: "127.0.0.2:50000" });
    daemon.peers.connect({ addr: "127.0.0.2:50001" });
    daemon.peers.connect({ addr: "[::2]:2125" });
    const followed = await follow(daemon);
    const hosts = () => followed.events.flatMap((event) => (event.kind === "hosts" ? [event.hosts] : []));
    await followed.until(() => hosts().length === 1);
    expect(new Set(hosts()[0])).toEqual(new Set(["127.0.0.2", "::2"]));
    daemon.peers.disconnect("127.0.0.2:50000");
    daemon.peers.connect({ addr: "127.0.0.3:50000" });
    await followed.until(() => hosts().length === 2);
    expect(new Set(hosts()[1])).toEqual(new Set(["127.0.0.2", "127.0.0.3", "::2"]));
  });

  test("runs without P2P: no hosts, no trouble", async () => {
    const daemon = await fake({ p2p: false });
    const followed = await follow(daemon);
    await followed.untilWhole(daemon);
    expect(followed.kinds).not.toContain("hosts");
    expect(followed.reasons).toEqual([]);
  });
});

describe("a daemon that refuses the WebSocket", () => {
  test("is followed over HTTP, and by WebSocket again when it may be", async () => {
    const daemon = await fake({ connectionsPerMinute: 0 });
    const followed = await follow(daemon, { times: { pollMs: 20, upgradeMs: 300 } });
    await followed.untilWhole(daemon);
    expect(daemon.clients).toBe(0);
    daemon.mine(50);
    await followed.untilWhole(daemon);
    daemon.reorganise(15);
    await followed.untilWhole(daemon);
    const { length } = followed.events;
    await followed.until(() => followed.counted("connected") >= 3);
    daemon.mine(3);
    await followed.untilWhole(daemon);
    expect(followed.events.length).toBeGreaterThan(length);
    expect(followed.reasons).toEqual([]);
    expect(followed.oracle.broken).toEqual([]);
  });
});

describe("a daemon that goes", () => {
  test("by SIGKILL is missed at once and whole again within two seconds of its return, every time", async () => {
    const daemon = await fake({ blockMs: 3 });
    const followed = await follow(daemon);
    await followed.untilWhole(daemon);
    for (let round = 0; round < 12; round++) {
      const { length } = followed.reasons;
      const killedMs = performance.now();
      await daemon.kill({ reset: round % 3 === 0 });
      await followed.until(() => followed.reasons.length > length);
      expect(performance.now() - killedMs).toBeLessThan(500);
      expect(followed.chain.trouble()).toMatchObject({ reason: "unreachable" });
      daemon.mine(round * 7);
      if (round % 4 === 3) daemon.reorganise(round * 2);
      await daemon.restart();
      const backMs = performance.now();
      await followed.untilWhole(daemon);
      expect(performance.now() - backMs).toBeLessThan(2000);
    }
    expect(followed.oracle.broken).toEqual([]);
    expect(daemon.clients).toBe(1);
  }, 60_000);

  test("by SIGSTOP is missed when its pings are, and followed again when it goes on", async () => {
    const daemon = await fake(HASTY_DAEMON);
    const followed = await follow(daemon, HASTY);
    await followed.untilWhole(daemon);
    daemon.freeze();
    await followed.until(() => followed.reasons.length > 0);
    expect(followed.reasons).toEqual(["unreachable"]);
    expect(followed.counted("silent")).toBe(1);
    daemon.thaw();
    daemon.mine();
    await followed.untilWhole(daemon);
    expect(followed.reasons).toEqual(["unreachable", "healed"]);
  });

  test("is a zombie, open and dead, and is left for a new connection", async () => {
    const daemon = await fake(HASTY_DAEMON);
    const followed = await follow(daemon, HASTY);
    await followed.untilWhole(daemon);
    daemon.override("get_top_block", wrongAnswers.panic, 1);
    daemon.mine();
    await followed.until(() => followed.reasons.length > 0);
    await followed.untilWhole(daemon);
    expect(followed.counted("connected")).toBe(2);
  });

  test("pings and does not answer: it is left for a new connection", async () => {
    const daemon = await fake(HASTY_DAEMON);
    const followed = await follow(daemon, HASTY);
    await followed.untilWhole(daemon);
    daemon.override("get_blocks_range_by_topoheight", wrongAnswers.silence, 1);
    daemon.mine();
    await followed.until(() => followed.counted("timeout") === 1);
    await followed.untilWhole(daemon);
    expect(followed.reasons).toEqual(["unreachable", "healed"]);
  });

  test("comes back without its RPC, and later with it", async () => {
    const daemon = await fake();
    const followed = await follow(daemon);
    await followed.untilWhole(daemon);
    await daemon.restart({ rpc: false });
    await followed.until(() => followed.counted("disconnected") >= 3);
    expect(followed.chain.trouble()).toMatchObject({ reason: "unreachable", detail: "ECONNREFUSED" });
    await daemon.restart();
    await followed.untilWhole(daemon);
    expect(followed.reasons).toEqual(["unreachable", "healed"]);
  });

  test("was never there: the start does not wait for it", async () => {
    const daemon = await fake();
    await daemon.kill();
    const followed = await follow(daemon);
    expect(followed.chain.head()).toMatchObject({ topoheight: 0 });
    expect(followed.chain.trouble()).toMatchObject({ reason: "unreachable" });
    await followed.until(() => followed.reasons.length > 0);
    await daemon.restart();
    await followed.untilWhole(daemon);
  });

  test("stands still: no block for too long", async () => {
    const daemon = await fake();
    daemon.override("get_info", wrongAnswers.replaced("block_time_target", 1));
    const followed = await follow(daemon, { times: { stallMs: 150 } });
    await followed.until(() => followed.reasons.includes("stalled"));
    expect(followed.whole(daemon)).toBe(true);
    daemon.mine();
    await followed.until(() => followed.reasons.includes("healed"));
    expect(followed.reasons.slice(0, 2)).toEqual(["stalled", "healed"]);
  });
});

describe("a daemon that is another", () => {
  test.each([{ seed: "another genesis" }, { network: "mainnet" as const }])(
    "is not followed until it is right again: %o",
    async (changes) => {
      const daemon = await fake({ seed: "the first" });
      const followed = await follow(daemon);
      await followed.untilWhole(daemon);
      const blocks = daemon.chain;
      await daemon.restart(changes);
      daemon.mine(5);
      await followed.until(() => followed.counted("wrong_network") >= 2);
      const { length } = followed.events;
      expect(followed.chain.trouble()).toMatchObject({ reason: "wrong_network" });
      daemon.mine(5);
      await followed.until(() => followed.counted("wrong_network") >= 3);
      expect(followed.events.length).toBe(length);
      expect(followed.events.slice(-1)).toMatchObject([{ kind: "degraded", reason: "wrong_network" }]);
      await daemon.restart({ seed: "the first", network: "devnet" });
      expect(daemon.chain.at(0)?.hash).toBe(blocks.at(0)?.hash);
      daemon.mine(40);
      await followed.untilWhole(daemon);
      expect(followed.oracle.broken).toEqual([]);
    },
  );
});

describe("a daemon that answers wrongly", () => {
  test.each([
    ["another shape", "get_top_block", wrongAnswers.wrongShape],
    ["a number that no u64 holds", "get_top_block", wrongAnswers.huge("topoheight")],
    ["a height past 2^53", "get_info", wrongAnswers.replaced("stableheight", 2n ** 60n)],
    ["a member missing", "get_info", wrongAnswers.without("block_time_target")],
    ["a hash that is none", "get_blocks_range_by_topoheight", wrongAnswers.replaced("hash", "zz")],
    ["other blocks", "get_blocks_range_by_topoheight", wrongAnswers.replaced("topoheight", 3)],
    ["text for a number", "get_stable_topoheight", { kind: "result", result: "8" } as const],
    ["half a message", "get_top_block", wrongAnswers.malformed],
    ["a message over the limit", "get_top_block", wrongAnswers.ofBytes(16 * 1024 * 1024 + 1)],
    ["an error without a code", "get_top_block", { kind: "raw", text: '{"id":1,"error":{}}' } as const],
    ["a bare null", "get_top_block", { kind: "raw", text: "null" } as const],
  ])("says so, and is followed again: %s", async (_name, method, override) => {
    const daemon = await fake();
    const followed = await follow(daemon);
    await followed.untilWhole(daemon);
    daemon.override(method, override);
    daemon.mine();
    await followed.until(() => followed.reasons.includes("bad_answers"));
    expect(followed.counted("bad_answer")).toBeGreaterThan(0);
    daemon.clearOverrides();
    daemon.mine();
    await followed.untilWhole(daemon);
    expect(followed.oracle.broken).toEqual([]);
  });

  test("unasked: messages for nobody are counted, what can't be read ends the connection", async () => {
    const daemon = await fake();
    const followed = await follow(daemon);
    await followed.untilWhole(daemon);
    daemon.broadcast('{"id":987654,"jsonrpc":"2.0","result":{"event":"new_block","hash":"00"}}');
    daemon.broadcast('{"id":987654,"jsonrpc":"2.0","result":true}');
    daemon.broadcast('{"error":{"code":-32601,"message":"x"},"id":987654,"jsonrpc":"2.0"}');
    await followed.until(() => followed.counted("unknown_id") === 3);
    expect(followed.counted("disconnected")).toBe(0);
    for (const text of ["{", "[]", '{"error":{"code":-32700,"message":"m"},"id":null}']) {
      const before = followed.counted("connected");
      daemon.broadcast(text);
      await followed.until(() => followed.counted("connected") > before);
      await followed.untilWhole(daemon);
    }
    expect(followed.counted("bad_answer")).toBe(3);
    expect(followed.oracle.broken).toEqual([]);
  }, 60_000);
});

describe("the end", () => {
  test("leaves no timer, no connection and no listener, whatever it was doing", async () => {
    const daemon = await fake({ blockMs: 1 }, 2000);
    const resources = () =>
      process.getActiveResourcesInfo().filter((name) => /Timeout|TCP|Immediate/.test(name)).length;
    const before = resources();
    for (const situation of ["connecting", "following", "gone", "http"]) {
      if (situation === "gone") await daemon.kill();
      const followed = await Followed.of(daemon);
      if (situation === "following") await followed.until(() => followed.oracle.told.size > 100);
      if (situation === "gone") await followed.until(() => followed.reasons.length > 0);
      const { length } = followed.events;
      await followed.chain.stop();
      await followed.chain.stop();
      const after = followed.events.length;
      if (situation === "gone") await daemon.restart();
      await daemon.untilClients(0);
      expect(followed.events.length).toBe(after);
      expect(after - length).toBeLessThan(2);
    }
    await new Promise((resolve) => setImmediate(resolve));
    expect(resources()).toBeLessThanOrEqual(before);
  });
});
