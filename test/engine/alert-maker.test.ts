import { describe, expect, test } from "vitest";
import type { EngineEffect } from "../../src/engine/effects.js";
import { decodeBundle } from "../../src/protocol/bundle.js";
import { toHex } from "../../src/protocol/bytes.js";
import { decodeEnvelope } from "../../src/protocol/envelope.js";
import { alertsTopic } from "../../src/protocol/strand.js";
import { encodeAlert } from "../../src/protocol/verdict-messages.js";
import { Clock } from "../support/simulation/clock.js";
import { keyOf, signEnvelope } from "../support/simulation/fake-signer.js";
import { LoneWorld } from "../support/simulation/lone-world.js";
import { SimNetwork } from "../support/simulation/sim-network.js";
import { SimNode } from "../support/simulation/sim-node.js";
import { author, type Made, START_SECONDS, Story } from "../support/simulation/story.js";

/** Maximum of alerts that a node makes in a minute. */
const PER_MINUTE = 12;

type SendAlert = Extract<EngineEffect, { kind: "send_alert" }>;

function alertsOf(lone: LoneWorld): SendAlert[] {
  return lone.node.effects.filter((effect) => effect.kind === "send_alert");
}

/** Senders of the gossiped alerts, in order. */
function gossiped(lone: LoneWorld): string[] {
  const { network, rules } = lone.identity;
  return lone.published
    .filter(({ topic }) => topic === alertsTopic(network))
    .flatMap(({ bundle }) => {
      const envelopes = decodeBundle(bundle, rules);
      return envelopes.ok ? envelopes.value : [];
    })
    .map((bytes) => {
      const envelope = decodeEnvelope(bytes, { network, payloadLimits: rules.payloadLimits });
      return envelope.ok ? toHex(envelope.value.sender) : "";
    });
}

/** Two submissions of one author to one task, lower id first, both published at the node. */
function contradiction(lone: LoneWorld, who = 5): { readonly task: Made; readonly pair: readonly [Made, Made] } {
  const { story, node } = lone;
  const task = story.publish(node, story.task(author(1), story.nowSeconds + 3600));
  const pair = ["x", "y"].map((text) => story.publish(node, story.submission(author(who), task.task, {}, text)));
  return { task, pair: pair.sort((a, b) => (a.id < b.id ? -1 : 1)) as [Made, Made] };
}

function alertOf(lone: LoneWorld, [first, second]: readonly [Made, Made], signer = keyOf("node other")): Uint8Array {
  const payload = encodeAlert({ alertKind: 2, first: first.envelope, second: second.envelope });
  return signEnvelope(lone.identity, { type: 7, sender: signer, timestampSeconds: lone.story.nowSeconds }, payload);
}

describe("a node that holds proof of an equivocation", () => {
  test("a proof of an equivocation makes one alert, signed by the node key, with both records", () => {
    const lone = new LoneWorld();
    const { task, pair } = contradiction(lone);
    lone.clock.advance(120_000);
    expect(alertsOf(lone)).toEqual([{ kind: "send_alert", alertKind: 2, firstId: pair[0].id, secondId: pair[1].id }]);
    expect(gossiped(lone)).toEqual([lone.node.nodeKey]);
    const [alert] = lone.node.engine.alerts(task.id);
    expect(alert).toMatchObject({
      alertKind: 2,
      equivocator: author(5),
      signer: lone.node.nodeKey,
      taskIds: [task.id],
    });
    expect(alert?.recordIds).toEqual(pair.map(({ id }) => id));
    expect(lone.node.engine.sizes().alerts_due).toBe(0);
  });

  test("an alert about a slot with records of two tasks is listed under both tasks", () => {
    const lone = new LoneWorld();
    const { story, node } = lone;
    const tasks = [1, 2].map((i) => story.publish(node, story.task(author(i), story.nowSeconds + 3600)));
    for (const { task } of tasks) story.publish(node, story.submission(author(5), task, { number: 9 }));
    lone.clock.advance(120_000);
    expect(alertsOf(lone).map(({ alertKind }) => alertKind)).toEqual([1]);
    for (const { id } of tasks) expect(node.engine.alerts(id)).toHaveLength(1);
  });

  test("a node makes no second alert after a restart or for further records of the slot", () => {
    const lone = new LoneWorld();
    const { task } = contradiction(lone);
    lone.clock.advance(60_000);
    lone.node.crash();
    lone.node.restart();
    lone.story.publish(lone.node, lone.story.submission(author(5), task.task, {}, "z"));
    lone.clock.advance(120_000);
    expect(alertsOf(lone)).toHaveLength(1);
  });

  test("a node with proof of an equivocation makes the alert after a crash before the alert was kept", () => {
    const lone = new LoneWorld();
    contradiction(lone);
    lone.clock.advance(200);
    lone.node.crash();
    lone.node.restart();
    lone.clock.advance(60_000);
    expect(alertsOf(lone)).toHaveLength(1);
  });

  test("a node makes no alert after one of another node, and credits neither its sender nor its signer", () => {
    const lone = new LoneWorld();
    for (const name of ["other", "relay"]) lone.peer(name);
    const { task, pair } = contradiction(lone);
    expect(lone.gossip("relay", [alertOf(lone, pair)], alertsTopic(3)).acceptance).toBe("accept");
    lone.clock.advance(60_000);
    expect(alertsOf(lone)).toEqual([]);
    expect(lone.node.engine.alerts(task.id).map(({ signer }) => signer)).toEqual([keyOf("node other")]);
    const counts = lone.node.effects.filter((effect) => effect.kind === "count" && effect.name === "alerts_out");
    expect(counts.map((effect) => (effect.kind === "count" ? effect.label : ""))).toEqual(["sent_by_another"]);
    for (const report of lone.node.engine.peerReports(lone.story.nowSeconds)) {
      expect(report).toMatchObject({ interactions: 0, lastChange: undefined, score: { overall: 5000 } });
    }
  });

  test("a node with proof of an equivocation makes at most twelve alerts a minute, and the rest later", () => {
    const lone = new LoneWorld();
    for (let i = 0; i < PER_MINUTE + 5; i++) contradiction(lone, 10 + i);
    lone.clock.advance(59_000);
    expect(alertsOf(lone)).toHaveLength(PER_MINUTE);
    lone.clock.advance(70_000);
    expect(alertsOf(lone)).toHaveLength(PER_MINUTE + 5);
    expect(lone.node.engine.alerts()).toHaveLength(PER_MINUTE + 5);
  });

  test("a node with proof of an equivocation makes no alert about records older than an hour", () => {
    const lone = new LoneWorld();
    const { story, node } = lone;
    const seconds = story.nowSeconds - 3600 - 1;
    const task = story.publish(node, story.task(author(1), story.nowSeconds + 3600, { seconds }));
    for (const text of ["x", "y"]) story.publish(node, story.submission(author(5), task.task, { seconds }, text));
    lone.clock.advance(60_000);
    expect(node.engine.task(task.id, story.nowSeconds)?.excludedAuthors).toHaveLength(1);
    expect(alertsOf(lone)).toEqual([]);
  });

  test("repeats an alert that was not kept because the disk or the kernel failed", () => {
    const lone = new LoneWorld();
    contradiction(lone);
    lone.node.failVerify = true;
    lone.clock.advance(30_000);
    expect(lone.node.engine.alerts()).toEqual([]);
    expect(gossiped(lone)).toEqual([]);
    lone.node.failVerify = false;
    lone.clock.advance(120_000);
    expect(lone.node.engine.alerts()).toHaveLength(1);
    expect(gossiped(lone)).toHaveLength(1);
  });
});

