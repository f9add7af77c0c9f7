import type { Electorate } from "../../protocol/electorate.js";
import type { NetworkRules } from "../../protocol/rules.js";
import { type CountedVote, type Quorum, VoteTally } from "./vote-tally.js";

/** Own latest votes, and those of the held quorum, are repeated after so many milliseconds until the certificate. */
export const REPEAT_MS = 30_000;

/** What does not change while a submission is voted on. */
export interface VotingConfig {
  /** Hex key of the own member. */
  readonly self: string;
  readonly electorate: Electorate;
  /** Hex key of the leader of a round. */
  readonly leaderOf: (round: number) => string | undefined;
  readonly rules: Pick<NetworkRules, "roundSeconds" | "roundMaxSeconds">;
}

/** A vote of this member. The timestamp is kept, so that a vote that is repeated has the same bytes. */
export interface OwnVote extends Omit<CountedVote, "voter"> {
  readonly timestampSeconds: number;
}

/** What is on the disk before a vote leaves: enough to never contradict a vote that left. */
export interface VotingRecord {
  readonly round: number;
  readonly held: Quorum | undefined;
  /** The votes of this round. */
  readonly prepare: OwnVote | undefined;
  readonly commit: OwnVote | undefined;
}

/** The state of one member in the vote on one submission. A value: a step makes a new one. */
export interface VotingState {
  /** Undefined before the start. */
  readonly round: number | undefined;
  readonly enteredMs: number;
  /** Since when votes of a quorum in this round or later are counted; the round's time runs from here. */
  readonly quorumSinceMs: number | undefined;
  /** The highest-round prepare quorum that was seen. */
  readonly held: Quorum | undefined;
  readonly prepare: OwnVote | undefined;
  readonly commit: OwnVote | undefined;
  readonly tally: VoteTally;
  readonly repeatedMs: number;
  /** The leader's value of this round whose list was requested. */
  readonly wantedList: string | undefined;
  readonly end: VotingEnd | undefined;
}

/** Why a member votes no more: there is a certificate, or a vote of its key came that it did not cast. */
export type VotingEnd =
  | { readonly kind: "certified"; readonly quorum: Quorum }
  | { readonly kind: "key_used_elsewhere" };

/** What a member concludes from its set at the time of a step. */
export interface VotingView {
  /** When the vote starts (`startMs`); undefined while nothing starts it. */
  readonly startMs: number | undefined;
  /** Value of the own list. */
  readonly own: string;
  /** Whether the list of a leader's value may be prepared in a round of this length; unknown: the list is not here. */
  readonly judge: (value: string, roundMs: number) => "acceptable" | "refused" | "unknown";
}

export type VotingInput =
  | { readonly kind: "votes"; readonly votes: readonly CountedVote[] }
  /** Time has passed, or the view has changed. */
  | { readonly kind: "tick" };

/** In order: a vote leaves when the `persist` before it is on the disk. */
export type VotingEffect =
  | { readonly kind: "persist"; readonly record: VotingRecord }
  | { readonly kind: "vote"; readonly vote: OwnVote }
  /** Both go to peers by sync: the own latest votes, and the votes that prove the held quorum. */
  | { readonly kind: "repeat"; readonly own: readonly OwnVote[]; readonly held: readonly CountedVote[] }
  /** The list of this value decides what to prepare. */
  | { readonly kind: "want_list"; readonly value: string }
  | { readonly kind: "ended"; readonly end: VotingEnd };

export interface VotingStep {
  readonly state: VotingState;
  readonly effects: readonly VotingEffect[];
}

/** Length of a round: 10 s * (round + 1), at most 300 s, by the default rules. */
export function roundMs({ rules }: Pick<VotingConfig, "rules">, round: number): number {
  return 1000 * Math.min(rules.roundSeconds * (round + 1), rules.roundMaxSeconds);
}

/** The state of a member that has cast no vote on this submission. */
export function newVoting(nowMs: number): VotingState {
  return {
    round: undefined,
    enteredMs: nowMs,
    quorumSinceMs: undefined,
    held: undefined,
    prepare: undefined,
    commit: undefined,
    tally: VoteTally.EMPTY,
    repeatedMs: nowMs,
    wantedList: undefined,
    end: undefined,
  };
}

/**
 * The state after a restart, from the last `persist`. Kept votes follow as a `votes` input. Own votes are repeated at
 * the next tick, because the crash may have come before they left.
 */
export function restoreVoting({ self, electorate }: VotingConfig, record: VotingRecord, nowMs: number): VotingState {
  const { round, held, prepare, commit } = record;
  let tally = VoteTally.EMPTY;
  for (const vote of [prepare, commit]) {
    if (vote !== undefined) tally = tally.with({ ...vote, voter: self }, electorate, held);
  }
  return { ...newVoting(nowMs), round, held, prepare, commit, tally, repeatedMs: nowMs - REPEAT_MS };
}

/** The next time at which a tick changes the state, in milliseconds; undefined while only votes can. */
export function nextTickMs(
  config: VotingConfig,
  state: VotingState,
  view: Pick<VotingView, "startMs">,
): number | undefined {
  if (state.end !== undefined) return undefined;
  if (state.round === undefined) return view.startMs;
  const length = roundMs(config, state.round);
  const times = [state.repeatedMs + REPEAT_MS];
  if (state.prepare === undefined) times.push(state.enteredMs + length / 2);
  if (state.quorumSinceMs !== undefined) times.push(state.quorumSinceMs + length);
  return Math.min(...times);
}
