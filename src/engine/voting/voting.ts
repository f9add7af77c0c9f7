import type { CountedVote } from "./vote-tally.js";
import {
  type OwnVote,
  REPEAT_MS,
  roundMs,
  type VotingConfig,
  type VotingEffect,
  type VotingEnd,
  type VotingInput,
  type VotingState,
  type VotingStep,
  type VotingView,
} from "./voting-state.js";

/** Rounds are u16 on the wire. At 300 s each they last longer than the horizon. */
const ROUND_MAX = 65_535;

/**
 * One step of a member in the vote on one submission (protocol.md, Vote rules 1 to 5). Pure. `view` is what the member
 * concludes from its set now. A state that ended stays as it is.
 */
export function stepVoting(
  config: VotingConfig,
  state: VotingState,
  input: VotingInput,
  view: VotingView,
  nowMs: number,
): VotingStep {
  if (state.end !== undefined) return { state, effects: [] };
  const turn = new Turn(config, state, view, nowMs);
  if (input.kind === "votes") turn.count(input.votes);
  return turn.finish();
}

/** The changes of one step. */
class Turn {
  readonly #config: VotingConfig;
  readonly #view: VotingView;
  readonly #nowMs: number;
  #state: VotingState;
  readonly #votes: OwnVote[] = [];
  readonly #effects: VotingEffect[] = [];

  constructor(config: VotingConfig, state: VotingState, view: VotingView, nowMs: number) {
    this.#config = config;
    this.#state = state;
    this.#view = view;
    this.#nowMs = nowMs;
  }

  count(votes: readonly CountedVote[]): void {
    for (const vote of votes) {
      if (vote.voter !== this.#config.self) this.#tally(vote);
      else if (!this.#isOwn(vote)) {
        this.#end({ kind: "key_used_elsewhere" });
        return;
      }
    }
  }

  /** Applies the rules until none applies, and puts the write before the votes. */
  finish(): VotingStep {
    let changed = true;
    while (changed && this.#state.end === undefined) changed = this.#advance();
    this.#repeat();
    const { round, held, prepare, commit } = this.#state;
    const effects: VotingEffect[] = [];
    if (this.#votes.length > 0 && round !== undefined) {
      effects.push({ kind: "persist", record: { round, held, prepare, commit } });
      effects.push(...this.#votes.map((vote) => ({ kind: "vote", vote }) as const));
    }
    return { state: this.#state, effects: [...effects, ...this.#effects] };
  }

  /** One change by the first rule that applies; false if none does. */
  #advance(): boolean {
    this.#hold();
    return this.#certify() || this.#follow() || this.#start() || this.#prepare() || this.#commit() || this.#leave();
  }

  /** A vote of the own key that this member cast, or may have cast in an earlier round. */
  #isOwn({ round, step, value }: CountedVote): boolean {
    const own = this.#state;
    if (own.round === undefined || round > own.round) return false;
    return round < own.round || (step === "prepare" ? own.prepare : own.commit)?.value === value;
  }

  #tally(vote: CountedVote): void {
    this.#change({ tally: this.#state.tally.with(vote, this.#config.electorate, this.#state.held) });
  }

  #hold(): void {
    const { tally, held } = this.#state;
    const seen = tally.quorum("prepare", this.#config.electorate);
    // A quorum of the same round never replaces the held one, whose value may be committed.
    if (seen === undefined || seen.round <= (held?.round ?? -1)) return;
    this.#change({ held: seen, tally: tally.pruned(seen) });
  }

  #certify(): boolean {
    const quorum = this.#state.tally.quorum("commit", this.#config.electorate);
    if (quorum !== undefined) this.#end({ kind: "certified", quorum });
    return quorum !== undefined;
  }

