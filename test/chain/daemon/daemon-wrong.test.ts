import { afterEach, describe, expect, test } from "vitest";
import { MESSAGE_MAX_BYTES } from "../../../src/chain/daemon/limits.js";
import { wrongAnswers } from "../../../src/testing/quirks.js";
import { Opened } from "./followed.js";

const opened = new Opened();
afterEach(() => opened.close());
const fake = opened.fake.bind(opened);
const follow = opened.follow.bind(opened);

describe("a daemon that answers wrongly", () => {
  test.each([
    ["another shape", "get_top_block", wrongAnswers.wrongShape],
    ["a number that no u64 holds", "get_top_block", wrongAnswers.huge("topoheight")],
    ["a height past 2^53", "get_info", wrongAnswers.replaced("stableheight", 2n ** 60n)],
    ["blocks pruned that are not there yet", "get_info", wrongAnswers.replaced("pruned_topoheight", 10 ** 9)],
    ["a member missing", "get_info", wrongAnswers.without("block_time_target")],
    ["a hash that is none", "get_blocks_range_by_topoheight", wrongAnswers.replaced("hash", "zz")],
    ["other blocks", "get_blocks_range_by_topoheight", wrongAnswers.replaced("topoheight", 3)],
    ["text for a number", "get_stable_topoheight", { kind: "result", result: "8" } as const],
    ["half a message", "get_top_block", wrongAnswers.malformed],
    ["a message over the limit", "get_top_block", wrongAnswers.ofBytes(MESSAGE_MAX_BYTES + 1)],
    ["an error without a code", "get_top_block", { kind: "raw", text: '{"id":1,"error":{}}' } as const],
    ["a bare null", "get_top_block", { kind: "raw", text: "null" } as const],
  ])(
    "a wrong answer is reported, and the daemon is followed again after right ones: %s",
    async (_name, method, override) => {
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
    },
  );

  test("a daemon without AI mining is not followed by a node that needs registrations", async () => {
    const daemon = await fake();
    const followed = await follow(daemon, { needsAiMining: true });
    await followed.untilWhole(daemon);
    await daemon.restart({ profile: "plain" });
    const author = "05".repeat(32);
    daemon.registerMiner(author);
    daemon.mine(20);
    await followed.until(() => followed.reasons.includes("bad_answers"));
    expect(followed.oracle.next).toBe(31);
    await daemon.restart({ profile: "ai" });
    await followed.untilWhole(daemon);
    const blocks = followed.events.flatMap((event) => (event.kind === "block" ? [event.block] : []));
    expect(blocks.flatMap(({ registered = [] }) => registered)).toEqual([author]);
  });

  test("messages with unknown ids are counted, and an unreadable message ends the connection", async () => {
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
  });
});
