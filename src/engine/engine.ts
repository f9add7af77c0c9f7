import { toHex } from "../protocol/bytes.js";
import { type AlertView, alertView } from "./alerts/index.js";
import type { BallotView } from "./ballots/index.js";
import type { BodyCounts } from "./bodies/index.js";
import type { Sizes } from "./bounds.js";
import { CheckpointRestore } from "./checkpoint-restore.js";
import { EngineCore, type EngineOptions } from "./core.js";
import type { EngineEffect } from "./effects.js";
import type { EngineEvent } from "./events.js";
import type { GivenUp } from "./exchange/index.js";
import {
  type CertificateFact,
  checkDraft,
  type DigestInput,
  type DigestSteps,
  digestSteps,
  listTasks,
  type MinerStats,
  minerStats,
  type OwnDraft,
  type OwnRefusal,
  stateDigestAt,
  type TaskPage,
  type TaskQuery,
  type TaskStatus,
  type TaskView,
  type Uncounted,
} from "./fold/index.js";
import { type PeerReport, reportPeers } from "./peers/index.js";
import { restoreTask } from "./restored-tasks.js";
import { type CertifiedSubmission, type RewardsOf, rewardsOf } from "./rewards/index.js";
import type { PrefixEntries } from "./set/index.js";
import { sizesOf } from "./sizes.js";
import { lackingRecords, type NodeSyncReport } from "./sync/index.js";
import type { KeptEntry, MemberEntry, StoredMember, StoreWrite } from "./writes.js";

export type { EngineOptions } from "./core.js";

/**
 * The state machine of one node, without clock, randomness or I/O. `step` takes an event and returns effects; all other
 * methods are queries or restore stored data. No input of a peer makes it throw.
 */
export class Engine {
  /** A start by checkpoints. */
  readonly checkpoints: CheckpointRestore;
  readonly #core: EngineCore;