  /** Goes to the round that more than a third of the weight reached. */
  #follow(): boolean {
    const { electorate } = this.#config;
    const reached = this.#state.tally.reached(electorate.third, electorate);
    if (reached === undefined || reached <= (this.#state.round ?? -1)) return false;
    this.#enter(reached);
    return true;
  }

  #start(): boolean {
    const { startMs } = this.#view;
    if (this.#state.round !== undefined || startMs === undefined || startMs > this.#nowMs) return false;
    this.#enter(0);
    return true;
  }

  #prepare(): boolean {
    const { round, held, prepare } = this.#state;
    if (round === undefined || prepare !== undefined) return false;
    const value = held?.value ?? this.#choice(round);
    if (value === undefined) return false;
    this.#vote({ round, step: "prepare", held: held === undefined ? 0 : held.round + 1, value });
    return true;
  }

  /** The value to prepare without a held quorum; undefined while the leader's may still come. */
  #choice(round: number): string | undefined {
    const { self, leaderOf } = this.#config;
    const leader = round === 0 ? self : leaderOf(round);
    const lengthMs = roundMs(this.#config, round);
    if (leader === undefined || leader === self) return this.#view.own;
    if (this.#nowMs >= this.#state.enteredMs + lengthMs / 2) return this.#view.own;
    for (const value of this.#state.tally.prepared(leader, round)) {
      const verdict = this.#view.judge(value, lengthMs);
      if (verdict === "acceptable") return value;
      if (verdict === "unknown") this.#wantList(value);
    }
    return undefined;
  }

  #wantList(value: string): void {
    if (this.#state.wantedList === value) return;
    this.#change({ wantedList: value });
    this.#effects.push({ kind: "want_list", value });
  }

  #commit(): boolean {
    const { round, held, commit } = this.#state;
    if (round === undefined || held?.round !== round || commit !== undefined) return false;
    this.#vote({ round, step: "commit", held: 0, value: held.value });
    return true;
  }

  /** Goes on when the time of the round is over. It runs while votes of a quorum in this round or later are here. */
  #leave(): boolean {
    const { round, tally, quorumSinceMs, prepare } = this.#state;
    const { electorate } = this.#config;
    if (round === undefined || prepare === undefined || round >= ROUND_MAX) return false;
    if (quorumSinceMs === undefined) {
      if ((tally.reached(electorate.quorum, electorate) ?? -1) < round) return false;
      this.#change({ quorumSinceMs: this.#nowMs });
    } else if (this.#nowMs >= quorumSinceMs + roundMs(this.#config, round)) this.#enter(round + 1);
    else return false;
    return true;
  }

  #repeat(): void {
    const { prepare, commit, held, tally, repeatedMs, end } = this.#state;
    const own = [prepare, commit].filter((vote) => vote !== undefined);
    if (end !== undefined || own.length === 0 || this.#nowMs < repeatedMs + REPEAT_MS) return;
    this.#change({ repeatedMs: this.#nowMs });
    const others = held === undefined ? [] : tally.of(held.round, "prepare", held.value);
    this.#effects.push({ kind: "repeat", own, held: others.filter(({ voter }) => voter !== this.#config.self) });
  }

  #enter(round: number): void {
    this.#change({
      round,
      enteredMs: this.#nowMs,
      quorumSinceMs: undefined,
      prepare: undefined,
      commit: undefined,
      wantedList: undefined,
    });
  }

  #vote(vote: Omit<OwnVote, "timestampSeconds">): void {
    const own: OwnVote = { ...vote, timestampSeconds: Math.floor(this.#nowMs / 1000) };
    this.#change(own.step === "prepare" ? { prepare: own } : { commit: own });
    this.#votes.push(own);
    const { round, step, held, value } = own;
    this.#tally({ voter: this.#config.self, round, step, held, value });
  }

  #end(end: VotingEnd): void {
    this.#change({ end });
    this.#effects.push({ kind: "ended", end });
  }

  #change(change: Partial<VotingState>): void {
    this.#state = { ...this.#state, ...change };
  }
}