describe("an equivocation in a network", () => {
  test("leads to one alert at every node, made by few nodes", () => {
    const clock = new Clock(START_SECONDS * 1000);
    const network = new SimNetwork(clock, 11);
    const story = new Story(network);
    const nodes = Array.from({ length: 8 }, (_, i) => network.add(new SimNode(network, `n${i}`)));
    for (const a of nodes) for (const b of nodes) if (a.name < b.name) network.connect(a, b);
    clock.advance(5000);
    const first = nodes[0] as SimNode;
    const task = story.publish(first, story.task(author(1), story.nowSeconds + 3600));
    for (const text of ["x", "y"]) story.publish(first, story.submission(author(5), task.task, {}, text));
    clock.advance(60_000);
    for (const { engine } of nodes) expect(engine.alerts(task.id)).toHaveLength(1);
    const sayers = nodes.filter(({ effects }) => effects.some(({ kind }) => kind === "send_alert"));
    expect(sayers.length).toBeGreaterThanOrEqual(1);
    expect(sayers.length).toBeLessThan(nodes.length / 2);
  });
});

describe("alerts from others", () => {
  test("alerts from others are kept when their task is unknown, and their records wait for the task", () => {
    const lone = new LoneWorld();
    lone.peer("a");
    const unknown = { taskId: keyOf("far task"), taskType: 4, t0: lone.story.nowSeconds };
    const pair = ["x", "y"].map((text) => lone.story.submission(author(5), unknown, {}, text));
    const sorted = pair.sort((a, b) => (a.id < b.id ? -1 : 1)) as [Made, Made];
    expect(lone.gossip("a", [alertOf(lone, sorted)], alertsTopic(3)).acceptance).toBe("accept");
    for (const { id } of pair) expect(lone.node.engine.entry(id)).toBeDefined();
    expect(lone.node.engine.task(unknown.taskId, lone.story.nowSeconds)).toMatchObject({
      announcement: undefined,
      waitsFor: "announcement",
    });
    expect(lone.faultsOf("a")).toEqual([]);
  });

  test.each([
    [
      "two authors",
      (lone: LoneWorld, task: Made) => [
        lone.story.submission(author(5), task.task),
        lone.story.submission(author(6), task.task),
      ],
    ],
    [
      "one meaning",
      (lone: LoneWorld, task: Made) => [
        lone.story.submission(author(5), task.task),
        lone.story.submission(author(5), task.task),
      ],
    ],
    [
      "two tasks",
      (lone: LoneWorld, task: Made) => {
        const other = lone.story.task(author(2), lone.story.nowSeconds + 3600);
        return [lone.story.submission(author(5), task.task), lone.story.submission(author(5), other.task)];
      },
    ],
  ] as const)(
    "alerts of %s that do not hold are rejected and charged to their sender, and no record is kept",
    (_name, make) => {
      const lone = new LoneWorld();
      lone.peer("a");
      const task = lone.story.task(author(1), lone.story.nowSeconds + 3600);
      const pair = [...make(lone, task)].sort((a, b) => (a.id < b.id ? -1 : 1)) as [Made, Made];
      const verdict = lone.gossip("a", [alertOf(lone, pair)], alertsTopic(3));
      expect(verdict).toEqual({ acceptance: "reject", code: "alert_does_not_hold" });
      expect(lone.node.engine.alerts()).toEqual([]);
      for (const { id } of pair) expect(lone.node.engine.entry(id)).toBeUndefined();
      const [report] = lone.node.engine.peerReports(lone.story.nowSeconds);
      expect(report?.lastChange?.reason).toBe("alert_does_not_hold");
    },
  );
});
