import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { ChainMiner } from "../../src/chain/types.js";
import { ChainAnswers } from "../../src/manager/chain/chain-answers.js";
import { fakeChain } from "./fake-chain.js";

/** The longest wait of one answer. */
const CHAIN_ANSWER_MS = 500;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_790_000_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

const KEY = "c3".repeat(32);
const MINER: ChainMiner = { key: KEY, registeredAt: 12, reputation: 510 };

function rig() {
  const chain = fakeChain();
  const asked: string[] = [];
  return { chain, asked, answers: new ChainAnswers(chain, Date.now) };
}

it("Callers of the same key share one call; an old reply is asked for again.", async () => {
  const { chain, asked, answers } = rig();
  chain.onMiner = async (key) => {
    asked.push(key);
    return MINER;
  };
  expect(await Promise.all([answers.miner(KEY), answers.miner(KEY), answers.miner(KEY)])).toEqual([
    MINER,
    MINER,
    MINER,
  ]);
  await answers.miner(KEY);
  expect(asked).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(5000);
  await answers.miner(KEY);
  expect(asked).toHaveLength(2);
});

it("An answer waits at most its time; a later reply serves the next answer.", async () => {
  const { chain, answers } = rig();
  chain.onTask = async () => {
    await new Promise((resolve) => setTimeout(resolve, 2 * CHAIN_ANSWER_MS));
    return { publisher: KEY, status: "Active", publishedAt: 1, rewardAmount: 1n, deadlineMs: 1n };
  };
  const first = answers.task("t");
  await vi.advanceTimersByTimeAsync(CHAIN_ANSWER_MS);
  expect(await first).toBeUndefined();
  await vi.advanceTimersByTimeAsync(CHAIN_ANSWER_MS);
  expect(await answers.task("t")).toMatchObject({ publisher: KEY });
});

it("A failing chain gives undefined, and the calls under way are bounded.", async () => {
  const { chain, asked, answers } = rig();
  chain.onTask = async () => {
    throw new Error("unreachable");
  };
  expect(await answers.task("t")).toBeUndefined();
  chain.onMiner = (key, signal) => {
    asked.push(key);
    return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  };
  const all = Array.from({ length: 100 }, (_, i) => answers.miner(String(i)));
  expect(asked).toHaveLength(16);
  await vi.advanceTimersByTimeAsync(CHAIN_ANSWER_MS);
  expect(await Promise.all(all)).toEqual(all.map(() => undefined));
  answers.stop();
  await vi.advanceTimersByTimeAsync(0);
  expect(vi.getTimerCount()).toBe(0);
});
