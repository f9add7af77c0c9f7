import { describe, expect, test } from "vitest";
import { NO_REQUEST } from "../../src/protocol/sync-messages.js";
import { keyOf } from "../support/simulation/fake-signer.js";
import { LoneWorld } from "../support/simulation/lone-world.js";
import { equalWeights, RosterVotes, withRoster } from "../support/simulation/roster-votes.js";
import { author, type Made } from "../support/simulation/story.js";

const VOTERS = [1, 2, 3, 4].map((i) => author(i)) as [string, string, string, string];
const ROSTER = equalWeights(VOTERS);
const [PUBLISHER, SUBMITTER] = [author(10), author(11)];

class VotedWorld {
  readonly lone = new LoneWorld({}, withRoster(ROSTER));
  readonly task: Made;
  readonly answer: Made;
  readonly votes: RosterVotes;
  readonly #validation: Made;

  constructor() {
    const { story, identity } = this.lone;
    this.lone.peer("a");
    this.task = story.task(PUBLISHER, story.nowSeconds + 3600);
    this.answer = story.submission(SUBMITTER, this.task.task);
    this.#validation = story.validation(VOTERS[0], this.answer, 80);
    const subject = { publisher: PUBLISHER, submission: this.answer, submitter: SUBMITTER };
    this.votes = new RosterVotes(identity, ROSTER, subject, [
      { validator: VOTERS[0], score: 80, id: this.#validation.id },
    ]);
  }

  holdRecords(): void {
    const records = [this.task, this.answer, this.#validation];
    this.lone.gossip(
      "a",
      records.map(({ envelope }) => envelope),
    );
  }

  commit(...voters: readonly string[]): void {
    const seconds = this.lone.story.nowSeconds;
    for (const voter of voters) this.lone.records("a", NO_REQUEST, [this.votes.vote(voter, seconds)]);
  }

  get kept(): number {
    return this.lone.node.engine.sizes().votes;
  }

  get isFinal(): boolean {
    const { node, story } = this.lone;
    return (node.engine.task(this.task.id, story.nowSeconds)?.certified.length ?? 0) > 0;
  }
}

describe("votes of peers", () => {
  test("make a certificate when a quorum commits the own list, which is gossiped", () => {
    const world = new VotedWorld();
    world.holdRecords();
    world.commit(VOTERS[0], VOTERS[1]);
    world.lone.clock.advance(20_000);
    expect(world.isFinal).toBe(false);
    world.commit(VOTERS[2]);
    world.lone.clock.advance(5000);
    expect(world.isFinal).toBe(true);
    expect(world.lone.published.filter(({ forwarded, bundle }) => !forwarded && bundle[5] === 8)).toHaveLength(1);
    expect(world.kept).toBe(0);
  });

  test("are shown with their weights until there is a certificate", () => {
    const world = new VotedWorld();
    const views = () => world.lone.node.engine.votes(world.answer.id);
    expect(views()).toEqual([]);
    world.holdRecords();
    world.commit(VOTERS[1], VOTERS[0]);
    const [view, ...others] = views();
    expect(others).toEqual([]);
    expect(view).toMatchObject({ quorum: 3, weight: 4 });
    expect(view?.votes.map(({ voter, step, round, weight }) => [voter, step, round, weight])).toEqual(
      [VOTERS[0], VOTERS[1]].sort().map((voter) => [voter, "commit", 0, 1]),
    );
    world.commit(VOTERS[2]);
    world.lone.clock.advance(5000);
    expect(views()).toEqual([]);
  });

  test("are not shown while the submission is unknown", () => {
    const world = new VotedWorld();
    world.commit(VOTERS[0]);
    // The set names the task of a submission that it holds.
    expect(world.lone.node.engine.votes(world.answer.id)).toEqual([]);
    expect(world.kept).toBe(1);
  });

  test("count as soon as the records are here, also after a restart", () => {
    const world = new VotedWorld();
    world.commit(...VOTERS);
    expect(world.kept).toBe(4);
    world.lone.node.disk.apply([], true, world.lone.clock.nowMs);
    world.lone.node.crash();
    world.lone.node.restart();
    expect(world.kept).toBe(4);
    world.lone.peer("a");
    world.holdRecords();
    world.lone.clock.advance(5000);
    expect(world.isFinal).toBe(true);
  });

  test("for a certified submission are dropped, and later ones are ignored", () => {
    const world = new VotedWorld();
    world.holdRecords();
    const now = world.lone.story.nowSeconds;
    world.commit(VOTERS[0]);
    world.lone.gossip("a", [world.votes.certificate(VOTERS.slice(0, 3), keyOf("x"), now)]);
    expect(world.kept).toBe(0);
    world.commit(VOTERS[3]);
    expect(world.kept).toBe(0);
    expect(world.lone.node.disk.kept.size).toBe(0);
  });

  test("of a voter that sends other values first still complete a quorum", () => {
    const world = new VotedWorld();
    world.holdRecords();
    const now = world.lone.story.nowSeconds;
    for (const text of ["x", "y"]) {
      world.lone.records("a", NO_REQUEST, [world.votes.vote(VOTERS[2], now, { value: keyOf(text) })]);
    }
    world.commit(VOTERS[0], VOTERS[1], VOTERS[2]);
    world.lone.clock.advance(5000);
    expect(world.isFinal).toBe(true);
  });

  test("of the publisher, of strangers and under another roster are not kept", () => {
    const world = new VotedWorld();
    world.holdRecords();
    const now = world.lone.story.nowSeconds;
    world.commit(PUBLISHER, author(20));
    expect(world.kept).toBe(0);
    expect(world.lone.gossip("a", [world.votes.vote(author(20), now)])).toMatchObject({ acceptance: "ignore" });
    expect(world.lone.faultsOf("a")).toEqual([]);
  });

  test("for a list that this node does not have wait until its list is the same", () => {
    const world = new VotedWorld();
    world.holdRecords();
    const late = world.lone.story.validation(VOTERS[1], world.answer, 84);
    world.lone.gossip("a", [late.envelope]);
    world.commit(...VOTERS);
    world.lone.clock.advance(30_000);
    expect(world.isFinal).toBe(false);
  });
});
