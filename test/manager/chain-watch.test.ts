import { describe, expect, it } from "vitest";
import { everyone } from "../../src/chain/index.js";
import type { ChainEvent, ChainTrouble } from "../../src/chain/types.js";
import type { EngineEvent } from "../../src/engine/events.js";
import { ChainWatch } from "../../src/manager/chain/chain-watch.js";
import { fakeChain } from "./fake-chain.js";

const HEAD = { height: 1, topoheight: 1, stableHeight: 0, hash: "00".repeat(32), timestampSeconds: 0 };

function rig() {
  const steps: EngineEvent[] = [];
  const hosts: string[] = [];
  const counts: string[] = [];
  const lines: string[] = [];
  const faults = new Map<string, string | undefined>();
  const followed: unknown[] = [];
  const clock = { nowMs: 0 };
  const chain = fakeChain();
  const watch = new ChainWatch({
    chain,
    network: { hosts: (given) => hosts.push(...given) },
    faults: {
      raise: ({ code, text }) => faults.set(code, text),
      clear: (_component, code) => void faults.delete(code),
    },
    step: (event) => steps.push(event),
    count: (name, label) => counts.push(`${name} ${label}`),
    log: (level, text, fields) => {
      if (text === "the chain is followed") followed.push({ level, ...fields });
      else lines.push(`${level} ${text}`);
    },
    nowMs: () => clock.nowMs,
  });
  return { chain, watch, steps, hosts, counts, lines, faults, followed, clock };
}

function degraded(reason: ChainTrouble): ChainEvent {
  return { kind: "degraded", reason, detail: "text" };
}

describe("chain events", () => {
  it("Chain events go to the engine, the network and the counters until the watch ends.", () => {
    const { chain, watch, steps, hosts, counts, lines } = rig();
    const end = watch.start();
    const facts = everyone([]);
    const block = { topoheight: 1, height: 1, hash: "00".repeat(32), timestampMs: 0 };
    const events: ChainEvent[] = [
      { kind: "facts", facts },
      { kind: "block", block },
      { kind: "head", head: HEAD },
      { kind: "rewound", toTopoheight: 0, head: HEAD },
      { kind: "skipped", fromTopoheight: 1, toTopoheight: 9 },
      { kind: "hosts", hosts: ["192.0.2.1"] },
    ];
    for (const event of events) chain.tell(event);
    expect(steps).toEqual([{ kind: "chain", facts }]);
    expect(hosts).toEqual(["192.0.2.1"]);
    expect(counts).toEqual(["chain_events block", "chain_events rewound", "chain_events skipped"]);
    expect(lines).toEqual(["info the chain was reorganised"]);
    end();
    chain.tell({ kind: "facts", facts });
    expect(steps).toHaveLength(1);
  });
});

describe("the log line of a followed chain", () => {
  it("The line comes at once, and once only, if the chain was followed before the watch began.", () => {
    const { chain, watch, followed } = rig();
    watch.start();
    chain.tell({ kind: "healed" });
    expect(followed).toEqual([{ level: "info", topoheight: 0 }]);
  });

  it("The line comes with the first reply of a chain that is asked later.", () => {
    const { chain, watch, followed } = rig();
    chain.inTrouble = { reason: "unreachable", detail: "the daemon was not reached yet" };
    watch.start();
    expect(followed).toEqual([]);
    chain.tell({ kind: "healed" });
    expect(followed).toEqual([{ level: "info", topoheight: 0 }]);
  });
});

describe("reorganisations", () => {
  it("Reorganisations are logged every ten minutes and counted each time: in a DAG of blocks they are normal.", () => {
    const { chain, watch, counts, lines, clock } = rig();
    watch.start();
    for (; clock.nowMs < 1_200_000; clock.nowMs += 1000) chain.tell({ kind: "rewound", toTopoheight: 0, head: HEAD });
    expect(counts).toHaveLength(1200);
    expect(lines.filter((line) => !line.startsWith("debug"))).toHaveLength(2);
  });
});

describe("troubles of the chain", () => {
  it("A trouble is a fault while it lasts; a change is counted, a repetition is not.", () => {
    const { chain, watch, counts, faults } = rig();
    watch.start();
    for (let i = 0; i < 100; i++) chain.tell(degraded("unreachable"));
    expect(faults).toEqual(new Map([["unreachable", "the chain cannot be followed (unreachable): text"]]));
    chain.tell(degraded("bad_answers"));
    expect([...faults.keys()]).toEqual(["bad_answers"]);
    chain.tell({ kind: "healed" });
    chain.tell({ kind: "healed" });
    expect(faults.size).toBe(0);
    expect(counts).toEqual(["chain_troubles unreachable", "chain_troubles bad_answers"]);
  });

  it("A trouble that began before the watch is one fault from the start of the watch.", () => {
    const { chain, watch, counts, faults } = rig();
    chain.inTrouble = { reason: "wrong_network", detail: "another genesis" };
    const end = watch.start();
    chain.tell(degraded("wrong_network"));
    expect([...faults.keys()]).toEqual(["wrong_network"]);
    expect(counts).toEqual(["chain_troubles wrong_network"]);
    end();
    chain.tell({ kind: "healed" });
    expect(faults.size).toBe(1);
  });
});
