import {
  type CountedVote,
  electorateOf,
  leaders,
  newVoting,
  nextTickMs,
  type OwnVote,
  stepVoting,
  type VotingConfig,
  type VotingEffect,
  type VotingState,
  type VotingView,
} from "../../src/engine/voting/index.js";
import { toHex } from "../../src/protocol/bytes.js";
import { encodeHead, joinEnvelope, MessageType, signedMessage } from "../../src/protocol/envelope.js";
import { DEFAULT_RULES } from "../../src/protocol/rules.js";
import { encodeVote } from "../../src/protocol/verdict-messages.js";
import {
  blake3,
  DEVNET,
  filledHex,
  NODE,
  NOON,
  OTHER_NODE,
  type Person,
  REF,
  SECOND_VALIDATOR,
  SUBMISSION,
  VALIDATOR,
} from "../support/samples.js";
import { signMessage } from "../support/tos-signer.js";
import type { Json } from "./vector-files.js";

const PEOPLE = [VALIDATOR, SECOND_VALIDATOR, NODE, OTHER_NODE].sort((a, b) => (a.key < b.key ? -1 : 1));
const ELECTORATE = electorateOf(
  PEOPLE.map(({ key }) => ({ key, weight: 1 })),
  "",
  "",
);
const ROSTER = filledHex(0xd0);
/** Two members see one list, the others another one. */
const VALUES = [filledHex(0xd1), filledHex(0xd1), filledHex(0xd2), filledHex(0xd2)];
/** The values that members call acceptable from a leader. */
const ACCEPTABLE = filledHex(0xd1);
/** Votes take a second. */
const LINK_MS = 1000;
/** The last member hears nothing in the first seconds. */
const DEAF_MS = 12_000;
const END_MS = 120_000;
const START_MS = 1000 * NOON;

interface Member {
  readonly person: Person;
  readonly own: string;
  readonly config: VotingConfig;
  state: VotingState;
  /** Votes on their way to it, each with the time at which it comes. */
  readonly inbox: { readonly atMs: number; readonly vote: CountedVote }[];
}

function open(person: Person, index: number): Member {
  const leaderOf = leaders(blake3, SUBMISSION.id, ELECTORATE);
  const config = { self: person.key, electorate: ELECTORATE, leaderOf, rules: DEFAULT_RULES };
  return { person, own: VALUES[index] as string, config, state: newVoting(START_MS), inbox: [] };
}

/** The vote as its member signs it. */
function envelopeOf({ publicKey, privateKey }: Person, vote: OwnVote): string {
  const { timestampSeconds, ...cast } = vote;
  const payload = encodeVote({ task: REF, submissionId: SUBMISSION.id, roster: ROSTER, ...cast });
  const { network } = DEVNET;
  const fields = { type: MessageType.ConsensusVote, network, timestampSeconds, number: 0, sender: publicKey, payload };
  const head = encodeHead(fields);
  return toHex(joinEnvelope(head, signMessage(privateKey, signedMessage(DEVNET.genesis, head))));
}

function voteJson({ voter, round, step, held, value }: CountedVote): Json {
  return { voter, round, step, held, value };
}

function effectJson({ person }: Member, effect: VotingEffect): Json {
  switch (effect.kind) {
    case "persist": {
      const { round, held, prepare, commit } = effect.record;
      return {
        kind: "persist",
        round,
        ...(held === undefined ? {} : { held: { round: held.round, value: held.value } }),
        ...(prepare === undefined ? {} : { prepare: prepare.value }),
        ...(commit === undefined ? {} : { commit: commit.value }),
      };
    }
    case "vote": {
      const { round, step, held, value } = effect.vote;
      return { kind: "vote", round, step, held, value, envelope: envelopeOf(person, effect.vote) };
    }
    case "repeat":
      return {
        kind: "repeat",
        own: effect.own.map((vote) => voteJson({ ...vote, voter: person.key })),
        held: effect.held.map(voteJson),
      };
    case "want_list":
      return { kind: "want_list", value: effect.value };
    case "ended":
      return { kind: "ended", end: effect.end.kind, ...(effect.end.kind === "certified" ? effect.end.quorum : {}) };
  }
}

/** The votes that leave with an effect. */
function sentBy({ person }: Member, effect: VotingEffect): CountedVote[] {
  const signed = (vote: OwnVote) => ({ ...vote, voter: person.key });
  if (effect.kind === "vote") return [signed(effect.vote)];
  return effect.kind === "repeat" ? [...effect.own.map(signed), ...effect.held] : [];
}

/** Every step of four members that does something, in order. */
export function voteTrace(): { readonly steps: Json[]; readonly certified: readonly (string | undefined)[] } {
  const members = PEOPLE.map(open);
  const steps: Json[] = [];
  for (let nowMs = START_MS; nowMs < START_MS + END_MS; nowMs += 500) {
    for (const member of members) {
      const votes = member.inbox.filter(({ atMs }) => atMs <= nowMs).map(({ vote }) => vote);
      member.inbox.splice(0, votes.length);
      const view: VotingView = {
        startMs: START_MS,
        own: member.own,
        judge: (value) => (value === member.own || value === ACCEPTABLE ? "acceptable" : "refused"),
      };
      const isDue = (nextTickMs(member.config, member.state, view) ?? Number.POSITIVE_INFINITY) <= nowMs;
      if (votes.length === 0 && !isDue) continue;
      const input = votes.length === 0 ? ({ kind: "tick" } as const) : ({ kind: "votes", votes } as const);
      const { state, effects } = stepVoting(member.config, member.state, input, view, nowMs);
      member.state = state;
      steps.push({
        at_ms: nowMs - START_MS,
        member: member.person.key,
        votes: votes.map(voteJson),
        round: state.round ?? -1,
        effects: effects.map((effect) => effectJson(member, effect)),
      });
      const sent = effects.flatMap((effect) => sentBy(member, effect));
      for (const [i, to] of members.entries()) {
        const isDeaf = i === members.length - 1 && nowMs < START_MS + DEAF_MS;
        const heard = sent.filter(({ voter }) => to !== member && voter !== to.person.key && !isDeaf);
        to.inbox.push(...heard.map((vote) => ({ atMs: nowMs + LINK_MS, vote })));
      }
    }
  }
  const certified = members.map(({ state }) => (state.end?.kind === "certified" ? state.end.quorum.value : undefined));
  return { steps, certified };
}

/** The content of voting.json. */
export function votingFile(): Json {
  const leaderOf = leaders(blake3, SUBMISSION.id, ELECTORATE);
  return {
    note:
      "A whole vote of four members of weight 1 by the rules of section 13. Time runs in steps of 500 ms from the start " +
      "of the vote, and a vote takes a second to the others. The last member hears nothing that leaves in the first " +
      "12 s. Each member calls its own value and acceptable_value acceptable. A step without votes is a tick; its round " +
      "is the one after the step.",
    network: DEVNET.network,
    genesis: toHex(DEVNET.genesis),
    task: { task_id: REF.taskId, task_type: REF.taskType, t0: REF.t0 },
    submission_id: SUBMISSION.id,
    roster: ROSTER,
    round_seconds: DEFAULT_RULES.roundSeconds,
    round_max_seconds: DEFAULT_RULES.roundMaxSeconds,
    start: NOON,
    members: PEOPLE.map(({ key }, i) => ({ key, weight: 1, own_value: VALUES[i] as string })),
    acceptable_value: ACCEPTABLE,
    leaders: [0, 1, 2, 3].map((round) => leaderOf(round) ?? ""),
    steps: voteTrace().steps,
  };
}
