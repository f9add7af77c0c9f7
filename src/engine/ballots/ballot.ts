import type { VerdictList } from "../../protocol/certificate.js";
import type { TaskRef } from "../../protocol/records.js";
import type { FoldedTask } from "../fold/index.js";
import { type CountedVote, type Electorate, type Quorum, VoteTally } from "../voting/index.js";

/** A verified vote, with its bytes for other peers. */
export interface KeptVote extends CountedVote {
  readonly id: string;
  readonly task: TaskRef;
  readonly submissionId: string;
  /** Digest of the roster, hex. */
  readonly roster: string;
  readonly timestampSeconds: number;
  readonly envelope: Uint8Array;
}

export type BallotSubject = Pick<KeptVote, "task" | "submissionId" | "roster">;

/** What the votes of a ballot are counted against; known with the announcement, the submission and the roster. */
export interface BallotTerms {
  readonly electorate: Electorate;
  /** The whole roster, ascending by key: list and certificate have indices into it. */
  readonly roster: readonly { readonly key: string; readonly weight: number }[];
  readonly publisher: string;
  readonly submitter: string;
}

/** The own list of a ballot, with the result that it is of. */
export interface BallotList {
  readonly folded: FoldedTask;
  readonly list: VerdictList;
  readonly bytes: Uint8Array;
  /** H(verdict; list), hex. */
  readonly value: string;
}

/** The votes of a ballot that this node keeps, for people. */
export interface BallotView {
  /** Digest of the roster, hex. */
  readonly roster: string;
  /** Weight of a quorum, and of the whole electorate; undefined while the roster or the submission is unknown. */
  readonly quorum: number | undefined;
  readonly weight: number | undefined;
  /** Ascending by round, step (prepare first) and voter. */
  readonly votes: readonly BallotVote[];
}

export interface BallotVote {
  /** Record id of the vote, hex. */
  readonly id: string;
  /** Hex key. */
  readonly voter: string;
  readonly round: number;
  readonly step: "prepare" | "commit";
  /** Hash of the list that the voter counts, hex. */
  readonly value: string;
  readonly timestampSeconds: number;
  /** Undefined as that of the ballot. */
  readonly weight: number | undefined;
}

/** Two votes of one voter in one step prove that it voted twice. */
const VOTES_PER_STEP = 2;

/** The text that names a ballot. Votes with another reference to the task are of another ballot. */
export function ballotKey({ task, submissionId, roster }: BallotSubject): string {
  return `${submissionId}:${roster}:${task.taskId}:${task.taskType}:${task.t0}`;
}

/**
 * The votes on one submission under one roster. While its terms are unknown, it keeps the votes of each voter's highest
 * round; afterwards those that matter (protocol.md, Vote rule 6).
 */
export class Ballot {
  readonly key: string;
  readonly subject: BallotSubject;
  /** When this node builds a certificate from the commits; undefined while they are no quorum. */
  certifyMs: number | undefined;
  readonly #votes = new Map<string, KeptVote>();
  #terms: BallotTerms | undefined;
  #tally = VoteTally.EMPTY;
  #held: Quorum | undefined;

  constructor(subject: BallotSubject) {
    const { task, submissionId, roster } = subject;
    this.subject = { task, submissionId, roster };
    this.key = ballotKey(subject);
  }

  get size(): number {
    return this.#votes.size;
  }

  get terms(): BallotTerms | undefined {
    return this.#terms;
  }

  votes(): KeptVote[] {
    return [...this.#votes.values()];
  }

  /** Its votes, with their weights. */
  view(): BallotView {
    const electorate = this.#terms?.electorate;
    const votes = this.votes().map(({ id, voter, round, step, value, timestampSeconds }) => {
      return { id, voter, round, step, value, timestampSeconds, weight: electorate?.weights.get(voter) };
    });
    return {
      roster: this.subject.roster,
      quorum: electorate?.quorum,
      weight: electorate?.members.reduce((sum, member) => sum + member.weight, 0),
      votes: votes.sort(byStep),
    };
  }

  /** The commits of a quorum; undefined while there are none. */
  get committed(): Quorum | undefined {
    return this.#terms === undefined ? undefined : this.#tally.quorum("commit", this.#terms.electorate);
  }

  /** Whether the vote would be kept. */
  takes(vote: KeptVote): boolean {
    if (this.#votes.has(vote.id)) return false;
    if (this.#terms !== undefined) {
      return this.#tally.with(vote, this.#terms.electorate, this.#held) !== this.#tally;
    }
    const known = this.votes().filter(({ voter }) => voter === vote.voter);
    const top = known.reduce((round, other) => Math.max(round, other.round), 0);
    if (vote.round !== top) return vote.round > top;
    return known.filter(({ round, step }) => round === top && step === vote.step).length < VOTES_PER_STEP;
  }

  /** Adds a vote that it takes. Returns the votes that matter no more. */
  add(vote: KeptVote): KeptVote[] {
    this.#votes.set(vote.id, vote);
    if (this.#terms === undefined) {
      return this.#remove(({ voter, round }) => voter === vote.voter && round < vote.round);
    }
    this.#tally = this.#tally.with(vote, this.#terms.electorate, this.#held);
    return this.#settle();
  }

  /** Removes a vote, for example because there is no room. */
  drop(id: string): void {
    if (!this.#votes.delete(id) || this.#terms === undefined) return;
    this.#recount(this.#terms);
  }

  /** Takes the terms. Returns the votes that do not matter under them. */
  setTerms(terms: BallotTerms | undefined): KeptVote[] {
    this.#terms = terms;
    this.#held = undefined;
    this.#tally = VoteTally.EMPTY;
    if (terms === undefined) return [];
    this.#recount(terms);
    return this.#settle();
  }

  #recount({ electorate }: BallotTerms): void {
    this.#tally = VoteTally.EMPTY;
    for (const vote of this.#votes.values()) this.#tally = this.#tally.with(vote, electorate, this.#held);
  }

  /** Notes a new held quorum, and removes the votes that the tally left out. */
  #settle(): KeptVote[] {
    const { electorate } = this.#terms as BallotTerms;
    const seen = this.#tally.quorum("prepare", electorate);
    if (seen !== undefined && seen.round > (this.#held?.round ?? -1)) {
      this.#held = seen;
      this.#tally = this.#tally.pruned(seen);
    }
    const kept = new Set<CountedVote>(this.#tally.votes);
    return this.#remove((vote) => !kept.has(vote));
  }

  #remove(isGone: (vote: KeptVote) => boolean): KeptVote[] {
    const gone = this.votes().filter(isGone);
    for (const { id } of gone) this.#votes.delete(id);
    return gone;
  }
}

function byStep(a: BallotVote, b: BallotVote): number {
  if (a.round !== b.round) return a.round - b.round;
  if (a.step !== b.step) return a.step === "prepare" ? -1 : 1;
  return a.voter < b.voter ? -1 : 1;
}
