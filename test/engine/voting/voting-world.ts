import {
  type CountedVote,
  electorateOf,
  newVoting,
  type OwnVote,
  restoreVoting,
  stepVoting,
  type VotingConfig,
  type VotingEffect,
  type VotingInput,
  type VotingRecord,
  type VotingState,
  type VotingView,
} from "../../../src/engine/voting/index.js";

export const A = "a".repeat(64);
export const B = "b".repeat(64);
export const C = "c".repeat(64);
export const D = "d".repeat(64);
export const MEMBERS = [A, B, C, D];
export const ELECTORATE = electorateOf(
  MEMBERS.map((key) => ({ key, weight: 1 })),
  "",
  "",
);
export const RULES = { roundSeconds: 10, roundMaxSeconds: 300 };

export function vote(voter: string, round: number, step: "prepare" | "commit", value: string, held = 0): CountedVote {
  return { voter, round, step, held, value };
}

/** One member with the writes that reached its disk. D leads every round. */
export class Member {
  readonly config: VotingConfig;
  state: VotingState;
  disk: VotingRecord | undefined;
  own = "own";
  startMs: number | undefined = 0;
  judgement: "acceptable" | "refused" | "unknown" = "acceptable";
  readonly effects: VotingEffect[] = [];

  constructor(self: string, config: Partial<VotingConfig> = {}) {
    this.config = { self, electorate: ELECTORATE, leaderOf: () => D, rules: RULES, ...config };
    this.state = newVoting(0);
  }

  get round(): number | undefined {
    return this.state.round;
  }

  get votes(): OwnVote[] {
    return this.effects.flatMap((effect) => (effect.kind === "vote" ? [effect.vote] : []));
  }

  get certified(): string | undefined {
    return this.state.end?.kind === "certified" ? this.state.end.quorum.value : undefined;
  }

  tick(nowMs: number): VotingEffect[] {
    return this.#step({ kind: "tick" }, nowMs);
  }

  receive(nowMs: number, ...votes: readonly CountedVote[]): VotingEffect[] {
    return this.#step({ kind: "votes", votes }, nowMs);
  }

  restart(nowMs: number): void {
    this.state = this.disk === undefined ? newVoting(nowMs) : restoreVoting(this.config, this.disk, nowMs);
  }

  #step(input: VotingInput, nowMs: number): VotingEffect[] {
    const { own, startMs, judgement } = this;
    const view: VotingView = { own, startMs, judge: () => judgement };
    const { state, effects } = stepVoting(this.config, this.state, input, view, nowMs);
    this.state = state;
    for (const effect of effects) if (effect.kind === "persist") this.disk = effect.record;
    this.effects.push(...effects);
    return [...effects];
  }
}

/** Members that hear each other at once, and tick every second. */
export class Cluster {
  readonly members: readonly Member[];
  nowMs = 0;
  /** Whether a vote of the first reaches the second. */
  reaches: (from: string, to: string) => boolean = () => true;

  constructor(members: readonly Member[]) {
    this.members = members;
  }

  run(seconds: number): void {
    for (const endMs = this.nowMs + 1000 * seconds; this.nowMs <= endMs; this.nowMs += 1000) {
      for (const member of this.members) this.#spread(member, member.tick(this.nowMs));
    }
  }

  #spread(from: Member, effects: readonly VotingEffect[]): void {
    for (const effect of effects) {
      const own = effect.kind === "vote" ? [effect.vote] : effect.kind === "repeat" ? effect.own : [];
      const votes = own.map((cast) => ({ ...cast, voter: from.config.self }));
      if (effect.kind === "repeat") votes.push(...effect.held.map((held) => ({ ...held, timestampSeconds: 0 })));
      if (votes.length > 0) for (const to of this.members) this.#deliver(from, to, votes);
    }
  }

  #deliver(from: Member, to: Member, votes: readonly CountedVote[]): void {
    if (from === to || !this.reaches(from.config.self, to.config.self)) return;
    this.#spread(to, to.receive(this.nowMs, ...votes.filter(({ voter }) => voter !== to.config.self)));
  }
}
