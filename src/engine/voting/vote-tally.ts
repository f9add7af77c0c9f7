import type { Electorate } from "../../protocol/electorate.js";
import type { ConsensusVote } from "../../protocol/verdict-messages.js";

/** A verified vote of one submission and roster. */
export interface CountedVote extends Pick<ConsensusVote, "round" | "step" | "held" | "value"> {
  /** Hex key of the voter. */
  readonly voter: string;
}

/** A round and a value with votes of a quorum. */
export interface Quorum {
  readonly round: number;
  readonly value: string;
}

/** Two votes of one voter in one step prove that it voted twice. */
const VOTES_PER_STEP = 2;
/** No correct member is further ahead of the round that more than a third reached: it leaves a round with a quorum. */
const ROUNDS_AHEAD = 2;

function highest(votes: readonly CountedVote[]): number {
  return votes.reduce((round, vote) => Math.max(round, vote.round), 0);
}

/**
 * The votes of one submission that matter to it (protocol.md, Vote rule 6). Immutable. Of each voter it has at most two
 * values in a step, and only votes of its highest round, of the rounds that are being voted in, of the held quorum, and
 * of the quorums that latest prepares claim.
 */
export class VoteTally {
  static readonly EMPTY = new VoteTally(new Map());

  readonly #votes: ReadonlyMap<string, readonly CountedVote[]>;
  /** The highest round that more than a third of the weight reached. */
  readonly #base: number;

  private constructor(votes: ReadonlyMap<string, readonly CountedVote[]>, base = 0) {
    this.#votes = votes;
    this.#base = base;
  }

  /** Every vote, by voter. */
  get votes(): CountedVote[] {
    return [...this.#votes.values()].flat();
  }

  /** With this vote, or the same tally if the vote is not of a member, is known, or does not matter. */
  with(vote: CountedVote, electorate: Electorate, held: Quorum | undefined): VoteTally {
    if (!electorate.weights.has(vote.voter)) return this;
    const known = this.#votes.get(vote.voter) ?? [];
    const same = known.filter(({ round, step }) => round === vote.round && step === vote.step);
    if (same.some(({ value }) => value === vote.value)) return this;
    const top = known.length === 0 ? -1 : highest(known);
    if (vote.round < top && !this.#isKept(held)(vote)) return this;
    const left = same.length < VOTES_PER_STEP ? undefined : this.#replaced(same, vote, electorate);
    if (same.length >= VOTES_PER_STEP && left === undefined) return this;
    const votes = new Map(this.#votes);
    votes.set(vote.voter, [...known.filter((other) => other !== left), vote]);
    const next = new VoteTally(votes, this.#base);
    if (vote.round <= top) return next;
    // The voter's earlier rounds, or those of all voters, may matter no more.
    const base = next.reached(electorate.third, electorate) ?? 0;
    return new VoteTally(votes, base).pruned(held, base === this.#base ? [vote.voter] : [...votes.keys()]);
  }

  /** Without the votes that matter no more, for example because another quorum is held. */
  pruned(held: Quorum | undefined, voters: readonly string[] = [...this.#votes.keys()]): VoteTally {
    const isKept = this.#isKept(held);
    const votes = new Map(this.#votes);
    for (const voter of voters) {
      const known = votes.get(voter) ?? [];
      const top = highest(known);
      const kept = known.filter((vote) => vote.round === top || isKept(vote));
      if (kept.length < known.length) votes.set(voter, kept);
    }
    return new VoteTally(votes, this.#base);
  }

  /** The highest round such that voters of this weight voted in it or later; undefined if no round has so many. */
  reached(weight: number, { weights }: Electorate): number | undefined {
    const rounds = [...this.#votes].map(([voter, votes]) => ({
      round: highest(votes),
      weight: weights.get(voter) ?? 0,
    }));
    let sum = 0;
    for (const voter of rounds.sort((a, b) => b.round - a.round)) {
      sum += voter.weight;
      if (sum >= weight) return voter.round;
    }
    return undefined;
  }

  /** The highest round with a quorum of one value. Of two in one round (a third of the weight lies) the lower value. */
  quorum(step: CountedVote["step"], electorate: Electorate): Quorum | undefined {
    const sums = new Map<string, { readonly round: number; readonly value: string; weight: number }>();
    for (const vote of this.votes) {
      if (vote.step !== step) continue;
      const key = `${vote.round}:${vote.value}`;
      const sum = sums.get(key) ?? { round: vote.round, value: vote.value, weight: 0 };
      sum.weight += electorate.weights.get(vote.voter) ?? 0;
      sums.set(key, sum);
    }
    const quorums = [...sums.values()].filter(({ weight }) => weight >= electorate.quorum);
    const [first] = quorums.sort((a, b) => b.round - a.round || (a.value < b.value ? -1 : 1));
    return first === undefined ? undefined : { round: first.round, value: first.value };
  }

  /** The votes of one round, step and value. */
  of(round: number, step: CountedVote["step"], value: string): CountedVote[] {
    return this.votes.filter((vote) => vote.round === round && vote.step === step && vote.value === value);
  }

  /** The values that a voter prepared in a round, in the order of arrival. */
  prepared(voter: string, round: number): string[] {
    const votes = this.#votes.get(voter) ?? [];
    return votes.filter((vote) => vote.round === round && vote.step === "prepare").map(({ value }) => value);
  }

  /** Whether a vote below its voter's highest round is kept. */
  #isKept(held: Quorum | undefined): (vote: CountedVote) => boolean {
    const claims = this.#claims();
    return ({ round, step, value }) =>
      (round >= this.#base && round <= this.#base + ROUNDS_AHEAD) ||
      (step === "prepare" && ((held?.round === round && held.value === value) || claims.has(`${round}:${value}`)));
  }

  /** Round and value of the quorum that each voter's latest prepare claims to hold: one for each voter. */
  #claims(): Set<string> {
    const claims = new Set<string>();
    for (const votes of this.#votes.values()) {
      const top = highest(votes);
      const latest = votes.find(({ round, step }) => round === top && step === "prepare");
      if (latest !== undefined && latest.held > 0) claims.add(`${latest.held - 1}:${latest.value}`);
    }
    return claims;
  }

  /**
   * The vote of a double voter that a third value replaces. At most two values of a step are supported, so a voter who
   * sends other values first can't keep a quorum from being seen.
   */
  #replaced(same: readonly CountedVote[], vote: CountedVote, electorate: Electorate): CountedVote | undefined {
    if (!this.#isSupported(vote, electorate)) return undefined;
    return same.filter((other) => !this.#isSupported(other, electorate)).at(-1);
  }

  /** Whether more than a third voted for this value and for no other in the step. */
  #isSupported({ round, step, value }: CountedVote, { weights, third }: Electorate): boolean {
    let sum = 0;
    for (const [voter, votes] of this.#votes) {
      const same = votes.filter((vote) => vote.round === round && vote.step === step);
      if (same.length === 1 && same[0]?.value === value) sum += weights.get(voter) ?? 0;
    }
    return sum >= third;
  }
}
