import { describe, expect, test } from "vitest";
import { alertsTopic } from "../../src/protocol/strand.js";
import { encodeAlert, encodeVote } from "../../src/protocol/verdict-messages.js";
import { keyOf, signEnvelope } from "../support/simulation/fake-signer.js";
import { LoneWorld } from "../support/simulation/lone-world.js";
import { author, type Made } from "../support/simulation/story.js";
import { worldWith } from "./lone-exchange.js";

/** Alerts that a node keeps against one author. */
const PER_EQUIVOCATOR = 16;

const DAY = 86_400;
const NO_REQUEST = "0".repeat(32);

interface Ballot {
  readonly voter: string;
  readonly about: number;
  readonly t0?: number;
  readonly taskType?: number;
}

function vote(lone: LoneWorld, { voter, about, t0 = lone.story.nowSeconds, taskType = 4 }: Ballot): Uint8Array {
  const task = { taskId: keyOf("task"), taskType, t0 };
  const ids = { submissionId: keyOf(`submission ${about}`), roster: keyOf("r"), value: keyOf("v") };
  const payload = encodeVote({ task, ...ids, round: 0, step: "prepare", held: 0 });
  return signEnvelope(lone.identity, { type: 6, sender: voter, timestampSeconds: lone.story.nowSeconds }, payload);
}

function alert(lone: LoneWorld, kind: 1 | 2, pair: readonly Made[]): { acceptance: string; code: string | undefined } {
  const [first, second] = [...pair].sort((a, b) => (a.id < b.id ? -1 : 1)) as [Made, Made];
  const payload = encodeAlert({ alertKind: kind, first: first.envelope, second: second.envelope });
  const fields = { type: 7, sender: author(50), timestampSeconds: lone.story.nowSeconds } as const;
  return lone.gossip("a", [signEnvelope(lone.identity, fields, payload)], alertsTopic(3));
}

describe("a flood of messages by one key", () => {
  test("a flood of messages by one key drops its own votes, not those of other keys", () => {
    const lone = new LoneWorld({ limits: { votes: 10 } });
    lone.peer("a");
    const honest = [1, 2, 3].map((i) => vote(lone, { voter: author(i), about: 0 }));
    for (const envelope of honest) lone.records("a", NO_REQUEST, [envelope]);
    for (let i = 0; i < 40; i++) lone.records("a", NO_REQUEST, [vote(lone, { voter: author(9), about: i })]);
    const before = lone.node.disk.kept.size;
    expect(before).toBe(10);
    const voters = [...lone.node.disk.kept.values()].map(({ envelope }) => envelope);
    for (const envelope of honest) expect(voters).toContainEqual(envelope);
  });

  test("a flood of messages by one key drops its own early records, not those of other keys", () => {
    const lone = new LoneWorld({ limits: { early_records: 6 } });
    lone.peer("a");
    const ahead = lone.story.nowSeconds + 300;
    const early = (by: number, number: number): Made =>
      lone.story.task(author(by), ahead + 60, { seconds: ahead, number });
    lone.gossip(
      "a",
      Array.from({ length: 20 }, (_, i) => early(9, i).envelope),
    );
    const honest = early(1, 0);
    lone.gossip("a", [honest.envelope]);
    lone.clock.advance(245_000);
    expect(lone.node.engine.entry(honest.id)).toBeDefined();
  });

  test("a flood of one key makes one alert for all pairs of one slot, so the quota can't be bypassed", () => {
    const lone = worldWith("a");
    const { story } = lone;
    const slot = [0, 1, 2, 3].map((i) => story.task(author(9), story.nowSeconds + 60 + i, { number: 7 }));
    const answers = slot.flatMap((a, i) => slot.slice(i + 1).map((b) => alert(lone, 1, [a, b]).acceptance));
    expect(answers).toEqual(["accept", "ignore", "ignore", "ignore", "ignore", "ignore"]);
    expect(lone.node.engine.alerts()).toHaveLength(1);
  });

  test("causes a bounded number of alerts with records of one slot", () => {
    const lone = worldWith("a");
    const { story } = lone;
    const slot = [0, 1, 2].map((i) => story.task(author(9), story.nowSeconds + 3600 + i, { number: 7 }));
    const [low, middle, high] = slot.sort((a, b) => (a.id < b.id ? -1 : 1)) as [Made, Made, Made];
    alert(lone, 1, [middle, high]);
    lone.gossip("a", [low.envelope]);
    lone.clock.advance(600_000);
    const alerts = lone.node.effects.filter(({ kind }) => kind === "send_alert");
    expect(alerts.length).toBeLessThanOrEqual(3);
    expect(lone.node.engine.alerts()).toHaveLength(1);
  });

  test("a flood of one key leaves sixteen alerts about equivocations of one author, whoever signs them", () => {
    const lone = worldWith("a");
    const { story } = lone;
    for (let i = 0; i < PER_EQUIVOCATOR + 5; i++) {
      alert(
        lone,
        1,
        [1, 2].map((more) => story.task(author(9), story.nowSeconds + 60 + more, { number: i })),
      );
    }
    expect(lone.node.engine.alerts()).toHaveLength(PER_EQUIVOCATOR);
    expect(lone.faultsOf("a")).toEqual([]);
  });
});

