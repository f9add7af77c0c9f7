import { describe, expect, test, vi } from "vitest";
import { CATCH_UP_MAX_BLOCKS } from "../../src/chain/follow/block-stream.js";
import { WINDOW_BLOCKS } from "../../src/chain/follow/block-window.js";
import { BlockFollower } from "../../src/chain/follow/follower.js";
import { NetworkError } from "../../src/protocol/errors.js";
import { expectEmitted, follow, holdTime, kinds } from "./following.js";
import { ModelChain, StreamOracle } from "./model-chain.js";

holdTime();

describe("a stream that begins at the top", () => {
  test("the follower emits a head, then each later block once", async () => {
    const chain = new ModelChain(50);
    const { follower, oracle, settle } = follow(chain, undefined);
    follower.resync();
    await settle();
    expect(oracle.events).toEqual([
      { kind: "head", head: expect.objectContaining({ topoheight: 49, stableHeight: 41 }) },
    ]);
    const [block] = chain.grow(1);
    follower.hint({ topoheight: 50, hash: block?.hash ?? "" });
    follower.hint();
    follower.hint({ topoheight: 50, hash: block?.hash ?? "" });
    await settle();
    expect(kinds(oracle)).toEqual(["head", "block", "head"]);
    expectEmitted(oracle, chain, 50);
    expect(follower.head()).toMatchObject({ topoheight: 50 });
  });

  test("the follower emits nothing without a change, and a head after a change of the stable height", async () => {
    const chain = new ModelChain(50);
    const { follower, source, oracle, settle } = follow(chain, undefined);
    follower.resync();
    await settle();
    follower.hint();
    await settle();
    expect(kinds(oracle)).toEqual(["head"]);
    const tip = chain.tip();
    source.tip = async () => ({ ...tip, stableHeight: 30, stableTopoheight: 30 });
    follower.hint();
    await settle();
    expect(oracle.events[1]).toMatchObject({ kind: "head", head: { topoheight: 49, stableHeight: 30 } });
  });

  test("a catch-up above the cap is reported as skipped", async () => {
    const chain = new ModelChain(10);
    const { follower, oracle, settle } = follow(chain, undefined);
    follower.resync();
    await settle();
    chain.grow(CATCH_UP_MAX_BLOCKS + 1);
    follower.resync();
    await settle();
    expect(oracle.events[1]).toEqual({ kind: "skipped", fromTopoheight: 10, toTopoheight: chain.top - 1 });
    expect(oracle.next).toBe(chain.top + 1);
  });
});

