import { packBundles } from "../../protocol/bundle.js";
import { toHex } from "../../protocol/bytes.js";
import { rosterDigest } from "../../protocol/digests.js";
import { FRAME_HEAD_BYTES, FRAME_MAX_BYTES } from "../../protocol/frames.js";
import type { TaskRef } from "../../protocol/records.js";
import { recordStrand } from "../../protocol/strand.js";
import { NO_REQUEST } from "../../protocol/sync-messages.js";
import type { Context } from "../context.js";
import type { ConsensusTracker } from "../fold/index.js";
import type { Peers } from "../peers/index.js";
import {
  type CountedVote,
  nextTickMs,
  REPEAT_MS,
  restoreVoting,
  stepVoting,
  type VotingEffect,
} from "../voting/index.js";
import type { KeptVote } from "./ballot.js";
import type { BallotBox } from "./ballot-box.js";
import type { ListShelf } from "./list-shelf.js";
import { openPoll, type Poll, pollKey, renewList, viewOf } from "./poll.js";
import { encodePoll, type StoredPoll } from "./poll-codec.js";

/** Tasks whose submissions are looked at in one tick, so that a tick stays short; the rest follow in the next ones. */
const TASKS_PER_TICK = 64;
/** A poll whose list can't be made now is looked at again after so long. */
const AGAIN_MS = 5000;
/** Envelopes of a frame outside an exchange. */
const FRAME_BYTES = FRAME_MAX_BYTES - FRAME_HEAD_BYTES;

export interface VoterPorts {
  readonly context: Context;
  readonly tracker: ConsensusTracker;
  readonly peers: Peers;
  readonly box: BallotBox;
  readonly lists: ListShelf;
}

/**
 * The own members: each votes by itself on the submissions of tasks whose roster names it (protocol.md, Vote). The
 * state of a vote is on the disk before the vote leaves.
 *
 * A start listens first: for the time after which voters repeat their votes, and at least one round, from the first
 * peer on. A vote of an own key that is not stored here ends the votes of that key: another node has it.
 */
export class Voters {
  readonly #ports: VoterPorts;
  /** By {@link pollKey}. */
  readonly #polls = new Map<string, Poll>();
  /** Stored polls whose task is not folded yet. Bounded by the disk's entries: one for each open submission. */
  readonly #stored = new Map<string, StoredPoll>();
  /** Tasks to look at. Bounded by the tasks of the set. */
  readonly #changed = new Set<string>();
  /** Own keys that are used elsewhere. */
  readonly #stopped = new Set<string>();
  #listensUntilMs: number | undefined;

  constructor(ports: VoterPorts) {
    this.#ports = ports;
  }

  get size(): number {
    return this.#polls.size + this.#stored.size;
  }