describe("messages that are not kept", () => {
  test("votes on tasks past the horizon or ahead, or of strands that are not held, are ignored", () => {
    const lone = new LoneWorld({ taskTypes: [4] });
    lone.peer("a");
    const now = lone.story.nowSeconds;
    const send = (ballot: Partial<Ballot>): void =>
      lone.records("a", NO_REQUEST, [vote(lone, { voter: author(1), about: 1, ...ballot })]);
    send({ t0: 2 ** 47 });
    send({ t0: now - 50 * DAY });
    send({ taskType: 3 });
    expect(lone.node.engine.sizes().votes).toBe(0);
    expect(lone.faultsOf("a")).toEqual([]);
    send({});
    expect(lone.node.engine.sizes().votes).toBe(1);
    lone.node.engine.step({ kind: "tick" }, lone.clock.nowMs + 47 * DAY * 1000);
    expect(lone.node.engine.sizes().votes).toBe(0);
  });

  test("an alert about records past the horizon is ignored, and a kept one is dropped when they pass it", () => {
    const lone = worldWith("a");
    const { story } = lone;
    const pair = (days: number): Made[] =>
      [1, 2].map((more) => {
        const seconds = story.nowSeconds - days * DAY;
        return story.task(author(9), seconds + 60 + more, { seconds, number: days });
      });
    expect(alert(lone, 1, pair(50))).toEqual({ acceptance: "ignore", code: "past_horizon" });
    expect(alert(lone, 1, pair(40)).acceptance).toBe("accept");
    lone.node.engine.step({ kind: "tick" }, lone.clock.nowMs + 7 * DAY * 1000);
    expect(lone.node.engine.sizes().alerts).toBe(0);
    expect(lone.faultsOf("a")).toEqual([]);
  });
});

describe("a node under changes of its clock and echoes of its records", () => {
  test("continues to expire and sweep after a clock that was far ahead is set back", () => {
    const lone = worldWith("a");
    const now = lone.clock.nowMs;
    lone.node.engine.step({ kind: "tick" }, now + 1000 * DAY * 1000);
    lone.node.engine.step({ kind: "tick" }, now);
    lone.story.publish(lone.node, lone.story.task(author(1), lone.story.nowSeconds + 60));
    expect(lone.node.engine.sizes().members).toBe(1);
    lone.node.engine.step({ kind: "tick" }, now + 47 * DAY * 1000);
    expect(lone.node.engine.sizes().members).toBe(0);
  });

  test("a node does not lower the score of a neighbour that sends its own records back", () => {
    const lone = worldWith("a");
    const { story, node } = lone;
    const scored = (): string =>
      JSON.stringify(node.engine.peerReports(story.nowSeconds).find(({ peer }) => peer === "a")?.score);
    lone.gossip("a", [story.task(author(30), story.nowSeconds + 60).envelope]);
    const before = scored();
    const made = Array.from({ length: 400 }, (_, i) =>
      story.publish(node, story.task(author(i % 20), story.nowSeconds + 60, { number: Math.floor(i / 20) })),
    );
    for (let at = 0; at < made.length; at += 50) {
      const bundle = made.slice(at, at + 50).map(({ envelope }) => envelope);
      expect(lone.gossip("a", bundle).code).toBe("already_known");
    }
    expect(scored()).toBe(before);
  });
});
