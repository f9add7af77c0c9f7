import { describe, expect, test } from "vitest";
import type { ChainFacts } from "../../src/engine/chain-facts.js";
import { REGISTRY_NEWS } from "../../src/engine/index.js";
import type { Frame } from "../../src/protocol/frames.js";
import { DEFAULT_RULES, REGISTRY_CHAIN } from "../../src/protocol/rules.js";
import { NO_REQUEST } from "../../src/protocol/sync-messages.js";
import { identityOf, keyOf } from "../support/simulation/fake-signer.js";
import { LoneWorld } from "../support/simulation/lone-world.js";

/** How long registries may differ without a fault. */
const DIFFERS_MS = 120_000;
/** Interval between the ticks of a node. */
const TICK_MS = 500;
/** Registries that a node remembers. */
const REGISTRIES_MAX = 64;

const identity = identityOf({ ...DEFAULT_RULES, registry: REGISTRY_CHAIN });

function facts(name: string, timeSeconds = 5n): ChainFacts {
  return {
    registry: { kind: "listed", authors: new Map() },
    registryDigest: keyOf(name),
    registryTimeSeconds: timeSeconds,
    rosters: [],
  };
}

function ready(lone: LoneWorld, peer: string, features: readonly string[]): void {
  lone.node.step({
    kind: "peer_ready",
    facts: {
      ...{ peer, key: keyOf(`node ${peer}`), dialed: false, salt: keyOf("salt"), agent: "test" },
      ...{ chosen: false, addressGroup: "loopback" },
      interests: lone.node.engine.strands(),
      features,
      registryDigest: keyOf("one"),
      registryTimeSeconds: 5n,
      rosters: [],
    },
  });
}

function sent(lone: LoneWorld): string[] {
  return lone.frames.flatMap(({ to, frame }) => (frame.kind === "registry" ? [`${to} ${frame.digest}`] : []));
}

function news(name: string, requestId = NO_REQUEST, timeSeconds = 9n): Frame {
  return { kind: "registry", requestId, timeSeconds, digest: keyOf(name) };
}

describe("a registry that changes while peers are connected", () => {
  test("the registry is sent to peers with the feature at their hello, at a change, and each minute", () => {
    const before = facts("one");
    const lone = new LoneWorld({ identity }, before);
    ready(lone, "a", [REGISTRY_NEWS]);
    ready(lone, "b", []);
    expect(sent(lone)).toEqual([`a ${keyOf("one")}`]);
    lone.node.step({ kind: "chain", facts: { ...before, registryTimeSeconds: 15n } });
    expect(sent(lone)).toHaveLength(1);
    lone.node.step({ kind: "chain", facts: facts("two", 20n) });
    expect(sent(lone).slice(1)).toEqual([`a ${keyOf("two")}`]);
    lone.node.step({ kind: "chain", facts: facts("two", 79n) });
    expect(sent(lone)).toHaveLength(2);
    lone.node.step({ kind: "chain", facts: facts("two", 80n) });
    // A reorganisation restores the earlier registry.
    lone.node.step({ kind: "chain", facts: facts("two", 70n) });
    expect(sent(lone).slice(2)).toEqual([`a ${keyOf("two")}`, `a ${keyOf("two")}`]);
  });

  test("the registry of a peer decides from then on whether the two sets are compared", () => {
    const lone = new LoneWorld({ identity }, facts("two"));
    ready(lone, "a", [REGISTRY_NEWS]);
    const isEqual = () => lone.node.engine.peerReports(0)[0]?.registryEqual;
    expect(isEqual()).toBe(false);
    lone.frame("a", news("two"));
    expect(isEqual()).toBe(true);
    lone.frame("a", news("three"));
    expect(isEqual()).toBe(false);
    expect(lone.faultsOf("a")).toEqual([]);
  });

  test("a registry frame is a fault of the peer inside an exchange, and in a network without a chain", () => {
    const lone = new LoneWorld({ identity }, facts("one"));
    ready(lone, "a", [REGISTRY_NEWS]);
    lone.frame("a", news("two", "11".repeat(16)));
    expect(lone.faultsOf("a")).toEqual(["unsolicited"]);
    const fixed = new LoneWorld();
    ready(fixed, "a", [REGISTRY_NEWS]);
    fixed.frame("a", news("two"));
    expect(fixed.faultsOf("a")).toEqual(["unsolicited"]);
    expect(sent(fixed)).toEqual([]);
  });
});

