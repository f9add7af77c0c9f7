import { describe, expect, test } from "vitest";
import { encodeBundle } from "../../src/protocol/bundle.js";
import { encodeFrame } from "../../src/protocol/frames.js";
import { NO_REQUEST } from "../../src/protocol/sync-messages.js";
import { encodeVote } from "../../src/protocol/verdict-messages.js";
import { Clock } from "../support/simulation/clock.js";
import { keyOf, signEnvelope } from "../support/simulation/fake-signer.js";
import { equalWeights, RosterVotes, withRoster } from "../support/simulation/roster-votes.js";
import { SimNetwork } from "../support/simulation/sim-network.js";
import { SimNode } from "../support/simulation/sim-node.js";
import { author, type Made, START_SECONDS, Story } from "../support/simulation/story.js";

const NAMES = ["a", "b", "c", "d"];
const ROSTER = equalWeights(NAMES.map(keyOf));
const [PUBLISHER, SUBMITTER] = [author(10), author(11)];
const MINUTE_MS = 60_000;
const WINDOW_SECONDS = 86_400;

class VotersWorld {
  readonly network = new SimNetwork(new Clock(START_SECONDS * 1000), 5);
  readonly nodes: readonly SimNode[];
  readonly story: Story;
  readonly task: Made;
  readonly answer: Made;

  constructor(scores: readonly number[] = [80, 82, 84]) {
    this.nodes = NAMES.map((name) => this.network.add(new SimNode(this.network, name, {}, withRoster(ROSTER))));
    this.story = new Story(this.network);
    const { story } = this;
    this.connectAll();
    // Dated in the past, so that the validation window ends two minutes from now.
    const deadline = START_SECONDS + 120 - WINDOW_SECONDS;
    this.task = story.task(PUBLISHER, deadline, { seconds: deadline - 3600 });
    this.answer = story.submission(SUBMITTER, this.task.task, { seconds: deadline - 60 });
    const validations = scores.map((score, i) => story.validation(keyOf(NAMES[i] as string), this.answer, score));
    for (const made of [this.task, this.answer, ...validations]) story.publish(this.node(0), made);
    this.network.clock.advance(5000);
  }

  node(index: number): SimNode {
    return this.nodes[index] as SimNode;
  }

  connectAll(): void {
    for (const [i, a] of this.nodes.entries()) for (const b of this.nodes.slice(i + 1)) this.network.connect(a, b);
  }

  /** Ends the validation window. */
  endWindow(): void {
    this.network.clock.advance((START_SECONDS + 181 - this.story.nowSeconds) * 1000);
  }

  certified(node: SimNode): readonly string[] {
    return node.engine.task(this.task.id, this.story.nowSeconds)?.certified.map(({ value }) => value) ?? [];
  }

  /** Votes that each node cast, by name. */
  cast(node: SimNode): string[] {
    return node.effects.flatMap((effect) =>
      effect.kind === "cast_vote" ? [`${effect.vote.round} ${effect.vote.step} ${effect.vote.value.slice(0, 8)}`] : [],
    );
  }
}

