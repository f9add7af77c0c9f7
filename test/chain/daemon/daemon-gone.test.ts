import { afterEach, describe, expect, test } from "vitest";
import { wrongAnswers } from "../../../src/testing/quirks.js";
import { stallFreeTime } from "../../support/stall-free-time.js";
import { Followed, Opened } from "./followed.js";

const opened = new Opened();
const fake = opened.fake.bind(opened);
const follow = opened.follow.bind(opened);

/** A daemon that pings every 50 ms, and a chain that treats 200 ms of silence as a dead connection. */
const HASTY_DAEMON = { timers: { pingMs: 50 } };
const HASTY = { times: { silenceMs: 200, answerMs: 150, openMs: 200 } };

describe("a daemon that disappears", () => {
  stallFreeTime();
  afterEach(() => opened.close());

  test("a daemon killed by SIGKILL is missed at once and followed within two seconds of its return", async () => {
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
  });

  test("a daemon stopped by SIGSTOP is missed after its pings stop, and followed after SIGCONT", async () => {
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

  test("a connection that is open and dead is replaced", async () => {
    const daemon = await fake(HASTY_DAEMON);
    const followed = await follow(daemon, HASTY);
    await followed.untilWhole(daemon);
    daemon.override("get_top_block", wrongAnswers.panic, 1);
    daemon.mine();
    await followed.until(() => followed.reasons.length > 0);
    await followed.untilWhole(daemon);
    expect(followed.counted("connected")).toBe(2);
  });

  test("a connection that pings and does not answer is replaced", async () => {
    const daemon = await fake(HASTY_DAEMON);
    const followed = await follow(daemon, HASTY);
    await followed.untilWhole(daemon);
    daemon.override("get_blocks_range_by_topoheight", wrongAnswers.silence, 1);
    daemon.mine();
    await followed.until(() => followed.counted("timeout") === 1);
    await followed.untilWhole(daemon);
    expect(followed.reasons).toEqual(["unreachable", "healed"]);
  });

  test("a daemon that returns without RPC is followed when its RPC is back", async () => {
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

  test("the start does not wait for a missing daemon", async () => {
    const daemon = await fake();
    await daemon.kill();
    const followed = await follow(daemon);
    expect(followed.chain.head()).toMatchObject({ topoheight: 0 });
    expect(followed.chain.trouble()).toMatchObject({ reason: "unreachable" });
    await followed.until(() => followed.reasons.length > 0);
    await daemon.restart();
    await followed.untilWhole(daemon);
  });

  test("a chain that stalls before its first round is not followed yet", async () => {
    const daemon = await fake();
    daemon.mine(20);
    daemon.override("get_blocks_range_by_topoheight", wrongAnswers.silence, 1);
    const followed = await follow(daemon, { times: { stallMs: 150, answerMs: 1000 } });
    await followed.until(() => followed.reasons.includes("stalled"));
    expect(followed.chain.following).toBe(false);
    await followed.untilWhole(daemon);
    await followed.until(() => followed.chain.following);
  });

  test("a chain without a new block for too long is stalled", async () => {
    const daemon = await fake();
    daemon.override("get_info", wrongAnswers.replaced("block_time_target", 1));
    const followed = await follow(daemon, { times: { stallMs: 150 } });
    await followed.until(() => followed.reasons.includes("stalled"));
    expect(followed.whole(daemon)).toBe(true);
    daemon.mine();
    await followed.until(() => followed.reasons.includes("healed"));
    expect(followed.reasons.slice(0, 2)).toEqual(["stalled", "healed"]);
  });

  test("a stalled chain is found over HTTP, although connections are shorter than the stall time", async () => {
    const daemon = await fake({ connectionsPerMinute: 0 });
    daemon.override("get_info", wrongAnswers.replaced("block_time_target", 1));
    const followed = await follow(daemon, { times: { stallMs: 300, pollMs: 20, upgradeMs: 100 } });
    await followed.until(() => followed.reasons.length > 0);
    const connected = followed.counted("connected");
    await followed.until(() => followed.counted("connected") > connected + 1);
    expect(followed.reasons).toEqual(["stalled"]);
    daemon.mine();
    await followed.until(() => followed.reasons.length > 1);
    expect(followed.reasons.slice(0, 2)).toEqual(["stalled", "healed"]);
  });

  test("a chain with an absurd block time is not stalled at once, and not later than the cap", async () => {
    const daemon = await fake({ blockMs: 5 });
    daemon.override("get_info", wrongAnswers.replaced("block_time_target", 10 ** 12));
    const followed = await follow(daemon);
    await followed.until(() => followed.oracle.emitted.size > 100);
    expect(followed.reasons).toEqual([]);
  });
});

describe("a daemon of another network", () => {
  afterEach(() => opened.close());

  test.each([{ seed: "another genesis" }, { network: "mainnet" as const }])(
    "a daemon of another network is not followed until the right one returns: %o",
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

describe("the stop", () => {
  afterEach(() => opened.close());

  test("a stop leaves no timer, no connection and no listener", async () => {
    const daemon = await fake({ blockMs: 1 }, 2000);
    const resources = () =>
      process.getActiveResourcesInfo().filter((name) => /Timeout|TCP|Immediate/.test(name)).length;
    const before = resources();
    for (const situation of ["connecting", "following", "gone", "http"]) {
      if (situation === "gone") await daemon.kill();
      const followed = await Followed.of(daemon);
      if (situation === "following") await followed.until(() => followed.oracle.emitted.size > 100);
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
