import { describe, expect, test } from "vitest";
import type { ChainFacts } from "../../src/engine/chain-facts.js";
import { REGISTRY_NEWS } from "../../src/engine/index.js";
import type { Frame } from "../../src/protocol/frames.js";
import { DEFAULT_RULES, REGISTRY_CHAIN } from "../../src/protocol/rules.js";
import { NO_REQUEST } from "../../src/protocol/sync-messages.js";
import { identityOf, keyOf } from "../simulation/fake-signer.js";
import { LoneWorld } from "../simulation/lone-world.js";

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
    },
  });
}

function told(lone: LoneWorld): string[] {
  return lone.frames.flatMap(({ to, frame }) => (frame.kind === "registry" ? [`${to} ${frame.digest}`] : []));
}

function news(name: string, requestId = NO_REQUEST): Frame {
  return { kind: "registry", requestId, timeSeconds: 9n, digest: keyOf(name) };
}

describe("a registry that changes while peers are connected", () => {
  test("is told to those that want to know, when they come and when it changes, not when its time moves", () => {
    const before = facts("one");
    const lone = new LoneWorld({ identity }, before);
    ready(lone, "a", [REGISTRY_NEWS]);
    ready(lone, "b", []);
    expect(told(lone)).toEqual([`a ${keyOf("one")}`]);
    lone.node.step({ kind: "chain", facts: { ...before, registryTimeSeconds: 15n } });
    expect(told(lone)).toHaveLength(1);
    lone.node.step({ kind: "chain", facts: facts("two") });
    expect(told(lone).slice(1)).toEqual([`a ${keyOf("two")}`]);
  });

  test("of a peer decides from then on whether the two compare", () => {
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

  test("is unsolicited as part of an exchange, and where the registry is not the chain's", () => {
    const lone = new LoneWorld({ identity }, facts("one"));
    ready(lone, "a", [REGISTRY_NEWS]);
    lone.frame("a", news("two", "11".repeat(16)));
    expect(lone.faultsOf("a")).toEqual(["unsolicited"]);
    const fixed = new LoneWorld();
    ready(fixed, "a", [REGISTRY_NEWS]);
    fixed.frame("a", news("two"));
    expect(fixed.faultsOf("a")).toEqual(["unsolicited"]);
    expect(told(fixed)).toEqual([]);
  });
});
