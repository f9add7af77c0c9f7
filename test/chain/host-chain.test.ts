import { setImmediate as nextTurn } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { FixedFacts } from "../../src/chain/fixed-facts.js";
import { HostSource } from "../../src/chain/host/host-source.js";
import { HostChain } from "../../src/chain/host-chain.js";
import { everyone } from "../../src/chain/registry/authority-files.js";
import type { ChainEvent, FactsSource } from "../../src/chain/types.js";
import { NetworkError } from "../../src/protocol/errors.js";
import { HostChainStub, HostRefusal } from "../../src/testing/fake-host.js";
import { identityOf } from "../support/simulation/fake-signer.js";
import { factsFrom } from "./daemon/followed.js";

/** A chain of a host with its emitted events, and a host that answers from a stub unless it is silenced. */
async function followed(
  blocks = 30,
  { facts = new FixedFacts(everyone([])) as FactsSource, pruned = 0, says = true } = {},
) {
  const stub = new HostChainStub();
  while (stub.blocks.length < blocks) stub.mine();
  stub.first = pruned;
  stub.reportsFirst = says;
  const host = { failure: undefined as NetworkError | undefined, garbage: undefined as unknown, asked: 0, perLine: 21 };
  const source = new HostSource(async (question, params) => {
    host.asked++;
    await nextTurn();
    if (host.failure !== undefined) throw host.failure;
    if (host.garbage !== undefined) return host.garbage;
    try {
      const answer = stub.answers()[question]?.({ ...params });
      return Array.isArray(answer) ? answer.slice(0, host.perLine) : answer;
    } catch (error) {
      if (error instanceof HostRefusal) throw new NetworkError("bad_parameters", error.message);
      throw error;
    }
  });
  const granted: number[] = [];
  const emitted: ChainEvent[] = [];
  const chain = new HostChain({
    identity: identityOf(),
    source,
    facts,
    tip: undefined,
    grant: (events) => granted.push(events),
    count: () => undefined,
    log: () => undefined,
    nowMs: Date.now,
  });
  let wake: () => void = () => undefined;
  chain.subscribe((event) => {
    emitted.push(event);
    wake();
  });
  const until = async (wanted: () => boolean): Promise<void> => {
    while (!wanted()) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  onTestFinished(() => chain.stop());
  await chain.start();
  await until(() => chain.head().hash === stub.blocks.at(-1)?.hash);
  await nextTurn();
  const first = emitted.splice(0);
  let seq = 0;
  const event = (name: string, params: object): boolean => chain.event(name, { seq: ++seq, ...params });
  return { chain, stub, host, first, emitted, granted, until, event, skipSeq: () => seq++ };
}

/** Hashes of the blocks that are valid after all emitted events. */
function standing(emitted: readonly ChainEvent[]): Map<number, string> {
  const blocks = new Map<number, string>();
  for (const event of emitted) {
    if (event.kind === "rewound") {
      for (const topoheight of blocks.keys()) if (topoheight > event.toTopoheight) blocks.delete(topoheight);
    }
    if (event.kind !== "block") continue;
    expect(blocks.has(event.block.topoheight)).toBe(false);
    blocks.set(event.block.topoheight, event.block.hash);
  }
  return blocks;
}

describe("the chain of a host", () => {
  it("pushed blocks are emitted one by one without a request, and credit is granted again", async () => {
    const { chain, stub, host, emitted, granted, event } = await followed();
    const asked = host.asked;
    for (let i = 0; i < 1100; i++) expect(event("block", stub.mine())).toBe(true);
    expect(emitted.filter(({ kind }) => kind === "block").length).toBe(1100);
    expect(host.asked).toBe(asked);
    expect(granted).toEqual([512, 512]);
    expect([chain.mode, chain.following, chain.gaps]).toEqual(["host", true, 0]);
  });

  it("the chain is complete after dropped events, reported by the host or found by their numbers", async () => {
    const { chain, stub, emitted, until, event, skipSeq } = await followed();
    for (let i = 0; i < 50; i++) stub.mine();
    event("lagged", { missed: 50 });
    await until(() => standing(emitted).get(79) !== undefined);
    const missed = stub.mine();
    skipSeq();
    event("peers", { hosts: [] });
    await until(() => standing(emitted).has(missed.topoheight));
    expect(chain.gaps).toBe(1);
    expect([...standing(emitted).values()]).toEqual(stub.blocks.slice(30).map(({ hash }) => hash));
  });

  it.each([true, false])(
    "a pruned chain of a host is followed from its first available block (pruning reported: %s)",
    async (says) => {
      const facts = factsFrom({ topoheight: 0, hash: undefined });
      const { chain, stub, host, first, emitted, until, event } = await followed(500, { facts, pruned: 400, says });
      expect(first.find(({ kind }) => kind === "skipped")).toMatchObject({ fromTopoheight: 0, toTopoheight: 399 });
      expect([...standing(first).keys()]).toEqual(Array.from({ length: 100 }, (_, i) => 400 + i));
      expect(chain.trouble()).toBeUndefined();
      expect(host.asked).toBeLessThan(40);
      // The host prunes further blocks while blocks are missing here.
      for (let i = 0; i < 300; i++) stub.mine();
      stub.first = 700;
      event("lagged", { missed: 300 });
      await until(() => chain.head().hash === stub.blocks.at(-1)?.hash);
      expect(emitted.find(({ kind }) => kind === "skipped")).toMatchObject({ fromTopoheight: 500, toTopoheight: 699 });
      expect([...standing(emitted).values()]).toEqual(stub.blocks.slice(700).map(({ hash }) => hash));
    },
  );

  it("a tip with more pruned blocks than blocks is a fault", async () => {
    const { stub, event } = await followed();
    expect(() => event("tip", { tip: { ...stub.tip, first_topoheight: stub.blocks.length } })).toThrow(NetworkError);
  });

  it("the chain rewinds after a rewound event, and after a rewind that a round finds", async () => {
    const { stub, emitted, until, event } = await followed();
    for (let i = 0; i < 20; i++) event("block", stub.mine());
    stub.rewind(12);
    event("rewound", { topoheight: stub.blocks.length - 1, tip: stub.tip });
    for (let i = 0; i < 15; i++) event("block", stub.mine());
    const holds = (): boolean => {
      const blocks = standing(emitted);
      return stub.blocks.slice(30).every(({ topoheight, hash }) => blocks.get(topoheight) === hash);
    };
    await until(holds);
    stub.rewind(10);
    for (let i = 0; i < 11; i++) stub.mine();
    event("tip", { tip: stub.tip });
    await until(holds);
  });

  it("a host that does not answer sets a trouble, which ends with its next answer", async () => {
    const { chain, stub, host, emitted, until, event } = await followed();
    host.failure = new NetworkError("request_timeout", "no answer");
    event("lagged", { missed: 1 });
    await until(() => chain.trouble() !== undefined);
    expect(chain.trouble()).toMatchObject({ reason: "unreachable" });
    expect(chain.following).toBe(false);
    expect(await chain.task("00".repeat(32), new AbortController().signal)).toBeUndefined();
    host.failure = undefined;
    host.garbage = { topoheight: -1 };
    event("lagged", { missed: 1 });
    await until(() => chain.trouble()?.reason === "bad_answers");
    host.garbage = undefined;
    stub.mine();
    event("lagged", { missed: 1 });
    await until(() => chain.trouble() === undefined);
    const changes = emitted.filter(({ kind }) => kind === "degraded" || kind === "healed");
    expect(changes.map((one) => (one.kind === "degraded" ? one.reason : one.kind))).toEqual([
      "unreachable",
      "bad_answers",
      "healed",
    ]);
  });

  it("the chain is stalled after ten block times, at least a minute, until the next block", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "Date"] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const { chain, stub, event, emitted, until } = await followed();
    vi.advanceTimersByTime(59_000);
    expect(chain.trouble()).toBeUndefined();
    vi.advanceTimersByTime(6000);
    expect(chain.trouble()).toMatchObject({ reason: "stalled" });
    expect(chain.following).toBe(true);
    event("block", stub.mine());
    expect(chain.trouble()).toBeUndefined();
    // The chain is polled, since it grows without events.
    const silent = stub.mine();
    vi.advanceTimersByTime(65_000);
    await until(() => standing(emitted).has(silent.topoheight));
    expect(chain.trouble()).toBeUndefined();
  });

  it.each([
    ["a topoheight below zero", "block", { topoheight: -1, height: 1, hash: "00".repeat(32), timestamp_ms: 1 }],
    ["half a hash", "block", { topoheight: 1, height: 1, hash: "00", timestamp_ms: 1 }],
    ["capital hex", "block", { topoheight: 1, height: 1, hash: "AA".repeat(32), timestamp_ms: 1 }],
    [
      "a key that is none",
      "block",
      { topoheight: 1, height: 1, hash: "aa".repeat(32), timestamp_ms: 1, registered: [1] },
    ],
    ["a tip without a hash", "tip", { tip: { topoheight: 1 } }],
    ["names for addresses", "peers", { hosts: ["example.org"] }],
    ["too many machines", "peers", { hosts: Array.from({ length: 65 }, () => "127.0.0.1") }],
    ["no count of what was missed", "lagged", {}],
  ])("an event with %s is a fault, and the chain asks for the blocks of the event", async (_what, name, params) => {
    const { chain, stub, emitted, until, event } = await followed();
    expect(() => event(name, params)).toThrow(NetworkError);
    const missed = stub.mine();
    await until(() => standing(emitted).has(missed.topoheight));
    event("tip", { tip: stub.tip });
    expect(chain.gaps).toBe(1);
    expect(chain.event("unheard", {})).toBe(false);
  });

  it("every input of the host is an event or a typed error", async () => {
    const { chain } = await followed();
    const name = fc.constantFrom("block", "rewound", "tip", "peers", "lagged", "unheard", "__proto__", "constructor");
    fc.assert(
      fc.property(name, fc.jsonValue(), (kind, params) => {
        try {
          chain.event(kind, params);
        } catch (error) {
          expect(error).toBeInstanceOf(NetworkError);
        }
      }),
    );
  });

  it("blocks with many registrations are requested in several lines", async () => {
    const { chain, stub, host, emitted, until, event } = await followed();
    host.perLine = 3;
    for (let i = 0; i < 50; i++) stub.mine(i === 7 ? Array.from({ length: 16_384 }, () => "ab".repeat(32)) : undefined);
    event("tip", { tip: stub.tip });
    await until(() => chain.head().hash === stub.blocks.at(-1)?.hash);
    expect([...standing(emitted).values()]).toEqual(stub.blocks.slice(30).map(({ hash }) => hash));
    expect(chain.trouble()).toBeUndefined();
  });

  it("a change of the chain between two lines does not mix two chains", async () => {
    const stub = new HostChainStub();
    while (stub.blocks.length < 30) stub.mine();
    let asked = 0;
    const source = new HostSource(async (_question, params) => {
      const { from, to } = params as { from: number; to: number };
      if (asked++ === 1) {
        stub.rewind(25);
        while (stub.blocks.length < 30) stub.mine();
      }
      return stub.blocks.slice(from, Math.min(to + 1, from + 5));
    });
    const { signal } = new AbortController();
    await expect(source.blocks(5, 25, signal)).rejects.toMatchObject({ code: "not_found" });
    expect(await source.blocks(5, 25, signal)).toHaveLength(21);
    expect(asked).toBe(2 + 5);
    const mute = new HostSource(async () => []);
    expect(await mute.blocks(5, 25, signal)).toEqual([]);
  });

  it("hosts, tasks and miners of the host are passed on", async () => {
    const { chain, emitted, event } = await followed();
    event("peers", { hosts: ["127.0.0.1", "::1"] });
    expect(emitted).toEqual([{ kind: "hosts", hosts: ["127.0.0.1", "::1"] }]);
    const { signal } = new AbortController();
    expect(await chain.task("00".repeat(32), signal)).toBeUndefined();
    expect(await chain.miner("00".repeat(32), signal)).toBeUndefined();
  });

  it("amounts beyond 2^53 are exact", async () => {
    const task = {
      publisher: "11".repeat(32),
      status: "Active",
      published_at: 7,
      reward_amount: "18446744073709551615",
      deadline_ms: "1790000000000",
    };
    const answer = { task: task as object, miner: { key: "22".repeat(32), registered_at: 3, reputation: 500 } };
    const source = new HostSource(async (question) => (question === "chain.task" ? answer.task : answer.miner));
    const { signal } = new AbortController();
    expect(await source.task("00".repeat(32), signal)).toEqual({
      publisher: task.publisher,
      status: "Active",
      publishedAt: 7,
      rewardAmount: 2n ** 64n - 1n,
      deadlineMs: 1_790_000_000_000n,
    });
    expect(await source.miner("22".repeat(32), signal)).toEqual({
      key: "22".repeat(32),
      registeredAt: 3,
      reputation: 500,
    });
    answer.task = { ...task, reward_amount: 5 };
    await expect(source.task("00".repeat(32), signal)).rejects.toMatchObject({ code: "chain_answer" });
  });
});