  constructor(options: EngineOptions) {
    this.#core = new EngineCore(options);
    this.checkpoints = new CheckpointRestore(this.#core);
  }

  /** Handles one event at one time. Returns the effects in order. */
  step(event: EngineEvent, nowMs: number): EngineEffect[] {
    this.#core.context.setClock(nowMs);
    this.#core.handle(event);
    this.#core.gossip.flush();
    this.#core.admission.flush();
    this.#core.events.flush();
    return this.#core.context.out.take();
  }

  /**
   * When a tick is needed before the regular one: an own bundle waits, or a task or body has just been named.
   * Undefined: the regular tick is early enough.
   */
  nextDueMs(): number | undefined {
    const { context, gossip, exchanges } = this.#core;
    const wanted = [
      gossip.nextDueMs(),
      exchanges.tasks.state.nextDueMs,
      exchanges.bodies.nextDueMs,
      exchanges.windows.nextDueMs,
    ];
    const due = wanted.filter((dueMs) => dueMs !== undefined);
    return due.length === 0 ? undefined : context.toWall(Math.min(...due));
  }

  /** Restores the index entry of a member from the disk, before the records of its task. */
  restoreMember(entry: MemberEntry): void {
    this.#core.set.admit(entry);
  }

  /** Restores all stored records of some tasks. Returns how many are unreadable. */
  restoreTasks(tasks: ReadonlyMap<string, readonly StoredMember[]>): number {
    const { tracker, events } = this.#core;
    let unread = 0;
    for (const records of tasks.values()) unread += restoreTask(this.#core, records);
    tracker.foldAll(tasks.keys());
    for (const taskId of tasks.keys()) events.remember(taskId);
    return unread;
  }

  restoreKept(entry: KeptEntry, envelope: Uint8Array): void {
    this.#core.verdicts.restore(entry, envelope);
  }

  /** Restores a body that is on the disk. Call it before the records, or the engine requests bodies that it holds. */
  restoreBody(hash: string, taskId: string): void {
    this.#core.bodies.found(hash, taskId);
  }

  /** Hashes of the bodies on disk. */
  heldBodies(): IterableIterator<string> {
    return this.#core.bodies.hashes();
  }

  /** Ends the restore. */
  restored(): void {
    this.#core.bodyTracker.startIsOver();
  }

  /** Sequence of the newest stored event. */
  restoreSequence(sequence: number): void {
    this.#core.events.restore(sequence);
  }

  /** The task at T, unix seconds; undefined while no record of it is held. */
  task(taskId: string, atSeconds: number): TaskView | undefined {
    return this.#core.tracker.view(taskId, atSeconds);
  }

  tasks(query: TaskQuery, atSeconds: number): TaskPage {
    return listTasks(this.#core.tracker, this.#core.events.counts, query, atSeconds);
  }

  /** Members held. */
  get recordCount(): number {
    return this.#core.set.size;
  }

  /** Bodies held. */
  get bodyCount(): number {
    return this.#core.bodies.size;
  }

  /** Whether the peer sent a bad signature lately: its signatures are verified apart from those of others. */
  isSuspect(peer: string): boolean {
    const { peers, context } = this.#core;
    return peers.lane(peer, context.nowMs) === "suspect";
  }

  /** Tasks by status, as of the last tick or change. */
  taskCounts(): Readonly<Record<TaskStatus, number>> {
    return this.#core.events.counts.counts();
  }

  /** Index entry of a member. */
  entry(id: string): MemberEntry | undefined {
    return this.#core.set.entry(id);
  }

  /** Members whose ids begin with `prefix`: see {@link RecordSet.entriesWithPrefix}. */
  entriesWithPrefix(prefix: string, type: number | undefined, limit: number): PrefixEntries {
    return this.#core.set.entriesWithPrefix(prefix, type, limit);
  }

  /** The certificates of a submission, ascending by id; more than one value is contested. */
  certificates(submissionId: string): readonly CertificateFact[] {
    const taskId = this.#core.set.taskOf(submissionId);
    const held = taskId === undefined ? undefined : this.#core.tracker.certificates.get(taskId);
    return held?.all().filter((fact) => fact.submissionId === submissionId) ?? [];
  }

  /** The open votes on a submission, by roster: none before the first vote and after its certificate. */
  votes(submissionId: string): readonly BallotView[] {
    const taskId = this.#core.set.taskOf(submissionId);
    return taskId === undefined ? [] : this.#core.ballots.ofSubmission(taskId, submissionId);
  }

  /** The split of a task's reward at T, unix seconds; undefined while no record of the task is held. */
  rewards(taskId: string, certificates: readonly CertifiedSubmission[], atSeconds: number): RewardsOf | undefined {
    const view = this.task(taskId, atSeconds);
    const { tracker, context } = this.#core;
    if (view === undefined) return undefined;
    return rewardsOf(view, tracker.roster(taskId)?.members, certificates, atSeconds, context.identity.rules);
  }

  /** The task of a member. */
  taskOf(id: string): string | undefined {
    return this.#core.set.taskOf(id);
  }

  /** The record is a member, announces a body that this node may have, and the body is not on the disk. */
  lacksBody(id: string): boolean {
    return this.#core.exchanges.bodies.wants.get(id) !== undefined;
  }

  /** The state digest at T, hex; undefined while a task's records are being loaded. */
  digest(atSeconds: number): string | undefined {
    const digest = stateDigestAt(this.#digestInput(atSeconds));
    return digest === undefined ? undefined : toHex(digest);
  }

  /** The same in small steps, between which events may be handled. */
  digestSteps(atSeconds: number): DigestSteps {
    return digestSteps(this.#digestInput(atSeconds));
  }

  #digestInput(atSeconds: number): DigestInput {
    const { context, set, tracker } = this.#core;
    const { blake3, identity } = context;
    return { blake3, identity, set, tracker, strands: context.recordStrands(), atSeconds };
  }

  /** The interests that this node's hello names. */
  strands(): string[] {
    return this.#core.context.heldStrands();
  }

  /** Gossip topics to subscribe to. */
  topics(): string[] {
    return this.#core.gossip.topics();
  }

  /** Records that peers list and this node lacks, and missing bodies. */
  missing(): { readonly records: number; readonly bodies: BodyCounts } {
    const { peers, exchanges } = this.#core;
    return { records: lackingRecords(peers), bodies: exchanges.bodies.wants.counts() };
  }

  /** How far the set equals that of the peers. `anyPeer`: on loopback, peers that this node did not choose count. */
  syncReport(anyPeer = false): NodeSyncReport {
    const { context, peers, syncBook, exchanges, bodies: book } = this.#core;
    const { wants } = exchanges.bodies;
    const bodies = { ...wants.counts(), held: book.size, counted: !wants.overflowed };
    return syncBook.report({ strands: context.recordStrands(), peers, anyPeer, bodies, nowMs: context.nowMs });
  }

  /** Tasks that this node gave up requesting, with the reason. */
  givenUp(): { readonly tasks: readonly GivenUp[] } {
    return { tasks: this.#core.exchanges.tasks.state.givenUp() };
  }

  waiting(): { readonly tasks: number; readonly bodies: number; readonly openRequests: number } {
    const { tasks, bodies, openRequests } = this.#core.exchanges;
    return { tasks: tasks.state.size, bodies: bodies.wants.size, openRequests };
  }

  peerReports(atSeconds: number): PeerReport[] {
    const { context, peers, scoring } = this.#core;
    return reportPeers(peers, scoring, this.#core.exchanges, atSeconds, (atMs) => context.toWall(atMs));
  }

  /** How many peers hold a different registry for the same time; only when they are many and differ for long. */
  registryFault(): { readonly differing: number; readonly comparable: number } | undefined {
    return this.#core.exchanges.registries.fault();
  }

  /** How many peers count votes under another roster than this node; only when they are many. */
  rosterFault(): { readonly differing: number; readonly comparable: number } | undefined {
    return this.#core.exchanges.rosters.fault();
  }

  /** Why own roster members do not vote yet; undefined if they vote, or have nothing to vote on. */
  votesHeldBack(): "no_peer" | "listens" | undefined {
    return this.#core.voters.holdsBack;
  }

  /** Alerts that hold, of one task or all, newest first: evidence for the API. */
  alerts(taskId?: string): AlertView[] {
    return this.#core.kept.alerts(taskId).map(alertView).reverse();
  }

  /** Records of a task that do not count; undefined when its records are not in memory. */
  uncounted(taskId: string): Uncounted | undefined {
    return this.#core.tracker.uncounted(taskId);
  }

  minerStats(author: string): MinerStats {
    return minerStats(this.#core.set, this.#core.tracker, author);
  }

  /** Number of authors of submissions and validations dated from `withinSeconds` before `atSeconds` on. */
  activeMiners(atSeconds: number, withinSeconds: number): number {
    return this.#core.set.workersSince(atSeconds - withinSeconds);
  }

  /** Restores the scores of an earlier run (score-codec.ts). False: the bytes are invalid, all peers start anew. */
  restoreScores(bytes: Uint8Array): boolean {
    return this.#core.ownScores.restore(bytes);
  }

  /** Writes for the end of the process: scores and checkpoints that changed since the last tick. */
  lastWrites(): StoreWrite[] {
    const scores = this.#core.ownScores.unsaved();
    return [...(scores === undefined ? [] : [scores]), ...this.#core.checkpoints.lastWrites()];
  }

  /** The specification's message cache: own bundles seen, messages known by id, messages and bodies served to peers. */
  messageCache(): { readonly seen: number; readonly known: number; readonly served: number } {
    const known = this.#core.set.size + this.#core.early.size + this.#core.ballots.size + this.#core.kept.sizes.alerts;
    return { seen: this.#core.gossip.seenCount, known, served: this.#core.served };
  }

  /** Conditions under which this node admits no records. */
  health(): { readonly diskFull: boolean; readonly setFull: boolean; readonly chainKnown: boolean } {
    const { diskFull, setFull } = this.#core.admission;
    return { diskFull, setFull, chainKnown: this.#core.context.facts !== undefined };
  }

  /** Why a draft would not count, before it is signed; undefined if it would (own-check.ts). */
  checkOwn(draft: Pick<OwnDraft, "author" | "payload">, nowMs: number): OwnRefusal | undefined {
    return checkDraft(this.#core, draft, Math.floor(nowMs / 1000));
  }

  get eventSequence(): number {
    return this.#core.events.sequence;
  }

  sizes(): Sizes {
    return sizesOf(this.#core);
  }
}
