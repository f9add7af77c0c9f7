import { describe, expect, test } from "vitest";
import { WINDOWS_FULL } from "../../src/engine/index.js";
import { encodeBundle } from "../../src/protocol/bundle.js";
import { Clock } from "../support/simulation/clock.js";
import { keyOf } from "../support/simulation/fake-signer.js";
import { LoneWorld } from "../support/simulation/lone-world.js";
import { equalWeights, RosterVotes, withRoster } from "../support/simulation/roster-votes.js";
import { SimNetwork } from "../support/simulation/sim-network.js";
import { SimNode } from "../support/simulation/sim-node.js";
import { author, type Made, START_SECONDS, Story } from "../support/simulation/story.js";

const VOTERS = [1, 2, 3, 4].map((i) => author(i));
const ROSTER = equalWeights(VOTERS);
const FACTS = withRoster(ROSTER);
const [PUBLISHER, SUBMITTER] = [author(10), author(11)];

interface Answered {
  readonly task: Made;
  readonly answer: Made;
  readonly validations: readonly Made[];
}

/** A task with one answer and two validations that agree. */
function answered(story: Story, scores: readonly number[] = [80, 82]): Answered {
  const task = story.task(PUBLISHER, story.nowSeconds + 3600);
  const answer = story.submission(SUBMITTER, task.task);
  const validations = scores.map((score, i) => story.validation(VOTERS[i] as string, answer, score));
  return { task, answer, validations };
}

function votesOf(identity: LoneWorld["identity"], { answer, validations }: Answered, roster = ROSTER): RosterVotes {
  const subject = { publisher: PUBLISHER, submission: answer, submitter: SUBMITTER };
  const listed = validations.map(({ id, payload }, i) => ({
    validator: VOTERS[i] as string,
    score: payload.kind === "validation" ? payload.score : 0,
    id,
  }));
  return new RosterVotes(identity, roster, subject, listed);
}

function lone(facts = FACTS): { lone: LoneWorld; made: Answered; votes: RosterVotes; hold: () => void } {
  const world = new LoneWorld({}, facts);
  world.peer("a");
  world.peer("b");
  const made = answered(world.story);
  const all = [made.task, made.answer, ...made.validations];
  const hold = (): void =>
    void world.gossip(
      "a",
      all.map(({ envelope }) => envelope),
    );
  return { lone: world, made, votes: votesOf(world.identity, made), hold };
}

function events(world: LoneWorld, name: string): unknown[] {
  return world.node.disk.events.flatMap(({ event, body }) => (event === name ? [body] : []));
}

