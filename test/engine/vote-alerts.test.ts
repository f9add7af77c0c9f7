import { describe, expect, test } from "vitest";
import type { EngineEffect } from "../../src/engine/effects.js";
import { alertsTopic } from "../../src/protocol/strand.js";
import { NO_REQUEST } from "../../src/protocol/sync-messages.js";
import { encodeAlert } from "../../src/protocol/verdict-messages.js";
import { Clock } from "../support/simulation/clock.js";
import { keyOf, signEnvelope } from "../support/simulation/fake-signer.js";
import { LoneWorld } from "../support/simulation/lone-world.js";
import { equalWeights, RosterVotes, withRoster } from "../support/simulation/roster-votes.js";
import { SimNetwork } from "../support/simulation/sim-network.js";
import { SimNode } from "../support/simulation/sim-node.js";
import { author, type Made, START_SECONDS, Story } from "../support/simulation/story.js";

const VOTERS = [1, 2, 3, 4].map((i) => author(i)) as [string, string, string, string];
const ROSTER = equalWeights(VOTERS);
const [PUBLISHER, SUBMITTER] = [author(10), author(11)];
const [LIAR] = VOTERS;
const MINUTE_MS = 60_000;

type Vote = Parameters<RosterVotes["vote"]>[2];
type SendVoteAlert = Extract<EngineEffect, { kind: "send_vote_alert" }>;

const PREPARE_X: Vote = { step: "prepare", value: keyOf("x") };
const PREPARE_Y: Vote = { step: "prepare", value: keyOf("y") };
const COMMIT_X: Vote = { step: "commit", value: keyOf("x") };

/** A node that holds a task with a roster and one submission, and a peer that sends votes on it. */
class VotedWorld {
  readonly lone: LoneWorld;
  readonly task: Made;
  readonly answer: Made;
  readonly votes: RosterVotes;

  constructor(options: ConstructorParameters<typeof LoneWorld>[0] = {}) {
    this.lone = new LoneWorld(options, withRoster(ROSTER));
    const { story, identity } = this.lone;
    this.lone.peer("a");
    this.task = story.task(PUBLISHER, story.nowSeconds + 3600);
    this.answer = story.submission(SUBMITTER, this.task.task);
    const subject = { publisher: PUBLISHER, submission: this.answer, submitter: SUBMITTER };
    this.votes = new RosterVotes(identity, ROSTER, subject, []);
    this.lone.gossip("a", [this.task.envelope, this.answer.envelope]);
  }

  send(...votes: readonly Vote[]): void {
    for (const vote of votes) this.lone.records("a", NO_REQUEST, [this.vote(vote)]);
  }

  vote(vote: Vote, voter = LIAR): Uint8Array {
    return this.votes.vote(voter, this.lone.story.nowSeconds, vote);
  }

  get made(): SendVoteAlert[] {
    return this.lone.node.effects.filter((effect) => effect.kind === "send_vote_alert");
  }

  get kept() {
    return this.lone.node.engine.alerts(this.task.id);
  }

  /** Alerts that the node gossiped of its own. */
  get gossiped(): number {
    return this.lone.published.filter(({ topic, forwarded }) => topic === alertsTopic(3) && !forwarded).length;
  }
}

