import { afterEach, beforeEach, expect, vi } from "vitest";
import { BlockFollower } from "../../src/chain/follow/follower.js";
import type { NetworkError } from "../../src/protocol/errors.js";
import { HeldSource, type ModelChain, StreamOracle } from "./model-chain.js";

export type Start = ConstructorParameters<typeof BlockFollower>[0]["startFrom"];

/** Time stands still unless a test advances it. */
export function holdTime(): void {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
}

/** A follower of this chain. The test decides when its questions are answered. */
export function follow(chain: ModelChain, startFrom: Start, next?: number) {
  const source = new HeldSource(chain);
  const oracle = new StreamOracle(next);
  const failures: NetworkError[] = [];
  let oks = 0;
  const follower = new BlockFollower({
    source,
    emit: oracle.emit,
    startFrom,
    nowMs: Date.now,
    failed: (error) => failures.push(error),
    ok: () => oks++,
  });
  /** Answers, and advances the time, until the follower asks no more. */
  const settle = async () => {
    for (let i = 0; i < 100_000; i++) {
      if ((await source.answer()) || (await source.answer())) continue;
      expect(oracle.broken).toEqual([]);
      if (vi.getTimerCount() === 0) return;
      vi.runOnlyPendingTimers();
    }
    throw new Error("the follower does not come to rest");
  };
  return { follower, source, oracle, failures, settle, oks: () => oks };
}

export const kinds = (oracle: StreamOracle) => oracle.events.map(({ kind }) => kind);

/** Every block from this place to the top was emitted, and equals the chain's. */
export function expectEmitted(oracle: StreamOracle, chain: ModelChain, from: number): void {
  expect(oracle.next).toBe(chain.top + 1);
  for (let place = from; place <= chain.top; place++) expect(oracle.emitted.get(place)).toBe(chain.at(place).hash);
}
