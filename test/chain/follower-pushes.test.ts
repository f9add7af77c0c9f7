import { describe, expect, test } from "vitest";
import type { ChainBlock } from "../../src/chain/types.js";
import { expectEmitted, follow, holdTime, kinds } from "./following.js";
import { ModelChain } from "./model-chain.js";

holdTime();

describe("blocks pushed by a host", () => {
  test("pushed blocks are emitted at once, at ten thousand a second, without a request each", async () => {
    const chain = new ModelChain(10);
    const { follower, source, oracle, settle } = follow(chain, undefined);
    follower.resync();
    await settle();
    const blocks = chain.grow(20_000);
    const calls = source.calls;
    const before = process.cpuUsage();
    for (const block of blocks) follower.pushed(block);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(2000);
    expect(oracle.next).toBe(chain.top + 1);
    expect(source.calls - calls).toBe(0);
    await settle();
    expect(source.calls - calls).toBeLessThan(5);
    expect(oracle.events.at(-1)).toMatchObject({ kind: "head", head: { topoheight: chain.top } });
    expect(kinds(oracle)).not.toContain("rewound");
  });

  test("a repeated push is ignored, another block at a place rewinds, and a push after a gap waits", async () => {
    const chain = new ModelChain(10);
    const { follower, oracle, settle } = follow(chain, undefined);
    follower.resync();
    await settle();
    const [a, b, c, d] = chain.grow(4);
    for (const block of [a, b, b, a]) follower.pushed(block as ChainBlock);
    expect(kinds(oracle)).toEqual(["head", "block", "block"]);
    follower.pushed(d as ChainBlock);
    expect(kinds(oracle)).toEqual(["head", "block", "block"]);
    await settle();
    expectEmitted(oracle, chain, 10);
    expect(c?.topoheight).toBe(12);
    const [other] = chain.reorganise(2, 1);
    follower.pushed(other as ChainBlock);
    expect(oracle.events.slice(-2)).toMatchObject([
      { kind: "rewound", toTopoheight: 11 },
      { kind: "block", block: other },
    ]);
    await settle();
    expectEmitted(oracle, chain, 10);
  });

  test("blocks pushed before the first answer are kept", async () => {
    const chain = new ModelChain(10);
    const { follower, source, oracle, settle } = follow(chain, undefined);
    source.stale = true;
    follower.resync();
    for (const block of chain.grow(100)) follower.pushed(block);
    expect(oracle.events).toEqual([]);
    const calls = source.calls;
    await settle();
    expectEmitted(oracle, chain, 10);
    expect(source.calls - calls).toBeLessThan(3);
  });

  test("early blocks are capped", () => {
    const chain = new ModelChain(10);
    const { follower } = follow(chain, { topoheight: 0, hash: undefined });
    for (const block of chain.grow(10_000)) follower.pushed(block);
    expect(follower.sizes.ahead).toBe(4096);
  });

  test("a reported rewind is emitted before the blocks after it", async () => {
    const chain = new ModelChain(10);
    const { follower, oracle, settle } = follow(chain, undefined);
    follower.resync();
    await settle();
    for (const block of chain.grow(20)) follower.pushed(block);
    follower.rewoundTo(19);
    for (const block of chain.reorganise(10, 12)) follower.pushed(block);
    expect(oracle.events.find(({ kind }) => kind === "rewound")).toMatchObject({
      toTopoheight: 19,
      head: { topoheight: 19, height: 19, hash: chain.at(19).hash },
    });
    expectEmitted(oracle, chain, 10);
    await settle();
    expect(kinds(oracle).filter((kind) => kind === "rewound")).toHaveLength(1);
  });

  test("a push of a replaced block is corrected after a rewind during the request of a shorter chain", async () => {
    const chain = new ModelChain(1);
    const { follower, source, oracle, settle } = follow(chain, { topoheight: 23, hash: "ff".repeat(32) }, 24);
    follower.resync();
    follower.rewoundTo(0);
    const [replaced] = chain.grow(2);
    const [, second] = chain.reorganise(2, 22);
    follower.pushed(second as ChainBlock);
    follower.pushed(replaced as ChainBlock);
    await source.answer();
    await settle();
    expectEmitted(oracle, chain, 1);
  });
});