  /** Why own members with polls do not vote yet: no peer was here, or the start still listens. */
  get holdsBack(): "no_peer" | "listens" | undefined {
    if (this.size === 0) return undefined;
    if (this.#listensUntilMs === undefined) return "no_peer";
    return this.#ports.context.nowMs < this.#listensUntilMs ? "listens" : undefined;
  }

  restore(stored: StoredPoll): void {
    this.#stored.set(pollKey(stored.voter, stored.subject), stored);
    this.changed(stored.subject.task.taskId);
  }

  /** The records or the roster of a task changed. */
  changed(taskId: string): void {
    const { authors, facts } = this.#ports.context;
    // The tasks come again when a roster does.
    if (authors.size > 0 && facts !== undefined && facts.rosters.length > 0) this.#changed.add(taskId);
  }

  /** A peer is ready. */
  peerReady(): void {
    const { nowMs, identity } = this.#ports.context;
    this.#listensUntilMs ??= nowMs + Math.max(REPEAT_MS, 1000 * identity.rules.roundSeconds);
  }

  /** A vote was kept. `isOwn`: this node has just signed it. */
  received(vote: KeptVote, isOwn: boolean): void {
    const { context } = this.#ports;
    const key = pollKey(vote.voter, vote);
    const isKnown = this.#polls.has(key) || this.#stored.has(key);
    if (!isOwn && context.authors.has(vote.voter) && !isKnown) this.#foreign(vote);
    for (const voter of context.authors) {
      const poll = this.#polls.get(pollKey(voter, vote));
      if (poll?.fed === true) this.#step(poll, [vote]);
    }
  }

  /** A certificate of the submission is a member. */
  certified(submissionId: string): void {
    for (const [key, { subject }] of [...this.#polls, ...this.#stored]) {
      if (subject.submissionId === submissionId) this.#close(key);
    }
  }

  /** A list that a member waits for is here. */
  listed(value: string): void {
    for (const poll of this.#polls.values()) if (poll.state.wantedList === value) poll.dueMs = 0;
  }

  tick(): void {
    const { nowMs } = this.#ports.context;
    let looked = 0;
    for (const taskId of this.#changed) {
      if (++looked > TASKS_PER_TICK) break;
      this.#changed.delete(taskId);
      this.#look(taskId);
    }
    if (this.#listensUntilMs === undefined || nowMs < this.#listensUntilMs) return;
    for (const poll of this.#polls.values()) if (poll.dueMs <= nowMs) this.#step(poll, []);
  }

  /** Removes the polls of tasks that left the set. */
  sweep(taskIsHeld: (taskId: string, t0: number) => boolean): void {
    for (const [key, { subject }] of [...this.#polls, ...this.#stored]) {
      if (!taskIsHeld(subject.task.taskId, subject.task.t0)) this.#close(key);
    }
  }

  /** The own list of this value, for a peer or for a certificate. */
  ownList(value: string): Uint8Array | undefined {
    for (const { own } of this.#polls.values()) if (own.value === value) return own.bytes;
    return undefined;
  }

  /** Joins the votes on the counted submissions of a task. */
  #look(taskId: string): void {
    const { context, tracker } = this.#ports;
    const announcement = tracker.announcement(taskId);
    const roster = tracker.roster(taskId);
    const voters = [...context.authors].filter((key) => roster?.weights.has(key) === true && !this.#stopped.has(key));
    if (announcement === undefined || roster === undefined || voters.length === 0) return;
    const { blake3, identity } = context;
    const digest = toHex(rosterDigest(blake3, identity.genesis, roster.day, roster.members));
    const task = { taskId, taskType: announcement.payload.taskType, t0: announcement.timestampSeconds };
    for (const { id } of tracker.folded(taskId)?.submissions ?? []) {
      if (tracker.certificates.isCertified(taskId, id)) continue;
      for (const voter of voters) this.#join(voter, { task, submissionId: id, roster: digest });
    }
  }

  #join(voter: string, subject: { task: TaskRef; submissionId: string; roster: string }): void {
    const { context, box } = this.#ports;
    const key = pollKey(voter, subject);
    const known = this.#polls.get(key);
    if (known !== undefined) {
      known.dueMs = 0;
      return;
    }
    const terms = box.termsOf(subject);
    if (terms === undefined || !terms.electorate.weights.has(voter)) return;
    const own = box.listOf(subject, terms);
    if (own === undefined) return;
    if (this.size >= context.limits.own_polls && !this.#stored.has(key)) {
      context.out.count("dropped", "own_polls");
      return;
    }
    const poll = openPoll(context, voter, subject, terms, own);
    const stored = this.#stored.get(key);
    this.#stored.delete(key);
    if (stored !== undefined) {
      const state = restoreVoting(poll.config, stored.record, context.nowMs);
      poll.state = stored.stopped ? { ...state, end: { kind: "key_used_elsewhere" } } : state;
    }
    this.#polls.set(key, poll);
  }

  #step(poll: Poll, votes: readonly KeptVote[]): void {
    const { context, box, lists } = this.#ports;
    const { nowMs } = context;
    if (this.#stopped.has(poll.voter)) return;
    const own = box.listOf(poll.subject, poll.terms, poll.own);
    if (own !== undefined) renewList(poll, own, nowMs);
    else if (poll.state.round === undefined) {
      poll.dueMs = nowMs + AGAIN_MS;
      return;
    }
    const given = poll.fed ? votes : box.votesOn(poll.subject);
    poll.fed = true;
    const view = viewOf(poll, context, (value) => lists.get(value) ?? this.ownList(value));
    const input = given.length === 0 ? ({ kind: "tick" } as const) : ({ kind: "votes", votes: given } as const);
    const { state, effects } = stepVoting(poll.config, poll.state, input, view, nowMs);
    poll.state = state;
    for (const effect of effects) this.#carryOut(poll, effect, given);
    poll.dueMs = nextTickMs(poll.config, state, view) ?? Number.POSITIVE_INFINITY;
  }

  #carryOut(poll: Poll, effect: VotingEffect, given: readonly KeptVote[]): void {
    const { context, lists } = this.#ports;
    switch (effect.kind) {
      case "persist":
        lists.put(poll.own.value, poll.own.bytes);
        this.#write(poll, { voter: poll.voter, subject: poll.subject, record: effect.record, stopped: false });
        context.out.needSync();
        return;
      case "vote":
        this.#cast(poll, effect.vote);
        return;
      case "repeat":
        this.#repeat(poll, effect);
        return;
      case "want_list":
        lists.want(effect.value, poll.subject.task);
        return;
      case "ended": {
        if (effect.end.kind === "certified") return;
        const foreign = [...given].reverse().find(({ voter }) => voter === poll.voter);
        if (foreign !== undefined) this.#foreign(foreign);
      }
    }
  }

  #cast({ voter, subject }: Poll, vote: Extract<VotingEffect, { kind: "vote" }>["vote"]): void {
    const { timestampSeconds, ...cast } = vote;
    this.#ports.context.out.emit({ kind: "cast_vote", author: voter, vote: { ...subject, ...cast }, timestampSeconds });
  }

  /** Sends the own latest votes and those of the held quorum to the peers that hold the strand. */
  #repeat(poll: Poll, { own, held }: Extract<VotingEffect, { kind: "repeat" }>): void {
    const { context, box, peers } = this.#ports;
    const wanted = new Set([...own.map((vote) => nameOf({ ...vote, voter: poll.voter })), ...held.map(nameOf)]);
    const kept = box.votesOn(poll.subject).filter((vote) => wanted.has(nameOf(vote)));
    // A crash or a signer that was away may have come before the signature.
    for (const vote of own) {
      const name = nameOf({ ...vote, voter: poll.voter });
      if (!kept.some((one) => nameOf(one) === name)) this.#cast(poll, vote);
    }
    const strand = recordStrand(poll.subject.task, context.identity.rules.shards);
    const limits = { ...context.identity.rules, bundleMaxBytes: FRAME_BYTES };
    const envelopes = kept.map(({ envelope }) => envelope);
    for (const bundle of packBundles(envelopes, limits)) {
      for (const { facts } of peers.all()) {
        if (!facts.interests.includes(strand)) continue;
        context.out.emit({ kind: "send", peer: facts.peer, frame: { kind: "records", requestId: NO_REQUEST, bundle } });
      }
    }
  }

  /** A vote of an own key that this node did not cast: the key votes no more. */
  #foreign({ voter, id }: KeptVote): void {
    const { context } = this.#ports;
    if (this.#stopped.has(voter)) return;
    this.#stopped.add(voter);
    for (const poll of this.#polls.values()) {
      const { round, held, prepare, commit } = poll.state;
      if (poll.voter !== voter || round === undefined) continue;
      const record = { round, held, prepare, commit };
      this.#write(poll, { voter, subject: poll.subject, record, stopped: true });
    }
    context.out.emit({ kind: "own_key_elsewhere", author: voter, recordId: id });
  }

  #write({ key }: Poll, stored: StoredPoll): void {
    this.#ports.context.out.write({ kind: "put_kept", entry: { kind: "voting", key }, envelope: encodePoll(stored) });
  }

  #close(key: string): void {
    const isStored = this.#stored.delete(key) || this.#polls.get(key)?.state.round !== undefined;
    this.#polls.delete(key);
    if (isStored) this.#ports.context.out.write({ kind: "drop_kept", entry: { kind: "voting", key } });
  }
}

/** What makes two votes on one subject the same. */
function nameOf({ voter, round, step, value }: Pick<CountedVote, "voter" | "round" | "step" | "value">): string {
  return `${voter}:${round}:${step}:${value}`;
}
