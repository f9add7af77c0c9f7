import { decodeBundle } from "../../../../src/protocol/bundle.js";
import { toHex } from "../../../../src/protocol/bytes.js";
import { decodeEnvelope, MessageType } from "../../../../src/protocol/envelope.js";
import { decodePayload } from "../../../../src/protocol/message.js";
import { shardOf, strandTopic } from "../../../../src/protocol/strand.js";
import { type ConsensusVote, encodeVote } from "../../../../src/protocol/verdict-messages.js";
import type { Behaviour, Powers } from "../behaviour.js";

type Vote = Omit<ConsensusVote, "kind">;

const CHANCE = 0.3;
/** Submissions whose votes are remembered; the oldest is forgotten. */
const SUBMISSIONS_MAX = 64;
/** Rounds above the highest one that was heard, in which it votes too. */
const ROUNDS_AHEAD = 2;

/**
 * Votes for different values in one step, shows one to each half, breaks its locks, and votes in rounds that nobody has
 * reached. It repeats values of others and invents some.
 */
export class LyingVotes implements Behaviour {
  readonly #powers: Powers;
  /** Votes of others by submission: one for each value. */
  readonly #heard = new Map<string, Vote[]>();

  constructor(powers: Powers) {
    this.#powers = powers;
  }

  heard(_peer: string, _topic: string, bytes: Uint8Array): undefined {
    const { identity, author } = this.#powers;
    const bundle = decodeBundle(bytes, identity.rules);
    if (!bundle.ok) return;
    for (const envelope of bundle.value) {
      const decoded = decodeEnvelope(envelope, {
        network: identity.network,
        payloadLimits: identity.rules.payloadLimits,
      });
      if (!decoded.ok || decoded.value.type !== MessageType.ConsensusVote) continue;
      const payload = decodePayload(MessageType.ConsensusVote, decoded.value.payload);
      if (!payload.ok || payload.value.kind !== "vote" || toHex(decoded.value.sender) === author.key) continue;
      this.#remember(payload.value);
    }
  }

  step(): void {
    const { random } = this.#powers;
    if (!random.chance(CHANCE)) return;
    const votes = this.#heard.size === 0 ? this.#invented() : random.pick([...this.#heard.values()]);
    const [first] = votes;
    if (first === undefined) return;
    const round = Math.max(...votes.map((vote) => vote.round)) + random.between(0, ROUNDS_AHEAD);
    const step = random.chance(0.5) ? "prepare" : "commit";
    const held = step === "prepare" && random.chance(0.3) ? random.between(0, round) : 0;
    for (const half of [0, 1] as const) {
      const value = random.chance(0.7) ? random.pick(votes).value : toHex(random.bytes(32));
      this.#show({ ...first, round, step, held, value }, half);
    }
    this.#powers.acted(`votes twice in round ${round} on ${first.submissionId.slice(0, 8)}`);
  }

  /** Nobody votes: under a roster that does not exist. */
  #invented(): Vote[] {
    const { random, shelf } = this.#powers;
    const submission = shelf.pick(random, ({ payload }) => payload.kind === "submission");
    if (submission === undefined) return [];
    const [roster, value] = [toHex(random.bytes(32)), toHex(random.bytes(32))];
    const { task, id: submissionId } = submission;
    return [{ task, submissionId, roster, round: 0, step: "prepare", held: 0, value }];
  }

  #show(vote: Vote, half: 0 | 1): void {
    const { author, identity, nowMs, peers, publish } = this.#powers;
    const { taskType, taskId } = vote.task;
    const topic = strandTopic(identity.network, taskType, shardOf(taskId, identity.rules.shards));
    const envelope = author.seal(MessageType.ConsensusVote, encodeVote(vote), Math.floor(nowMs() / 1000));
    publish(
      [{ topic, envelope }],
      peers().filter((peer) => this.#powers.half(peer) === half),
    );
  }

  #remember(vote: Vote): void {
    const known = this.#heard.get(vote.submissionId) ?? [];
    const others = known.filter(({ value }) => value !== vote.value);
    this.#heard.set(vote.submissionId, [...others, vote]);
    const [oldest] = this.#heard.keys();
    if (this.#heard.size > SUBMISSIONS_MAX && oldest !== undefined) this.#heard.delete(oldest);
  }
}
