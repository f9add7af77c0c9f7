import { describe, expect, test } from "vitest";
import { payloadOf } from "../../src/protocol/envelope.js";
import { keyOf } from "../support/simulation/fake-signer.js";
import { LoneWorld } from "../support/simulation/lone-world.js";
import { equalWeights, RosterVotes, withRoster } from "../support/simulation/roster-votes.js";
import { author, type Made } from "../support/simulation/story.js";
import { EVERYONE } from "../support/simulation/world.js";

const VOTERS = [1, 2, 3, 4].map((i) => author(i)) as [string, string, string, string];
const ROSTER = equalWeights(VOTERS);
const [PUBLISHER, SUBMITTER] = [author(10), author(11)];
const WINDOW_SECONDS = 86_400;

/** A task whose window ends in an hour, and a submission with scores of the first voters. */
class RewardedWorld {
  readonly lone: LoneWorld;
  readonly task: Made;
  readonly answer: Made;
  readonly deadline: number;
  readonly #validations: readonly { validator: string; score: number; made: Made }[];

  constructor(scores: readonly number[], facts = withRoster(ROSTER)) {
    this.lone = new LoneWorld({}, facts);
    const { story } = this.lone;
    this.lone.peer("a");
    this.deadline = story.nowSeconds + 3600 - WINDOW_SECONDS;
    this.task = story.task(PUBLISHER, this.deadline, { seconds: this.deadline - 3600 });
    this.answer = story.submission(SUBMITTER, this.task.task, { seconds: this.deadline - 60 });
    this.#validations = scores.map((score, i) => {
      const validator = VOTERS[i] as string;
      return { validator, score, made: story.validation(validator, this.answer, score) };
    });
    const records = [this.task, this.answer, ...this.#validations.map(({ made }) => made)];
    for (const record of records) story.publish(this.lone.node, record);
  }

  /** A certificate of the submission; `scores` of another list than that of the records. */
  certificate(scores?: readonly number[]): Uint8Array {
    const subject = { publisher: PUBLISHER, submission: this.answer, submitter: SUBMITTER };
    const list = this.#validations.map(({ validator, score, made }, i) => ({
      validator,
      score: scores?.[i] ?? score,
      id: made.id,
    }));
    const votes = new RosterVotes(this.lone.identity, ROSTER, subject, list);
    return votes.certificate(VOTERS.slice(0, 3), keyOf("x"), this.lone.story.nowSeconds);
  }

  rewards(certificates: readonly Uint8Array[], atSeconds = this.deadline + WINDOW_SECONDS + 1) {
    const payloads = certificates.map((one) => ({ submissionId: this.answer.id, payload: payloadOf(one) }));
    return this.lone.node.engine.rewards(this.task.id, payloads, atSeconds);
  }
}

describe("the reward of a task", () => {
  test("is split by its certified lists when the window is over", () => {
    const world = new RewardedWorld([80, 84, 90]);
    const certificate = world.certificate();
    world.lone.gossip("a", [certificate]);
    const rewards = world.rewards([certificate]);
    expect(rewards).toMatchObject({ kind: "final", distribution: { poolNano: 9n, refundNano: 0n } });
    const entries = rewards?.kind === "final" ? rewards.distribution.entries : [];
    const winner = { recipient: SUBMITTER, role: "winner", rank: 1, qualityScore: 84, amountNano: 8n };
    expect(entries[0]).toMatchObject(winner);
    const validators = entries.filter(({ role }) => role === "validation").map(({ recipient }) => recipient);
    expect(validators).toEqual(VOTERS.slice(0, 3).sort());
  });

  test("is not final while the window is open, before the certificate, or without its bytes", () => {
    const world = new RewardedWorld([80, 84, 90]);
    expect(world.rewards([])).toEqual({ kind: "pending", reason: "not_certified" });
    const certificate = world.certificate();
    world.lone.gossip("a", [certificate]);
    expect(world.rewards([certificate], world.deadline)).toEqual({ kind: "pending", reason: "window_open" });
    expect(world.rewards([])).toEqual({ kind: "pending", reason: "certificate_not_held" });
    expect(world.lone.node.engine.rewards(keyOf("no task"), [], 0)).toBeUndefined();
  });

  test("is not split if nothing is reached, if it is contested, or without a roster", () => {
    const apart = new RewardedWorld([0, 100, 90]);
    const lost = apart.certificate();
    apart.lone.gossip("a", [lost]);
    expect(apart.rewards([lost])).toEqual({ kind: "pending", reason: "nothing_reached" });
    const world = new RewardedWorld([80, 84, 90]);
    const both = [world.certificate(), world.certificate([80, 84, 10])];
    world.lone.gossip("a", both);
    expect(world.rewards(both)).toEqual({ kind: "pending", reason: "contested" });
    expect(new RewardedWorld([80, 84], EVERYONE).rewards([])).toEqual({ kind: "pending", reason: "no_roster" });
  });
});