describe("two votes of one voter", () => {
  test("for two values in one step make one alert of kind 3, signed by the node key and gossiped", () => {
    const world = new VotedWorld();
    world.send(PREPARE_X, PREPARE_Y);
    world.lone.clock.advance(2 * MINUTE_MS);
    expect(world.made).toHaveLength(1);
    expect(world.gossiped).toBe(1);
    const { nodeKey } = world.lone.node;
    expect(world.kept).toMatchObject([{ alertKind: 3, equivocator: LIAR, signer: nodeKey, taskIds: [world.task.id] }]);
    const events = world.lone.node.effects.filter((effect) => effect.kind === "notify");
    expect(events.filter(({ event }) => event.event === "fraud_detected")).toHaveLength(1);
    expect(world.lone.node.engine.sizes().alerts_due).toBe(0);
  });

  test("that break a lock make one alert of kind 4, in either order of arrival", () => {
    const later: Vote = { ...PREPARE_Y, round: 2, held: 1 };
    for (const votes of [
      [COMMIT_X, later],
      [later, COMMIT_X],
    ]) {
      const world = new VotedWorld();
      world.send(...votes);
      world.lone.clock.advance(MINUTE_MS);
      expect(world.kept).toMatchObject([{ alertKind: 4, equivocator: LIAR }]);
    }
  });

  test("that follow the hold rule, or are the same, make no alert", () => {
    const world = new VotedWorld();
    const newerLock: Vote = { ...PREPARE_Y, round: 2, held: 2 };
    world.send(PREPARE_X, COMMIT_X, newerLock, { ...COMMIT_X, round: 2, value: keyOf("y") });
    world.lone.clock.advance(1000);
    world.send(PREPARE_X, newerLock);
    world.lone.clock.advance(MINUTE_MS);
    expect(world.made).toEqual([]);
  });

  test("of two voters make no alert", () => {
    const world = new VotedWorld();
    world.send(PREPARE_X);
    world.lone.records("a", NO_REQUEST, [world.vote(PREPARE_Y, VOTERS[1])]);
    world.lone.clock.advance(MINUTE_MS);
    expect(world.made).toEqual([]);
  });

  test("make one alert only, whatever the voter adds, also after a restart", () => {
    const world = new VotedWorld();
    world.send(PREPARE_X, PREPARE_Y, { ...PREPARE_X, value: keyOf("z") }, { ...PREPARE_X, round: 1 });
    world.send({ ...PREPARE_Y, round: 1 }, COMMIT_X, { ...COMMIT_X, value: keyOf("y") });
    world.lone.clock.advance(2 * MINUTE_MS);
    world.lone.node.crash();
    world.lone.node.restart();
    world.lone.peer("a");
    world.send({ ...PREPARE_X, round: 3 }, { ...PREPARE_Y, round: 3 });
    world.lone.clock.advance(2 * MINUTE_MS);
    expect(world.made).toHaveLength(1);
    expect(world.kept).toHaveLength(1);
  });

  test("make the alert after a crash that came before it was kept", () => {
    const world = new VotedWorld();
    world.send(PREPARE_X, PREPARE_Y);
    world.lone.clock.advance(200);
    world.lone.node.disk.apply([], true, world.lone.clock.nowMs);
    world.lone.node.crash();
    world.lone.node.restart();
    world.lone.clock.advance(MINUTE_MS);
    expect(world.kept).toHaveLength(1);
  });

  test("make no alert after one of another node", () => {
    const world = new VotedWorld();
    const pair = [PREPARE_X, PREPARE_Y].map((vote) => world.vote(vote));
    world.send(PREPARE_X, PREPARE_Y);
    const { identity, story } = world.lone;
    const alertOf = ([first, second]: readonly Uint8Array[]): Uint8Array =>
      signEnvelope(
        identity,
        { type: 7, sender: keyOf("other"), timestampSeconds: story.nowSeconds },
        encodeAlert({ alertKind: 3, first: first as Uint8Array, second: second as Uint8Array }),
      );
    const answers = [pair, [...pair].reverse()].map((each) => world.lone.gossip("a", [alertOf(each)], alertsTopic(3)));
    expect(answers.map(({ acceptance }) => acceptance).sort()).toEqual(["accept", "reject"]);
    world.lone.clock.advance(MINUTE_MS);
    expect(world.made).toEqual([]);
    expect(world.kept).toMatchObject([{ signer: keyOf("other") }]);
  });

  test("make an alert although a certificate drops the votes before it is due", () => {
    const world = new VotedWorld();
    world.send(PREPARE_X, PREPARE_Y);
    const certificate = world.votes.certificate(VOTERS.slice(1), keyOf("x"), world.lone.story.nowSeconds);
    world.lone.gossip("a", [certificate]);
    expect(world.lone.node.engine.sizes().votes).toBe(0);
    world.lone.clock.advance(MINUTE_MS);
    expect(world.kept).toHaveLength(1);
  });

  test("make no alert beyond the cap of alerts that wait, which is counted", () => {
    const world = new VotedWorld({ limits: { alerts_due: 1 } });
    world.send(PREPARE_X, PREPARE_Y);
    for (const vote of [PREPARE_X, PREPARE_Y]) {
      world.lone.records("a", NO_REQUEST, [world.vote(vote, VOTERS[1])]);
    }
    const counts = world.lone.node.effects.filter((effect) => effect.kind === "count" && effect.name === "dropped");
    expect(counts).toMatchObject([{ label: "alerts_due" }]);
    expect(world.lone.node.engine.sizes().alerts_due).toBe(1);
  });
});

describe("a double voter in a network", () => {
  test("leads to one alert at every node, and at one that comes later and asks for the task", () => {
    const network = new SimNetwork(new Clock(START_SECONDS * 1000), 7);
    const nodes = ["a", "b", "c", "d", "e"].map((name) =>
      network.add(new SimNode(network, name, {}, withRoster(ROSTER))),
    );
    const story = new Story(network);
    const [first, second, ...others] = nodes as [SimNode, SimNode, ...SimNode[]];
    const late = others.pop() as SimNode;
    network.crash(late);
    const here = [first, second, ...others];
    for (const [i, one] of here.entries()) for (const other of here.slice(i + 1)) network.connect(one, other);
    const task = story.publish(first, story.task(PUBLISHER, story.nowSeconds + 3600));
    const answer = story.publish(first, story.submission(SUBMITTER, task.task));
    network.clock.advance(5000);
    const subject = { publisher: PUBLISHER, submission: answer, submitter: SUBMITTER };
    const votes = new RosterVotes(network.identity, ROSTER, subject, []);
    const send = (node: SimNode, vote: Vote): void => node.publish(votes.vote(LIAR, story.nowSeconds, vote));
    send(first, PREPARE_X);
    send(second, PREPARE_Y);
    network.clock.advance(MINUTE_MS);
    for (const { engine } of here) expect(engine.alerts(task.id)).toMatchObject([{ alertKind: 3, equivocator: LIAR }]);
    expect(here.flatMap(({ faults }) => faults)).toEqual([]);
    late.restart();
    for (const node of here) network.connect(late, node);
    network.clock.advance(MINUTE_MS);
    late.step({ kind: "sync_task", taskId: task.id });
    network.clock.advance(MINUTE_MS);
    expect(late.engine.alerts(task.id)).toHaveLength(1);
  });
});
