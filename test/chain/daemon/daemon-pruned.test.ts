import { afterEach, describe, expect, test } from "vitest";
import type { FakeDaemon } from "../../../src/testing/fake-daemon.js";
import { type Followed, factsFrom, Opened } from "./followed.js";

const opened = new Opened();
afterEach(() => opened.close());
const fake = opened.fake.bind(opened);
const follow = opened.follow.bind(opened);

/** The top was emitted, and every block from this place on. */
function untilEmitted(followed: Followed, daemon: FakeDaemon, from: number): Promise<void> {
  return followed.until(() => {
    const { topoheight } = daemon.chain;
    if (followed.chain.trouble() !== undefined || followed.chain.head().topoheight !== topoheight) return false;
    for (let i = from; i <= topoheight; i++)
      if (followed.oracle.emitted.get(i) !== daemon.chain.at(i)?.hash) return false;
    return true;
  });
}
const skips = ({ events }: Followed) =>
  events.flatMap((event) => (event.kind === "skipped" ? [[event.fromTopoheight, event.toTopoheight]] : []));

describe("a pruned daemon", () => {
  test("a pruned daemon is followed from the block at its pruned topoheight", async () => {
    const daemon = await fake({}, 300);
    daemon.prune(200);
    const followed = await follow(daemon);
    await untilEmitted(followed, daemon, 200);
    expect(skips(followed)).toEqual([[0, 199]]);
    expect([followed.reasons, followed.oracle.broken, followed.counted("bad_answer")]).toEqual([[], [], 0]);
  });

  test("a daemon that does not report its pruning is followed from its first block, after few requests", async () => {
    const daemon = await fake({}, 3000);
    daemon.prune(2000, { half: true });
    const followed = await follow(daemon);
    await untilEmitted(followed, daemon, 2000);
    expect(skips(followed)).toEqual([[1, 1999]]);
    expect([followed.reasons, followed.oracle.broken]).toEqual([[], []]);
    // 3 attempts, 3 + 12 calls of the search, and one call for each 20 of the available blocks.
    expect(daemon.requests("get_blocks_range_by_topoheight")).toBeLessThan(3 + 15 + 50 + 10);
  });

  test.each([false, true])(
    "a daemon that pruned past the emitted blocks is followed from its first block (half-way: %s)",
    async (half) => {
      const daemon = await fake({}, 60);
      const followed = await follow(daemon);
      await followed.untilWhole(daemon);
      await daemon.kill();
      daemon.mine(400);
      daemon.prune(300, { half });
      await daemon.restart();
      await untilEmitted(followed, daemon, 300);
      expect(skips(followed)).toEqual([[61, 299]]);
      // The daemon prunes below the emitted blocks and rewinds a little: no block is skipped.
      daemon.prune(400, { half });
      daemon.reorganise(12);
      await untilEmitted(followed, daemon, 400);
      expect(skips(followed)).toHaveLength(1);
      expect(followed.oracle.broken).toEqual([]);
    },
  );

  test("a daemon that pruned above the remembered block is followed from its first available block", async () => {
    const daemon = await fake({}, 300);
    const hash = daemon.chain.at(50)?.hash ?? "";
    daemon.prune(200, { half: true });
    const followed = await follow(daemon, { facts: factsFrom({ topoheight: 50, hash }) });
    followed.oracle.next = 51;
    await untilEmitted(followed, daemon, 200);
    expect(skips(followed)).toEqual([[51, 199]]);
    expect(followed.kinds).not.toContain("rewound");
  });

  test("a block without one of its transactions is requested again, and skipped if it stays incomplete", async () => {
    const daemon = await fake({}, 100);
    const { hash } = daemon.registerMiner("ab".repeat(32));
    daemon.mine();
    daemon.mine(50);
    daemon.override("get_transactions", { kind: "result", result: [null] }, 2);
    const patient = await follow(daemon);
    await patient.untilWhole(daemon);
    expect(skips(patient)).toEqual([]);
    expect(
      patient.events.filter((event) => event.kind === "block" && event.block.registered !== undefined),
    ).toHaveLength(1);
    daemon.override("get_transactions", { kind: "result", result: [null] });
    const followed = await follow(daemon);
    await untilEmitted(followed, daemon, 102);
    expect(skips(followed)).toEqual([[101, 101]]);
    expect(daemon.chain.at(101)?.transactions).toMatchObject([{ hash }]);
  });
});

test("a daemon that reports a height one too high after a pop is followed", async () => {
  const daemon = await fake({}, 60);
  const followed = await follow(daemon);
  await followed.untilWhole(daemon);
  daemon.popBlocks(20);
  await followed.untilWhole(daemon);
  expect(followed.chain.head()).toMatchObject({ topoheight: 40, height: 40, stableHeight: 32 });
  expect(followed.reasons).toEqual([]);
});
