import { afterEach, describe, expect, it, vi } from "vitest";
import { type ChainEvent, everyone, StandaloneChain } from "../../src/chain/index.js";
import { DEFAULT_RULES } from "../../src/protocol/rules.js";

const identity = { network: 3, genesis: new Uint8Array(32), rules: DEFAULT_RULES, rulesDigest: new Uint8Array(32) };

describe("StandaloneChain", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it("a standalone chain has one block per minute of its clock, stable eight blocks behind", () => {
    const chain = new StandaloneChain(identity, everyone([]), () => 6_000_000);
    expect(chain.head()).toMatchObject({ height: 100, stableHeight: 92, timestampSeconds: 6000 });
  });

  it("a standalone chain emits its facts at start and a head per minute until it stops", async () => {
    vi.useFakeTimers();
    const chain = new StandaloneChain(identity, everyone([]));
    const events: ChainEvent["kind"][] = [];
    chain.subscribe(({ kind }) => events.push(kind));
    await chain.start();
    vi.advanceTimersByTime(120_000);
    await chain.stop();
    vi.advanceTimersByTime(120_000);
    expect(events).toEqual(["facts", "head", "head"]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