describe("own members", () => {
  test("certify a submission early when its verdict is reached by enough weight and has been quiet for a minute", () => {
    const world = new VotersWorld();
    world.network.clock.advance(2 * MINUTE_MS);
    const values = world.nodes.map((node) => world.certified(node));
    expect(values[0]).toHaveLength(1);
    expect(new Set(values.flat()).size).toBe(1);
    for (const node of world.nodes) {
      expect(world.certified(node)).toEqual(values[0]);
      expect(new Set(world.cast(node)).size).toBe(2);
      expect(node.engine.task(world.task.id, world.story.nowSeconds)).toMatchObject({
        status: "Completed",
        final: true,
      });
      expect(node.faults).toEqual([]);
    }
  });

  test("do not vote before a peer was here and half a minute has passed, and say why", () => {
    const network = new SimNetwork(new Clock(START_SECONDS * 1000), 5);
    const [alone, other] = ["a", "b"].map((name) => new SimNode(network, name, {}, withRoster(ROSTER)));
    if (alone === undefined || other === undefined) throw new Error("no nodes");
    for (const node of [alone, other]) network.add(node);
    expect(alone.engine.votesHeldBack()).toBeUndefined();
    const story = new Story(network);
    const deadline = START_SECONDS + 60 - WINDOW_SECONDS;
    const task = story.task(PUBLISHER, deadline, { seconds: deadline - 3600 });
    story.publish(alone, task);
    story.publish(alone, story.submission(SUBMITTER, task.task, { seconds: deadline - 60 }));
    network.clock.advance(10 * MINUTE_MS);
    expect(alone.engine.votesHeldBack()).toBe("no_peer");
    network.connect(alone, other);
    network.clock.advance(1000);
    expect(alone.engine.votesHeldBack()).toBe("listens");
    expect(alone.effects.some(({ kind }) => kind === "cast_vote")).toBe(false);
    network.clock.advance(MINUTE_MS);
    expect(alone.engine.votesHeldBack()).toBeUndefined();
    expect(alone.effects.some(({ kind }) => kind === "cast_vote")).toBe(true);
  });

  test("certify after the window what was not reached", () => {
    const world = new VotersWorld([10, 90]);
    world.network.clock.advance(2 * MINUTE_MS);
    expect(world.nodes.flatMap((node) => world.certified(node))).toEqual([]);
    world.endWindow();
    world.network.clock.advance(MINUTE_MS);
    for (const node of world.nodes) {
      expect(world.certified(node)).toHaveLength(1);
      expect(node.engine.task(world.task.id, world.story.nowSeconds)).toMatchObject({ status: "Expired", final: true });
    }
  });

  test("write the state of a vote to the disk, synced, before they ask for its signature", () => {
    const world = new VotersWorld();
    world.network.clock.advance(2 * MINUTE_MS);
    const { effects } = world.node(0);
    for (const [i, effect] of effects.entries()) {
      if (effect.kind !== "cast_vote") continue;
      const before = effects.slice(0, i).findLast(({ kind }) => kind === "persist");
      const kinds =
        before?.kind === "persist" ? before.writes.map((write) => write.kind === "put_kept" && write.entry.kind) : [];
      expect(before).toMatchObject({ sync: true });
      expect(kinds).toContain("voting");
    }
  });

  test("vote the same again after a crash, also when the vote had not left", () => {
    const world = new VotersWorld();
    for (const node of world.nodes.slice(1)) world.network.crash(node);
    world.network.clock.advance(2 * MINUTE_MS);
    const node = world.node(0);
    const first = world.cast(node)[0];
    expect(first).toBeDefined();
    world.network.crash(node);
    for (const one of world.nodes) one.restart();
    world.connectAll();
    world.network.clock.advance(3 * MINUTE_MS);
    const again = new Set(world.cast(node).filter((vote) => vote.startsWith("0 prepare")));
    expect([...again]).toEqual([first]);
    for (const one of world.nodes) expect(world.certified(one)).toHaveLength(1);
  });

  test("listen before they vote: a vote of the own key from elsewhere ends their votes", () => {
    const world = new VotersWorld();
    const node = world.node(0);
    world.network.crash(node);
    node.restart();
    const seconds = world.story.nowSeconds;
    const subject = { publisher: PUBLISHER, submission: world.answer, submitter: SUBMITTER };
    const { list } = new RosterVotes(world.network.identity, ROSTER, subject, []);
    const vote = { task: world.task.task, submissionId: world.answer.id, roster: list.roster, round: 0 } as const;
    const payload = encodeVote({ ...vote, step: "prepare", held: 0, value: keyOf("elsewhere") });
    const twin = signEnvelope(
      world.network.identity,
      { type: 6, sender: keyOf("a"), timestampSeconds: seconds },
      payload,
    );
    world.connectAll();
    node.hearFrame("b", recordsFrame(twin));
    world.network.clock.advance(5 * MINUTE_MS);
    expect(world.cast(node)).toEqual([]);
    expect(node.effects.filter(({ kind }) => kind === "own_key_elsewhere")).toHaveLength(1);
    expect(world.certified(world.node(1))).toHaveLength(1);
  });

  test("of a quorum that is apart meet after the partition heals", () => {
    const world = new VotersWorld([10, 90]);
    world.network.partition(({ name }) => name < "c");
    world.endWindow();
    world.network.clock.advance(30 * MINUTE_MS);
    expect(world.nodes.flatMap((node) => world.certified(node))).toEqual([]);
    world.connectAll();
    world.network.clock.advance(5 * MINUTE_MS);
    for (const node of world.nodes) expect(world.certified(node)).toHaveLength(1);
  });
});

function recordsFrame(envelope: Uint8Array): Uint8Array {
  return encodeFrame({ kind: "records", requestId: NO_REQUEST, bundle: encodeBundle([envelope]) });
}
