import { toHex } from "../../protocol/bytes.js";
import { buildCertificate, type SignedVote } from "../../protocol/certificate-build.js";
import { rosterDigest } from "../../protocol/digests.js";
import { MessageType, SIGNATURE_BYTES } from "../../protocol/envelope.js";
import type { TaskRef } from "../../protocol/records.js";
import { encodeCertificate } from "../../protocol/verdict-messages.js";
import { SharedRoom } from "../bounded/index.js";
import type { Context } from "../context.js";
import type { ConsensusTracker } from "../fold/index.js";
import type { RecordSet } from "../set/index.js";
import { electorateOf } from "../voting/index.js";
import {
  Ballot,
  type BallotList,
  type BallotSubject,
  type BallotTerms,
  type BallotView,
  ballotKey,
  type KeptVote,
} from "./ballot.js";
import type { ListShelf } from "./list-shelf.js";
import { ownList } from "./own-list.js";

/**
 * A node with the commits of a quorum waits up to so long before it makes the certificate: the first one that is
 * gossiped saves the others theirs.
 */
const CERTIFY_SPREAD_MS = 2000;
/** A certificate that did not join, or a list that is not here, is tried again after so long. */
const CERTIFY_AGAIN_MS = 10_000;

export interface BallotPorts {
  readonly context: Context;
  readonly set: RecordSet;
  readonly tracker: ConsensusTracker;
  readonly lists: ListShelf;
  /** Loads the records of a closed task. */
  load(taskId: string): void;
}

/** The votes that this node keeps, by submission and roster, and the certificates that it makes from them. */
export class BallotBox {
  readonly #ports: BallotPorts;
  /** Bounded by the kept votes: a ballot has one at least. */
  readonly #ballots = new Map<string, Ballot>();
  /** Keys of the ballots of each task. */
  readonly #ofTask = new Map<string, Set<string>>();
  /** The ballot of each kept vote, by the id of the vote. */
  readonly #votes = new Map<string, Ballot>();
  /** Shared by voters. */
  readonly #room: SharedRoom;
  /** Ballots with the commits of a quorum. */
  readonly #committed = new Set<Ballot>();

  constructor(ports: BallotPorts) {
    this.#ports = ports;
    this.#room = new SharedRoom(ports.context.limits.votes);
  }

  get size(): number {
    return this.#votes.size;
  }

  has(id: string): boolean {
    return this.#votes.has(id);
  }

