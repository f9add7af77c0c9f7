import { decodeList } from "../../protocol/certificate.js";
import type { Context } from "../context.js";
import {
  isAcceptable,
  leaders,
  newVoting,
  type VotingConfig,
  type VotingState,
  type VotingView,
  voteStartMs,
} from "../voting/index.js";
import type { BallotList, BallotSubject, BallotTerms } from "./ballot.js";

/** An own member in the vote on one submission. */
export interface Poll {
  readonly key: string;
  readonly voter: string;
  readonly subject: BallotSubject;
  readonly config: VotingConfig;
  readonly terms: BallotTerms;
  state: VotingState;
  /** The last own list, and since when it has not changed. */
  own: BallotList;
  ownSinceMs: number;
  /** Since when this node has had each validation of the own list, by record id. */
  readonly sinceMs: Map<string, number>;
  /** The kept votes of others were counted. */
  fed: boolean;
  dueMs: number;
}

export function pollKey(voter: string, { submissionId, roster }: BallotSubject): string {
  return `${submissionId}:${roster}:${voter}`;
}

export function openPoll(
  { blake3, identity, nowMs }: Context,
  voter: string,
  subject: BallotSubject,
  terms: BallotTerms,
  own: BallotList,
): Poll {
  const { electorate } = terms;
  const leaderOf = leaders(blake3, subject.submissionId, electorate);
  return {
    key: pollKey(voter, subject),
    voter,
    subject,
    terms,
    config: { self: voter, electorate, leaderOf, rules: identity.rules },
    state: newVoting(nowMs),
    own,
    ownSinceMs: nowMs,
    sinceMs: new Map(own.list.validations.map(({ recordId }) => [recordId, nowMs])),
    fed: false,
    dueMs: nowMs,
  };
}

/** Takes the own list of now. */
export function renewList(poll: Poll, own: BallotList, nowMs: number): void {
  if (own.value !== poll.own.value) poll.ownSinceMs = nowMs;
  poll.own = own;
  const listed = new Set(own.list.validations.map(({ recordId }) => recordId));
  for (const id of poll.sinceMs.keys()) if (!listed.has(id)) poll.sinceMs.delete(id);
  for (const id of listed) if (!poll.sinceMs.has(id)) poll.sinceMs.set(id, nowMs);
}

/** What the member concludes from the set now. `listOf`: the list of a value, if it is here. */
export function viewOf(poll: Poll, context: Context, listOf: (value: string) => Uint8Array | undefined): VotingView {
  const { own, terms, subject } = poll;
  return {
    startMs: startOf(poll, context),
    own: own.value,
    judge: (value, roundMs) => {
      if (value === own.value) return "acceptable";
      const bytes = listOf(value);
      const list = bytes === undefined ? undefined : decodeList(bytes);
      if (list === undefined) return "unknown";
      if (!list.ok || list.value.submissionId !== subject.submissionId) return "refused";
      const isOfMembers = list.value.validations.every(({ rosterIndex }) =>
        terms.electorate.weights.has(terms.roster[rosterIndex]?.key ?? ""),
      );
      const mine = { list: own.list, sinceMs: poll.sinceMs };
      return isOfMembers && isAcceptable(list.value, mine, roundMs, context.nowMs) ? "acceptable" : "refused";
    },
  };
}

/** When the vote starts, on the engine's clock; undefined while the submission does not count. */
function startOf({ own, ownSinceMs, subject, terms }: Poll, context: Context): number | undefined {
  const { announcement, submissions } = own.folded;
  const counted = submissions.find(({ id }) => id === subject.submissionId);
  if (announcement === undefined || counted === undefined) return undefined;
  const facts = {
    deadlineSeconds: announcement.payload.deadlineSeconds,
    reached: counted.verdict.reached,
    countedWeight: counted.verdict.weightSum,
    weight: terms.electorate.members.reduce((sum, { weight }) => sum + weight, 0),
    listSinceMs: context.toWall(ownSinceMs),
  };
  return context.fromWall(voteStartMs(facts, context.identity.rules));
}