describe("a different registry of a peer", () => {
  const MINUTE = 60n;
  /** A node whose registry was "one" from 1000 s on and is "two" from 5000 s on, with some peers. */
  function watched(...peers: string[]) {
    const lone = new LoneWorld({ identity }, facts("one", 1000n));
    for (const peer of peers) ready(lone, peer, [REGISTRY_NEWS]);
    for (const time of [2000n, 4990n]) lone.node.step({ kind: "chain", facts: facts("one", time) });
    for (const time of [5000n, 6000n]) lone.node.step({ kind: "chain", facts: facts("two", time) });
    const relation = (peer: string) => lone.node.engine.peerReports(0).find((report) => report.peer === peer)?.registry;
    const says = (peer: string, name: string, time: bigint) => {
      lone.frame(peer, news(name, NO_REQUEST, time));
      return relation(peer);
    };
    const setClock = (byMs: number) => {
      lone.clock.nowMs += byMs;
      lone.node.step({ kind: "tick" });
    };
    const wait = (ms: number) => {
      for (let leftMs = ms; leftMs > 0; leftMs -= TICK_MS) setClock(Math.min(leftMs, TICK_MS));
    };
    return { lone, says, relation, setClock, wait };
  }

  test("a different registry of a peer is earlier, is later, or differs at a time that both nodes know", () => {
    const { says } = watched("a");
    expect(says("a", "two", 6000n)).toBe("equal");
    expect(says("a", "two", 9000n)).toBe("equal");
    expect(says("a", "three", 6000n + MINUTE + 1n)).toBe("later");
    expect(says("a", "three", 999n)).toBe("earlier");
    expect(says("a", "one", 4000n)).toBe("earlier");
    expect(says("a", "one", 5000n + MINUTE)).toBe("earlier");
    expect(says("a", "one", 5001n + MINUTE)).toBe("differs");
    expect(says("a", "three", 3000n)).toBe("differs");
    expect(says("a", "three", 6000n)).toBe("differs");
  });

  test("a different registry of a peer is a fault after two minutes, until the two agree", () => {
    const { lone, says, wait } = watched("a");
    says("a", "three", 6000n);
    wait(DIFFERS_MS - 1);
    expect(lone.node.engine.registryFault()).toBeUndefined();
    wait(1);
    expect(lone.node.engine.registryFault()).toEqual({ differing: 1, comparable: 1 });
    lone.node.step({ kind: "chain", facts: facts("three", 6000n) });
    expect(lone.node.engine.registryFault()).toBeUndefined();
  });

  test("a clock set back or forward by more than two minutes does not make a different registry a fault", () => {
    const { lone, says, setClock, wait } = watched("a");
    says("a", "three", 6000n);
    for (const byMs of [-DIFFERS_MS - 1000, DIFFERS_MS + 1000, 3_600_000]) {
      setClock(byMs);
      wait(TICK_MS);
      expect(lone.node.engine.registryFault()).toBeUndefined();
    }
    wait(DIFFERS_MS);
    expect(lone.node.engine.registryFault()).toEqual({ differing: 1, comparable: 1 });
  });

  test("a different registry of one peer is shown, and is no fault of this node when more peers agree", () => {
    const { lone, says, relation, wait } = watched("a", "b", "c");
    for (const peer of ["a", "b"]) says(peer, "two", 6000n);
    says("c", "three", 6000n);
    wait(DIFFERS_MS);
    expect([relation("c"), lone.node.engine.registryFault()]).toEqual(["differs", undefined]);
    says("b", "four", 6000n);
    wait(DIFFERS_MS);
    expect(lone.node.engine.registryFault()).toEqual({ differing: 2, comparable: 3 });
    for (const peer of ["b", "c"]) lone.node.step({ kind: "peer_gone", peer });
    expect(lone.node.engine.registryFault()).toBeUndefined();
  });

  test("a peer's registry is compared after a reorganisation, and remembered within a bound", () => {
    const { lone, says } = watched("a");
    lone.node.step({ kind: "chain", facts: facts("one", 4000n) });
    lone.node.step({ kind: "chain", facts: facts("four", 6000n) });
    expect(says("a", "two", 6000n)).toBe("differs");
    expect(says("a", "four", 6000n)).toBe("equal");
    for (let i = 0; i < 2 * REGISTRIES_MAX; i++) {
      lone.node.step({ kind: "chain", facts: facts(`name ${i}`, 7000n + BigInt(i)) });
    }
    expect(says("a", "four", 6000n)).toBe("earlier");
  });
});