  ofTask(taskId: string): KeptVote[] {
    return [...(this.#ofTask.get(taskId) ?? [])].flatMap((key) => this.#ballots.get(key)?.votes() ?? []);
  }

  /**
   * Keeps a verified vote (protocol.md, Vote rule 6). False when it adds nothing, its submission is certified, or there
   * is no room and no other voter has more.
   */
  add(vote: KeptVote, stored = true): boolean {
    const { context, tracker } = this.#ports;
    if (this.#votes.has(vote.id) || tracker.certificates.isCertified(vote.task.taskId, vote.submissionId)) return false;
    const ballot = this.#ballots.get(ballotKey(vote)) ?? new Ballot(vote);
    if (ballot.size === 0) ballot.setTerms(this.termsOf(vote));
    if (!ballot.takes(vote) || !this.#takeRoom(vote)) return false;
    this.#open(ballot);
    this.#votes.set(vote.id, ballot);
    if (stored) {
      context.out.write({ kind: "put_kept", entry: { kind: "vote", key: vote.id }, envelope: vote.envelope });
    }
    this.#forget(ballot.add(vote));
    this.#review(ballot);
    return true;
  }

  /** The announcement, a submission or the roster of a task is known now. */
  changed(taskId: string): void {
    for (const key of this.#ofTask.get(taskId) ?? []) {
      const ballot = this.#ballots.get(key);
      if (ballot === undefined || ballot.terms !== undefined) continue;
      this.#setTerms(ballot);
    }
  }

  /** The rosters changed. */
  rostersChanged(): void {
    for (const ballot of this.#ballots.values()) this.#setTerms(ballot);
  }

  /** A certificate of the submission is a member: its votes have no use any more. */
  certified(taskId: string, submissionId: string): void {
    for (const key of [...(this.#ofTask.get(taskId) ?? [])]) {
      const ballot = this.#ballots.get(key);
      if (ballot?.subject.submissionId === submissionId) this.#dropAll(ballot);
    }
  }

  /** Makes the certificates that are due. */
  tick(): void {
    const { nowMs } = this.#ports.context;
    for (const ballot of this.#committed) {
      if (ballot.certifyMs === undefined || ballot.certifyMs > nowMs) continue;
      ballot.certifyMs = nowMs + CERTIFY_AGAIN_MS;
      this.#certify(ballot);
    }
  }

  /** Removes the votes of tasks that left the set. */
  sweep(taskIsHeld: (taskId: string, t0: number) => boolean): void {
    for (const ballot of [...this.#ballots.values()]) {
      const { task } = ballot.subject;
      if (!taskIsHeld(task.taskId, task.t0)) this.#dropAll(ballot);
    }
  }

  /** The ballots of a submission, ascending by roster. Those that name another task than the announced one are out. */
  ofSubmission(taskId: string, submissionId: string): BallotView[] {
    const announcement = this.#ports.tracker.announcement(taskId);
    const ballots = [...(this.#ofTask.get(taskId) ?? [])].flatMap((key) => this.#ballots.get(key) ?? []);
    return ballots
      .filter(({ subject }) => subject.submissionId === submissionId && names(subject.task, announcement))
      .map((ballot) => ballot.view())
      .sort((a, b) => (a.roster < b.roster ? -1 : 1));
  }

  /** The kept votes on a subject. */
  votesOn(subject: BallotSubject): KeptVote[] {
    return this.#ballots.get(ballotKey(subject))?.votes() ?? [];
  }

  /** The kept votes of this voter on its subject. */
  votesOf(vote: KeptVote): KeptVote[] {
    return this.votesOn(vote).filter(({ voter }) => voter === vote.voter);
  }

  /** The own list of a subject now; `known` if it has not changed. Undefined: not known now, or it does not count. */
  listOf(subject: BallotSubject, terms: BallotTerms, known?: BallotList): BallotList | undefined {
    const { context, tracker } = this.#ports;
    const { taskId } = subject.task;
    if (tracker.isClosed(taskId)) {
      this.#ports.load(taskId);
      return undefined;
    }
    const folded = tracker.folded(taskId);
    if (folded === undefined) return undefined;
    return known?.folded === folded ? known : ownList(context, folded, subject, terms);
  }

  /** The list of a value: the own one, or one that was fetched. Asks peers for one that is not here. */
  #listBytes({ subject }: Ballot, terms: BallotTerms, value: string): Uint8Array | undefined {
    const own = this.listOf(subject, terms);
    if (own?.value === value) return own.bytes;
    const { lists } = this.#ports;
    const held = lists.get(value);
    if (held === undefined) lists.want(value, subject.task);
    return held;
  }

  #certify(ballot: Ballot): void {
    const { context } = this.#ports;
    const { committed, terms } = ballot;
    if (committed === undefined || terms === undefined) return;
    const list = this.#listBytes(ballot, terms, committed.value);
    if (list === undefined) return;
    const signed = ballot.votes().map(
      ({ voter, timestampSeconds, envelope, ...vote }): SignedVote => ({
        voter,
        vote,
        timestampSeconds,
        signature: envelope.slice(envelope.length - SIGNATURE_BYTES),
      }),
    );
    const certificate = buildCertificate(context.blake3, list, terms.roster, signed);
    if (certificate === undefined) return;
    context.out.emit({ kind: "send_certificate", payload: encodeCertificate(certificate) });
  }

  #review(ballot: Ballot): void {
    if (ballot.committed === undefined) {
      ballot.certifyMs = undefined;
      this.#committed.delete(ballot);
      return;
    }
    const { context } = this.#ports;
    ballot.certifyMs ??= context.nowMs + context.below(CERTIFY_SPREAD_MS);
    this.#committed.add(ballot);
  }

  #setTerms(ballot: Ballot): void {
    this.#forget(ballot.setTerms(this.termsOf(ballot.subject)));
    this.#review(ballot);
    if (ballot.size === 0) this.#close(ballot);
  }

  /** Undefined while the announcement, the submission or the roster is not known, or the vote names another one. */
  termsOf({ task, submissionId, roster }: BallotSubject): BallotTerms | undefined {
    const { context, set, tracker } = this.#ports;
    const announcement = tracker.announcement(task.taskId);
    const submission = set.entry(submissionId);
    if (announcement === undefined || submission?.type !== MessageType.SubmissionAnnouncement) return undefined;
    if (submission.taskId !== task.taskId || !names(task, announcement)) return undefined;
    const held = tracker.roster(task.taskId);
    if (held === undefined) return undefined;
    const digest = rosterDigest(context.blake3, context.identity.genesis, held.day, held.members);
    if (toHex(digest) !== roster) return undefined;
    const [publisher, submitter] = [announcement.author, submission.author];
    return { electorate: electorateOf(held.members, publisher, submitter), roster: held.members, publisher, submitter };
  }

  #open(ballot: Ballot): void {
    const { taskId } = ballot.subject.task;
    this.#ballots.set(ballot.key, ballot);
    this.#ofTask.set(taskId, (this.#ofTask.get(taskId) ?? new Set()).add(ballot.key));
  }

  #close(ballot: Ballot): void {
    const { taskId } = ballot.subject.task;
    this.#ballots.delete(ballot.key);
    this.#committed.delete(ballot);
    const keys = this.#ofTask.get(taskId);
    keys?.delete(ballot.key);
    if (keys?.size === 0) this.#ofTask.delete(taskId);
  }

  #dropAll(ballot: Ballot): void {
    this.#forget(ballot.votes());
    this.#close(ballot);
  }

  #takeRoom({ voter, id }: KeptVote): boolean {
    const { taken, gone } = this.#room.take(voter, id);
    if (gone !== undefined) this.#displace(gone);
    if (!taken || gone !== undefined) this.#ports.context.out.count("dropped", "votes");
    return taken;
  }

  /** A voter with many votes loses one to another voter. */
  #displace(id: string): void {
    const ballot = this.#votes.get(id);
    const vote = ballot?.votes().find((kept) => kept.id === id);
    if (ballot === undefined || vote === undefined) return;
    ballot.drop(id);
    this.#forget([vote]);
    this.#review(ballot);
    if (ballot.size === 0) this.#close(ballot);
  }

  #forget(votes: readonly KeptVote[]): void {
    for (const { id } of votes) {
      this.#votes.delete(id);
      this.#room.leave(id);
      this.#ports.context.out.write({ kind: "drop_kept", entry: { kind: "vote", key: id } });
    }
  }
}

/** Whether a reference names the announced task. An unknown announcement contradicts no reference. */
function names({ t0, taskType }: TaskRef, announcement: ReturnType<ConsensusTracker["announcement"]>): boolean {
  if (announcement === undefined) return true;
  return announcement.timestampSeconds === t0 && announcement.payload.taskType === taskType;
}
