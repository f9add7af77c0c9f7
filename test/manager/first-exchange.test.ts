import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FIRST_EXCHANGE_MAX_MS, FirstExchange } from "../../src/manager/publish/first-exchange.js";

function rig({ hasPeers = true } = {}) {
  const state = { hasPeers, isCompared: false, reported: 0, missed: 0 };
  const first = new FirstExchange({
    hasPeers: () => state.hasPeers,
    isCompared: () => state.isCompared,
    waits: () => state.reported++,
    missed: () => state.missed++,
  });
  const ended: string[] = [];
  const wait = (name: string): void => void first.wait().then(() => ended.push(name));
  return { first, state, ended, wait };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("the first signature after a start", () => {
  it("waits until the set was compared with that of a peer, and then none waits", async () => {
    const { first, state, ended, wait } = rig();
    first.start();
    wait("a");
    wait("b");
    first.look();
    await vi.advanceTimersByTimeAsync(FIRST_EXCHANGE_MAX_MS - 1);
    expect([ended, state.reported]).toEqual([[], 1]);
    state.isCompared = true;
    first.look();
    await vi.advanceTimersByTimeAsync(0);
    state.isCompared = false;
    wait("c");
    await vi.advanceTimersByTimeAsync(0);
    expect(ended).toEqual(["a", "b", "c"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("waits no longer than its limit, counted from the start, if no peer answers", async () => {
    const { first, state, ended, wait } = rig();
    first.start();
    await vi.advanceTimersByTimeAsync(FIRST_EXCHANGE_MAX_MS - 1);
    wait("a");
    await vi.advanceTimersByTimeAsync(0);
    expect(ended).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect([ended, state.missed]).toEqual([["a"], 1]);
    wait("b");
    expect(state.missed).toBe(1);
  });

  it("reports a missed exchange at the first record that is signed without it", async () => {
    const { first, state, wait } = rig();
    first.start();
    await vi.advanceTimersByTimeAsync(FIRST_EXCHANGE_MAX_MS);
    expect(state.missed).toBe(0);
    wait("a");
    expect(state.missed).toBe(1);
  });

  it("reports no missed exchange if one came after the limit and before the first record", async () => {
    const { first, state, wait } = rig();
    first.start();
    await vi.advanceTimersByTimeAsync(FIRST_EXCHANGE_MAX_MS);
    state.isCompared = true;
    first.look();
    wait("a");
    expect(state.missed).toBe(0);
  });

  it("waits for nothing in a node without peers", async () => {
    const { first, state, ended, wait } = rig({ hasPeers: false });
    first.start();
    wait("a");
    await vi.advanceTimersByTimeAsync(0);
    expect([ended, state.reported]).toEqual([["a"], 0]);
  });

  it("waits no longer than the node runs", async () => {
    const { first, ended, wait } = rig();
    const stop = first.start();
    wait("a");
    stop();
    await vi.advanceTimersByTimeAsync(0);
    expect([ended, vi.getTimerCount()]).toEqual([["a"], 0]);
  });
});