describe("a stream with a past", () => {
  test("the follower starts with the requested block, in calls of at most 21 blocks", async () => {
    const chain = new ModelChain(1000);
    const { follower, source, oracle, settle } = follow(chain, { topoheight: 100, hash: undefined }, 100);
    follower.resync();
    await settle();
    expectEmitted(oracle, chain, 100);
    expect(source.calls).toBeLessThan(900 / 20 + 5);
    expect(kinds(oracle).at(-1)).toBe("head");
  });

  test("the follower continues after the last processed block", async () => {
    const chain = new ModelChain(60);
    const start = { topoheight: 40, hash: chain.at(40).hash };
    const { follower, oracle, settle } = follow(chain, start, 41);
    follower.resync();
    await settle();
    expect(kinds(oracle)).not.toContain("rewound");
    expectEmitted(oracle, chain, 41);
  });

  test("a missing last processed block causes a rewind, and all blocks are emitted again", async () => {
    const chain = new ModelChain(60);
    const { follower, oracle, settle } = follow(chain, { topoheight: 40, hash: "ab".repeat(32) }, 41);
    follower.resync();
    await settle();
    expect(oracle.events[0]).toMatchObject({ kind: "rewound", toTopoheight: -1 });
    expectEmitted(oracle, chain, 0);
  });

  test("pruned blocks are kept when the remembered blocks are not valid", async () => {
    const chain = new ModelChain(60);
    chain.first = 20;
    const { follower, oracle, settle } = follow(chain, { topoheight: 40, hash: "ab".repeat(32) }, 41);
    follower.resync();
    await settle();
    expect(oracle.events[0]).toMatchObject({ kind: "rewound", toTopoheight: 19 });
    expect(kinds(oracle)).not.toContain("skipped");
    expectEmitted(oracle, chain, 20);
  });

  test("the follower waits while the chain is shorter than its start", async () => {
    const chain = new ModelChain(10);
    const { follower, oracle, settle } = follow(chain, { topoheight: 20, hash: undefined }, 20);
    follower.resync();
    await settle();
    expect(kinds(oracle).filter((kind) => kind !== "head")).toEqual([]);
    chain.grow(15);
    follower.hint();
    await settle();
    expectEmitted(oracle, chain, 20);
  });

  test("pruned blocks are reported as skipped", async () => {
    const chain = new ModelChain(100);
    chain.first = 70;
    const { follower, oracle, settle } = follow(chain, { topoheight: 0, hash: undefined }, 0);
    follower.resync();
    await settle();
    expect(oracle.events[0]).toEqual({ kind: "skipped", fromTopoheight: 0, toTopoheight: 69 });
    expectEmitted(oracle, chain, 70);
  });

  test("nothing is emitted after a stop during a catch-up", async () => {
    const chain = new ModelChain(100_000);
    const { follower, source, oracle, failures } = follow(chain, { topoheight: 0, hash: undefined }, 0);
    follower.resync();
    for (let i = 0; i < 10; i++) await source.answer();
    const emitted = oracle.events.length;
    expect(emitted).toBeGreaterThan(100);
    follower.stop();
    follower.hint();
    follower.pushed({ ...chain.at(emitted), topoheight: emitted });
    follower.rewoundTo(3);
    while (await source.answer());
    expect(oracle.events.length).toBe(emitted);
    expect(failures).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

test("a catch-up yields to the event loop even with instant answers", async () => {
  const chain = new ModelChain(50_000);
  const oracle = new StreamOracle(0);
  const done = new Promise<void>((resolve, reject) => {
    const follower: BlockFollower = new BlockFollower({
      source: { tip: async () => chain.tip(), blocks: async (from, to) => chain.range(from, to) },
      emit: oracle.emit,
      startFrom: { topoheight: 0, hash: undefined },
      nowMs: Date.now,
      failed: reject,
      ok: resolve,
    });
    follower.resync();
  });
  let turns = 0;
  const turn = () => {
    turns++;
    if (oracle.emitted.size < 50_000) setImmediate(turn);
  };
  setImmediate(turn);
  await done;
  expect(oracle.broken).toEqual([]);
  expect(oracle.emitted.size).toBe(50_000);
  expect(turns).toBeGreaterThan(100);
});

describe("a reorganisation", () => {
  test("a rewind past the stable height is found without a hint", async () => {
    const chain = new ModelChain(200);
    const { follower, oracle, settle } = follow(chain, { topoheight: 0, hash: undefined }, 0);
    follower.resync();
    await settle();
    chain.reorganise(60, 100);
    follower.resync();
    await settle();
    expect(oracle.events.find(({ kind }) => kind === "rewound")).toMatchObject({ toTopoheight: 139 });
    expectEmitted(oracle, chain, 0);
  });

  test("a rewind below an unchanged head is found by a hint with a place", async () => {
    const chain = new ModelChain(40);
    const { follower, oracle, settle } = follow(chain, { topoheight: 0, hash: undefined }, 0);
    follower.resync();
    await settle();
    const moved = chain.exchange(2);
    expect(moved.length).toBe(2);
    for (const { topoheight, hash } of moved.toReversed()) follower.hint({ topoheight, hash });
    await settle();
    expect(oracle.events.find(({ kind }) => kind === "rewound")).toMatchObject({
      toTopoheight: (moved[0]?.topoheight ?? 0) - 1,
    });
    expectEmitted(oracle, chain, 0);
  });

  test("a rewind to a shorter chain is emitted and lowers the head", async () => {
    const chain = new ModelChain(40);
    const { follower, oracle, settle } = follow(chain, undefined);
    follower.resync();
    await settle();
    chain.grow(5);
    follower.hint();
    await settle();
    chain.reorganise(3, 0);
    follower.hint();
    await settle();
    expect(oracle.events.at(-2)).toMatchObject({ kind: "rewound", toTopoheight: 41 });
    expect(oracle.events.at(-1)).toMatchObject({ kind: "head", head: { topoheight: 41, stableHeight: 33 } });
  });

  test("a rewind of a chain without a stable height is emitted", async () => {
    const chain = new ModelChain(6);
    const { follower, oracle, settle } = follow(chain, { topoheight: 0, hash: undefined }, 0);
    follower.resync();
    await settle();
    chain.reorganise(2, 0);
    follower.hint();
    await settle();
    expect(oracle.events.slice(-2)).toMatchObject([{ kind: "rewound", toTopoheight: 3 }, { kind: "head" }]);
    expectEmitted(oracle, chain, 0);
  });

  test("a rewind deeper than the remembered blocks emits all blocks again", async () => {
    const chain = new ModelChain(WINDOW_BLOCKS + 500);
    const { follower, oracle, settle } = follow(chain, { topoheight: 100, hash: undefined }, 100);
    follower.resync();
    await settle();
    expect(follower.sizes.remembered).toBe(WINDOW_BLOCKS);
    chain.reorganise(chain.top - 5, chain.top);
    follower.resync();
    await settle();
    expect(oracle.events.find(({ kind }) => kind === "rewound")).toMatchObject({ toTopoheight: 99 });
    expectEmitted(oracle, chain, 100);
  });

  test("a rewind between two requests repeats the attempt", async () => {
    const chain = new ModelChain(40);
    const { follower, source, oracle, failures, settle } = follow(chain, { topoheight: 30, hash: undefined }, 30);
    follower.resync();
    await source.answer();
    chain.reorganise(8, 1);
    await settle();
    expect(failures).toEqual([]);
    expectEmitted(oracle, chain, 30);
  });
});

describe("a failure", () => {
  test("a failure is reported and retried after a pause, which resync ends", async () => {
    const chain = new ModelChain(40);
    const { follower, source, oracle, failures, settle, oks } = follow(chain, { topoheight: 30, hash: undefined }, 30);
    source.failure = new NetworkError("request_timeout", "no answer");
    follower.resync();
    await source.answer();
    expect(failures.map(({ code }) => code)).toEqual(["request_timeout"]);
    follower.hint();
    expect(source.waiting).toBe(0);
    follower.resync();
    expect(source.waiting).toBe(1);
    await settle();
    expectEmitted(oracle, chain, 30);
    expect(oks()).toBe(1);
  });

  test("an answer of the wrong shape emits nothing", async () => {
    const chain = new ModelChain(40);
    const { follower, source, oracle, failures, settle } = follow(chain, { topoheight: 30, hash: undefined }, 30);
    const blocks = source.blocks.bind(source);
    source.blocks = async (from, to) => (await blocks(from, to)).slice(1);
    follower.resync();
    await source.answer();
    await source.answer();
    expect(failures.map(({ code }) => code)).toEqual(["chain_answer"]);
    source.blocks = blocks;
    await settle();
    expectEmitted(oracle, chain, 30);
  });
});

describe("a flood of hints", () => {
  /** Sends a hint each millisecond for a second. The result is the number of rounds that the hints caused. */
  async function roundsOf(hint: (follower: BlockFollower) => void, failing: boolean): Promise<number> {
    const { follower, source, settle } = follow(new ModelChain(50), undefined);
    follower.resync();
    await settle();
    const ask = source.tip.bind(source);
    let rounds = 0;
    source.tip = () => {
      rounds++;
      if (failing) source.failure = new NetworkError("chain_answer", "no");
      return ask();
    };
    for (let ms = 0; ms < 1000; ms++) {
      hint(follower);
      while (await source.answer());
      await vi.advanceTimersByTimeAsync(1);
    }
    follower.stop();
    return rounds;
  }

  test("a flood of hints causes at most 40 rounds a second, and does not shorten the pauses after failures", async () => {
    const lie = { topoheight: 49, hash: "ff".repeat(32) };
    expect(await roundsOf((follower) => follower.hint(lie), false)).toBeLessThanOrEqual(41);
    expect(await roundsOf((follower) => follower.markUnverified(), true)).toBeLessThanOrEqual(4);
  });
});
