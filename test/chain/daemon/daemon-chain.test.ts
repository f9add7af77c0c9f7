import { afterEach, describe, expect, test } from "vitest";
import { probeDaemon } from "../../../src/chain/index.js";
import { wrongAnswers } from "../../../src/testing/quirks.js";
import { stallFreeTime } from "../../support/stall-free-time.js";
import { genesisOf, Opened } from "./followed.js";

stallFreeTime();
const opened = new Opened();
afterEach(() => opened.close());
const fake = opened.fake.bind(opened);
const follow = opened.follow.bind(opened);

describe("a correct daemon", () => {
  test("a probe reads network, genesis, version and AI mining", async () => {
    const daemon = await fake({ network: "testnet" });
    const signal = AbortSignal.timeout(120_000);
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

  test.each(["ai", "plain"] as const)(
    "a daemon is followed from the genesis on, block by block (%s)",
    async (profile) => {
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
    },
  );

  test("events may repeat, be out of order, have unknown ids, and precede the reply", async () => {
    const quirks = { duplicates: true, shuffledBlocks: 5, strayIds: true, blockBeforeReply: true, spreadMs: 3 };
    const daemon = await fake({ quirks, blockMs: 2 });
    const followed = await follow(daemon);
    await followed.until(() => followed.oracle.emitted.size > 300);
    for (let i = 0; i < 5; i++) daemon.mineBeside({ before: i % 2 === 0 });
    daemon.mineOrphan();
    const { size } = followed.oracle.emitted;
    await followed.until(() => followed.oracle.emitted.size > size + 100);
    daemon.freeze();
    daemon.thaw();
    // Only a machine with enough free time can catch up with a chain that grows by 500 blocks a second.
    daemon.stall();
    await followed.untilWhole(daemon);
    expect(followed.oracle.broken).toEqual([]);
    expect(followed.counted("unknown_id")).toBeGreaterThan(0);
    expect(followed.counted("disconnected")).toBe(0);
  });

  test("a rewind past the stable height without an orphan event is found", async () => {
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

  test("a chain that became shorter during a round is polled again without a trouble", async () => {
    const daemon = await fake();
    daemon.override("get_blocks_range_by_topoheight", { kind: "error", code: -32004, message: "Invalid range" }, 3);
    const followed = await follow(daemon);
    await followed.untilWhole(daemon);
    expect(followed.reasons).toEqual([]);
  });

  test("a block names the keys that its transactions register", async () => {
    const daemon = await fake();
    const followed = await follow(daemon);
    await followed.untilWhole(daemon);
    const keys = Array.from({ length: 45 }, (_, i) => (i + 1).toString(16).padStart(64, "0"));
    for (const key of keys) daemon.registerMiner(key);
    const { hash, topoheight } = daemon.mine();
    await followed.untilWhole(daemon);
    const emitted = followed.events.flatMap((event) => (event.kind === "block" ? [event.block] : []));
    expect(emitted.filter(({ registered }) => registered !== undefined)).toMatchObject([{ topoheight, hash }]);
    expect(new Set(emitted.at(-1)?.registered)).toEqual(new Set(keys));
    const signal = AbortSignal.timeout(120_000);
    const [key = ""] = keys;
    const miner = { key, registeredAt: topoheight ?? 0, reputation: 500 };
    expect(await followed.chain.miner(key, signal)).toEqual(miner);
    expect(await followed.chain.block(miner, signal)).toEqual(emitted.at(-1));
    expect(await followed.chain.miner("ab".repeat(32), signal)).toBeUndefined();
    expect(await followed.chain.block({ ...miner, registeredAt: 10_000 }, signal)).toBeUndefined();
    expect(await followed.chain.block({ ...miner, key: "ab".repeat(32) }, signal)).toBeUndefined();
  });

  test("a miner's registered_at is a height, which differs from the topoheight with side blocks", async () => {
    const daemon = await fake();
    for (let i = 0; i < 5; i++) {
      daemon.mineBeside({ before: i % 2 === 0 });
      daemon.mine();
    }
    const key = "12".repeat(32);
    daemon.registerMiner(key);
    daemon.mine();
    daemon.mineBeside({ before: true });
    const followed = await follow(daemon);
    await followed.untilWhole(daemon);
    const signal = AbortSignal.timeout(120_000);
    const miner = await followed.chain.miner(key, signal);
    const emitted = followed.events.flatMap((event) => (event.kind === "block" ? [event.block] : []));
    const block = emitted.find(({ registered }) => registered !== undefined);
    expect(miner?.registeredAt).toBe(block?.height);
    expect(block?.topoheight).toBeGreaterThan(block?.height ?? 0);
    expect(miner && (await followed.chain.block(miner, signal))).toEqual(block);
  });

  test("a task with amounts past 2^53 is exact", async () => {
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
    const signal = AbortSignal.timeout(120_000);
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

  test("a daemon without AI mining gets no AI mining requests", async () => {
    const daemon = await fake({ profile: "plain" });
    const followed = await follow(daemon);
    await followed.untilWhole(daemon);
    const signal = AbortSignal.timeout(120_000);
    expect(await followed.chain.miner("12".repeat(32), signal)).toBeUndefined();
    expect(await followed.chain.task("12".repeat(32), signal)).toBeUndefined();
    expect(daemon.requests("get_ai_mining_miner") + daemon.requests("get_ai_mining_task")).toBe(0);
  });

  test("the daemon's peers become a hosts event with each address once", async () => {
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

  test("a daemon without P2P causes no hosts event and no trouble", async () => {
    const daemon = await fake({ p2p: false });
    const followed = await follow(daemon);
    await followed.untilWhole(daemon);
    expect(followed.kinds).not.toContain("hosts");
    expect(followed.reasons).toEqual([]);
  });
});

describe("a daemon that refuses the WebSocket", () => {
  test("a daemon that refuses the WebSocket is followed over HTTP, and by WebSocket once it accepts it", async () => {
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
    await daemon.kill();
    await followed.until(() => followed.reasons.length > 0);
    daemon.mine(5);
    await daemon.restart();
    await followed.untilWhole(daemon);
    expect(followed.reasons).toEqual(["unreachable", "healed"]);
    expect(followed.oracle.broken).toEqual([]);
  });
});
