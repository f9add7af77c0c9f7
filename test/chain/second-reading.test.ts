import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { SecondReading } from "../../src/chain/follow/second-reading.js";
import type { ChainBlock } from "../../src/chain/types.js";

const HOUR_MS = 3_600_000;

const block = (topoheight: number): ChainBlock => ({
  topoheight,
  height: topoheight,
  hash: topoheight.toString(16).padStart(64, "0"),
  timestampMs: topoheight * 1000,
});

/** A reading of 50 blocks. `callMs`: what each call of the source takes. */
function bench({ callMs = 0, blocks = 50 } = {}) {
  const state = { nowMs: 1_000_000, calls: 0, fails: false, changed: false, last: block(blocks - 1).hash };
  const read: number[] = [];
  const ends: boolean[] = [];
  const reading = new SecondReading({
    source: {
      async blocks(from, to) {
        state.calls++;
        state.nowMs += callMs;
        if (state.fails) throw new Error("the source is gone");
        return Array.from({ length: to - from + 1 }, (_, i) => block(from + i));
      },
    },
    review: () => ({
      last: { topoheight: blocks - 1, hash: state.last },
      block: ({ topoheight }) => read.push(topoheight),
      end: (isComplete) => {
        ends.push(isComplete);
        return isComplete && !state.changed;
      },
    }),
    nowMs: () => state.nowMs,
  });
  const ended = async (count: number): Promise<void> => {
    while (ends.length < count) await nextTurn();
    await nextTurn();
  };
  return { reading, state, read, ends, ended };
}

describe("a second reading of the chain", () => {
  it("has each block up to the last one, in order, however often it is asked for", async () => {
    const { reading, state, read, ends, ended } = bench();
    reading.ask();
    reading.ask();
    await ended(1);
    expect(read).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect([ends, state.calls]).toEqual([[true], 3]);
  });

  it("is repeated after an hour at the earliest", async () => {
    const { reading, state, ends, ended } = bench();
    reading.ask();
    await ended(1);
    state.nowMs += HOUR_MS - 1;
    reading.ask();
    await nextTurn();
    expect(ends).toHaveLength(1);
    state.nowMs += 1;
    reading.ask();
    await ended(2);
  });

  it("takes at most a tenth of the time if it takes long", async () => {
    const { reading, state, ends, ended } = bench({ callMs: HOUR_MS });
    reading.ask();
    await ended(1);
    state.nowMs += 27 * HOUR_MS - 1;
    reading.ask();
    await nextTurn();
    expect(ends).toHaveLength(1);
    state.nowMs += 1;
    reading.ask();
    await ended(2);
  });

  it("is repeated after a minute if the source failed or the chain changed, and at once after a clock went back", async () => {
    const { reading, state, ends, ended } = bench();
    state.fails = true;
    reading.ask();
    await ended(1);
    state.nowMs += 59_999;
    reading.ask();
    await nextTurn();
    expect(ends).toEqual([false]);
    state.nowMs += 1;
    Object.assign(state, { fails: false, changed: true });
    reading.ask();
    await ended(2);
    state.nowMs -= 1_000;
    Object.assign(state, { changed: false, last: "of another block" });
    reading.ask();
    await ended(3);
    expect(ends).toEqual([false, true, false]);
  });

  it("ends with its chain", async () => {
    const { reading, ends, ended } = bench({ blocks: 1000 });
    reading.ask();
    reading.stop();
    await ended(1);
    reading.ask();
    await nextTurn();
    expect(ends).toEqual([false]);
  });
});