describe("a certificate from a peer", () => {
  test("makes the verdict final, with its events in one synced write", () => {
    const { lone: world, made, votes, hold } = lone();
    hold();
    const taskId = made.task.id;
    expect(world.node.engine.task(taskId, world.story.nowSeconds)).toMatchObject({ final: false, certified: [] });
    const certificate = votes.certificate(VOTERS.slice(0, 3), keyOf("x"), world.story.nowSeconds);
    expect(world.gossip("a", [certificate])).toEqual({ acceptance: "accept", code: undefined });
    expect(world.node.engine.task(taskId, world.story.nowSeconds)).toMatchObject({
      status: "Completed",
      final: true,
      certified: [{ submissionId: made.answer.id, value: votes.value, reached: true, n: 2, sum: 162 }],
      contested: [],
    });
    expect(events(world, "submission_certified")).toHaveLength(1);
    expect(events(world, "task_status_changed").at(-1)).toMatchObject({ status: "Completed", final: true });
    const write = world.node.effects.find(
      (effect) =>
        effect.kind === "persist" && effect.writes.some((one) => one.kind === "put_record" && one.entry.type === 8),
    );
    const names =
      write?.kind === "persist"
        ? write.writes.map((one) => (one.kind === "put_event" ? one.event.event : one.kind))
        : [];
    expect(write).toMatchObject({ sync: true });
    expect(names).toContain("submission_certified");
    expect(names).toContain("task_status_changed");
  });

  test("counts once, whoever sends it and with whatever commits", () => {
    const { lone: world, votes, hold } = lone();
    hold();
    const now = world.story.nowSeconds;
    world.gossip("a", [votes.certificate(VOTERS.slice(0, 3), keyOf("x"), now)]);
    const other = votes.certificate(VOTERS.slice(1, 4), keyOf("y"), now);
    expect(world.gossip("b", [other])).toEqual({ acceptance: "ignore", code: "already_known" });
    expect(events(world, "submission_certified")).toHaveLength(1);
    expect(world.faultsOf("b")).toEqual([]);
  });

  test("gives its events once across a crash", () => {
    const { lone: world, made, votes, hold } = lone();
    hold();
    world.gossip("a", [votes.certificate(VOTERS.slice(0, 3), keyOf("x"), world.story.nowSeconds)]);
    const before = world.node.disk.events.length;
    world.node.crash();
    world.node.restart();
    world.clock.advance(3000);
    expect(world.node.disk.events).toHaveLength(before);
    expect(world.node.engine.task(made.task.id, world.story.nowSeconds)).toMatchObject({ final: true });
  });

  test("completes the task when its records come later", () => {
    const { lone: world, made, votes, hold } = lone();
    world.gossip("a", [votes.certificate(VOTERS.slice(0, 3), keyOf("x"), world.story.nowSeconds)]);
    hold();
    expect(world.node.engine.task(made.task.id, world.story.nowSeconds)).toMatchObject({ final: true });
    expect(events(world, "task_status_changed").filter((body) => (body as { final: boolean }).final)).toHaveLength(1);
  });

  test("of another value for a certified submission contests it", () => {
    const { lone: world, made, votes, hold } = lone();
    hold();
    const now = world.story.nowSeconds;
    world.gossip("a", [votes.certificate(VOTERS.slice(0, 3), keyOf("x"), now)]);
    const fewer = votesOf(world.identity, { ...made, validations: made.validations.slice(0, 1) });
    expect(world.gossip("b", [fewer.certificate(VOTERS.slice(1, 4), keyOf("x"), now)]).acceptance).toBe("accept");
    const view = world.node.engine.task(made.task.id, now);
    expect(view).toMatchObject({ final: false, certified: [], contested: [made.answer.id] });
    expect(events(world, "submission_certified").at(-1)).toMatchObject({ contested: true });
  });

  test("with a commit that is not signed is a fault of its sender, and does not count", () => {
    const { lone: world, made, votes, hold } = lone();
    hold();
    const now = world.story.nowSeconds;
    const quorum = VOTERS.slice(0, 3);
    const good = votes.certificate(quorum, keyOf("x"), now);
    const forged = votes.certificate(quorum, keyOf("x"), now, quorum[1]);
    expect(world.gossip("a", [forged])).toEqual({ acceptance: "reject", code: "bad_certificate" });
    expect(world.faultsOf("a")).toEqual(["bad_certificate"]);
    expect(world.node.engine.task(made.task.id, now)).toMatchObject({ final: false });
    expect(world.gossip("b", [good]).acceptance).toBe("accept");
  });

  test("under another roster is ignored without a fault", () => {
    const { lone: world, hold, made } = lone(withRoster(equalWeights(VOTERS.slice(0, 3))));
    hold();
    const votes = votesOf(world.identity, made);
    const certificate = votes.certificate(VOTERS.slice(0, 3), keyOf("x"), world.story.nowSeconds);
    expect(world.gossip("a", [certificate])).toEqual({ acceptance: "ignore", code: "no_roster" });
    expect(world.faultsOf("a")).toEqual([]);
  });
});

describe("certificates in the set", () => {
  test("reach a node that was away, by sync", () => {
    const network = new SimNetwork(new Clock(START_SECONDS * 1000), 5);
    const [a, b] = ["a", "b"].map((name) => network.add(new SimNode(network, name, {}, FACTS))) as [SimNode, SimNode];
    const story = new Story(network);
    const made = answered(story);
    for (const record of [made.task, made.answer, ...made.validations]) story.publish(a, record);
    network.connect(a, b);
    network.clock.advance(5000);
    network.disconnect(a, b);
    const votes = votesOf(network.identity, made);
    const certificate = votes.certificate(VOTERS.slice(0, 3), keyOf("x"), story.nowSeconds);
    a.scan([{ bundle: encodeBundle([certificate]), source: { kind: "own" } }]);
    network.clock.advance(5000);
    expect(b.engine.task(made.task.id, story.nowSeconds)).toMatchObject({ final: false });
    for (const features of [[], [WINDOWS_FULL]]) {
      network.disconnect(a, b);
      a.features = features;
      b.features = features;
      network.connect(a, b);
      network.clock.advance(5000);
      const view = b.engine.task(made.task.id, story.nowSeconds);
      expect(view).toMatchObject({ final: true, certified: [{ value: votes.value }] });
      expect(b.engine.digest(60)).toBe(a.engine.digest(60));
      b.crash();
      b.disk.records.clear();
      b.disk.windows.clear();
      b.restart();
    }
  });
});
