import { MessageType } from "../../protocol/envelope.js";
import type { Blake3 } from "../../protocol/hash.js";
import { KEY_WORDS } from "../../protocol/key-words.js";
import type { NetworkRules } from "../../protocol/rules.js";
import { taskOf } from "../../protocol/strand.js";
import { BOUNDS } from "../bounds.js";
import type { ChainFacts } from "../chain-facts.js";
import type { RecordSet, TaskRecord } from "../set/index.js";
import type { MemberEntry } from "../writes.js";
import type { VerdictsOf } from "./batch-verdicts.js";
import { CertificateBook } from "./certified.js";
import { LiveTasks } from "./live-tasks.js";
import { PackedTasks } from "./packed-tasks.js";
import { TaskDigests } from "./task-digests.js";
import { TaskEnds } from "./task-ends.js";
import { type FoldedTask, type TaskAnnouncement, withoutValidations } from "./task-fold.js";
import { type SharedContext, TaskState } from "./task-state.js";
import { statusAt, statusFacts } from "./task-status.js";
import { viewOf } from "./task-view.js";
import { excludedValidations, type Uncounted, uncountedSubmissions } from "./uncounted.js";
import type { CertificateFact, CertifiedVerdict, TaskView } from "./views.js";
import { type TaskRoster, WeightBook } from "./weight-book.js";

export interface TrackerOptions {
  readonly blake3: Blake3;
  readonly rules: NetworkRules;
  readonly set: RecordSet;
  readonly liveTasksMax?: number;
  /** Records in memory as objects, of the tasks that were used last (`BOUNDS.open_records`). */
  readonly openRecordsMax?: number;
  /** {@link KEY_WORDS} random words, as for the set. */
  readonly salt?: Uint32Array;
  readonly verdictsOf?: VerdictsOf | undefined;
}

/**
 * "applied": the record as the task holds it, with texts that its records share. "parked_closed": the task is not in
 * memory; the record counts once {@link ConsensusTracker.load} brings the rest.
 */
export type Applied = { readonly state: "applied"; readonly record: TaskRecord } | { readonly state: "parked_closed" };

export interface TrackerSizes {
  readonly live: number;
  readonly closed: number;
  readonly stale: number;
  /** Closed tasks with records that wait for the load. */
  readonly parked: number;
  readonly certificates: number;
}

/**
 * The result of every task of the set (specification: ConsensusTracker). Live tasks hold their records; a closed task
 * holds only its result, so that lists and the state digest stay exact. A change to a closed task makes it stale until
 * its records are loaded. The tracker reads slots from the set: admit a record to the set first, then add it here.
 */
export class ConsensusTracker {
  readonly #set: RecordSet;
  readonly #rules: NetworkRules;
  readonly #live: LiveTasks;
  readonly #ends: TaskEnds;
  /** Results without validations. Bounded by the announcements of the set. */
  readonly #closed = new Map<string, FoldedTask>();
  readonly #stale = new Set<string>();
  /**
   * Records of closed tasks, by task and id, until the task is loaded: a load may read the disk before they are
   * written. All are members, so the set bounds them.
   */
  readonly #parked = new Map<string, Map<string, TaskRecord>>();
  readonly certificates = new CertificateBook();
  readonly digests: TaskDigests;
  readonly packed: PackedTasks;
  #base: SharedContext;

  constructor(options: TrackerOptions) {
    const { blake3, rules, set, verdictsOf, salt = new Uint32Array(KEY_WORDS) } = options;
    this.#set = set;
    this.#rules = rules;
    this.#ends = new TaskEnds(rules, options.liveTasksMax);
    this.#live = new LiveTasks(options.openRecordsMax ?? BOUNDS.open_records.cap, salt);
    this.digests = new TaskDigests(salt);
    const weights = new WeightBook({ registry: { kind: "everyone" }, rosters: [] }, rules);
    this.#base = { blake3, rules, equivocatedPair: (id) => set.equivocatedPair(id), weights, verdictsOf };
    this.packed = new PackedTasks({ tracker: this, live: this.#live, ends: this.#ends, base: () => this.#base });
  }

  sizes(): TrackerSizes {
    const [live, closed, stale] = [this.#live.size, this.#closed.size, this.#stale.size];
    return { live, closed, stale, parked: this.#parked.size, certificates: this.certificates.size };
  }

  /** Takes new weights and rosters. Only tasks that they weigh differently are folded again. */
  setChain(facts: Pick<ChainFacts, "registry" | "rosters">): void {
    const weights = new WeightBook(facts, this.#rules);
    const same = weights.comparedWith(this.#base.weights);
    this.#base = { ...this.#base, weights };
    for (const state of this.#live.states()) {
      const t0 = state.announcement?.timestampSeconds;
      const isSame = t0 !== undefined && same(t0);
      state.reweigh(this.#base, isSame);
      if (!isSame) this.digests.touch(state.taskId);
    }
    for (const [taskId, { task }] of this.#closed) if (!same(task.t0)) this.#stale.add(taskId);
  }

  /** Adds a record that the set has just admitted. */
  add(record: TaskRecord): Applied {
    for (const id of this.#set.equivocatedPair(record.id) ?? []) if (id !== record.id) this.slotChanged(id);
    const { taskId } = taskOf(record.payload, record.id, record.timestampSeconds);
    if (this.#closed.has(taskId)) {
      this.#stale.add(taskId);
      this.#parked.set(taskId, (this.#parked.get(taskId) ?? new Map()).set(record.id, record));
      return { state: "parked_closed" };
    }
    this.digests.touch(taskId);
    const state = this.#live.hold(taskId, this.#base);
    state.add(this.#named(record));
    this.#live.used(state);
    this.#ends.note(state);
    return { state: "applied", record: state.record(record.id) ?? record };
  }

  /** Adds a verified certificate that the set has just admitted. */
  addCertificate(taskId: string, fact: CertificateFact): void {
    this.digests.touch(taskId);
    this.certificates.add(taskId, fact);
  }

  /** Another record joined or left the slot of this record. No-op if it is no member. */
  slotChanged(id: string): void {
    const taskId = this.#set.taskOf(id);
    if (taskId === undefined) return;
    const state = this.#live.peek(taskId);
    state?.touch();
    if (state !== undefined) this.#live.changed(state);
    this.digests.touch(taskId);
    if (this.#closed.has(taskId)) this.#stale.add(taskId);
  }

  /** Removes a record that is no longer a member: evicted from its slot, or past the horizon. */
  remove(entry: MemberEntry): void {
    const { id, taskId } = entry;
    this.digests.touch(taskId);
    if (entry.type === MessageType.Certificate) {
      this.certificates.remove(taskId, id);
      return;
    }
    const state = this.#live.use(taskId);
    if (state !== undefined) {
      state.remove(id);
      this.#live.used(state);
      this.#ends.note(state);
      if (state.size === 0) this.#live.drop(state);
    } else if (id === taskId) {
      // Without the announcement no rule applies to its other records. They also expire by day.
      this.#closed.delete(taskId);
      this.#stale.delete(taskId);
      this.#parked.delete(taskId);
    } else if (this.#closed.has(taskId)) {
      this.#stale.add(taskId);
      this.#parked.get(taskId)?.delete(id);
    }
  }

  /** Takes every stored record of a closed task; ignores those that are no longer members. Idempotent. */
  load(taskId: string, records: readonly TaskRecord[]): void {
    this.digests.touch(taskId);
    this.#closed.delete(taskId);
    this.#stale.delete(taskId);
    const parked = this.#parked.get(taskId)?.values() ?? [];
    this.#parked.delete(taskId);
    const members = [...records, ...parked].filter(({ id }) => this.#set.taskOf(id) === taskId);
    if (members.length === 0) return;
    const state = this.#live.hold(taskId, this.#base);
    for (const record of members) state.add(this.#named(record));
    this.#live.used(state);
    this.#ends.note(state);
  }

  /** Whether a record of the task is held, live or closed. */
  has(taskId: string): boolean {
    return this.#live.has(taskId) || this.#closed.has(taskId);
  }

  /** Whether the records are out of memory: the view then has verdicts but no validations. */
  isClosed(taskId: string): boolean {
    return this.#closed.has(taskId);
  }

  /** Some closed tasks whose records must be loaded before their views and the digest are exact again, oldest first. */
  stale(max = Number.POSITIVE_INFINITY): string[] {
    const found: string[] = [];
    for (const taskId of this.#stale) {
      if (found.length >= max) break;
      found.push(taskId);
    }
    return found;
  }

  /**
   * Takes at most `max` live tasks that changed without a record of their own: a record of another task joined or left
   * the slot of one of theirs.
   */
  takeChanged(max: number): string[] {
    return this.#live.takeChanged(max);
  }

  /** Whether the digest of the state has to wait for a load. */
  get hasStale(): boolean {
    return this.#stale.size > 0;
  }

  isStale(taskId: string): boolean {
    return this.#stale.has(taskId);
  }

  /** Every task held, in no order; the iterator stays valid while tasks are added and removed. */
  *all(): Generator<string> {
    yield* this.#live.ids();
    yield* this.#closed.keys();
  }

  /** Every task held, ascending. */
  taskIds(): string[] {
    return [...this.all()].sort();
  }

  /** A record of a live task. */
  record(id: string): TaskRecord | undefined {
    const taskId = this.#set.taskOf(id);
    return taskId === undefined ? undefined : this.#live.use(taskId)?.record(id);
  }

  /** Every record of a live task, counted or not, in no order. */
  records(taskId: string): TaskRecord[] {
    return [...(this.#live.use(taskId)?.records() ?? [])];
  }

  /** Folds several tasks at once, only for speed: the results are the same without it. */
  foldAll(taskIds: Iterable<string>): void {
    TaskState.foldAll(this.#live.useEach(taskIds), this.#base);
  }

  /** The result of a task, independent of the time; for a closed task without the validations. */
  folded(taskId: string): FoldedTask | undefined {
    return this.#live.use(taskId)?.folded() ?? this.#closed.get(taskId);
  }

  /** Records in memory of a live task. */
  recordCount(taskId: string): number {
    return this.#live.peek(taskId)?.size ?? 0;
  }

  /** The valid announcement, without a fold of its task: a request of a peer must stay cheap. */
  announcement(taskId: string): TaskAnnouncement | undefined {
    const live = this.#live.peek(taskId);
    if (live === undefined) return this.#closed.get(taskId)?.announcement;
    const isOut = live.announcement !== undefined && this.#set.equivocatedPair(live.announcement.id) !== undefined;
    return isOut ? undefined : live.announcement;
  }

  /** The roster of a task with a valid announcement. */
  roster(taskId: string): TaskRoster | undefined {
    const announcement = this.announcement(taskId);
    return announcement === undefined ? undefined : this.#base.weights.roster(announcement.timestampSeconds);
  }

  /** Whether a live task holds a submission by this author. */
  hasSubmitted(taskId: string, author: string): boolean {
    return this.#live.peek(taskId)?.hasSubmitted(author) ?? false;
  }

  /** Uncontested certificates, and the submissions whose certificates contradict each other. */
  certified(taskId: string): { readonly verdicts: readonly CertifiedVerdict[]; readonly contested: readonly string[] } {
    const held = this.certificates.get(taskId);
    if (held === undefined) return { verdicts: [], contested: [] };
    const { requiredReviewers } = this.folded(taskId) ?? {};
    return { verdicts: held.verdicts(requiredReviewers, this.#rules), contested: held.contested() };
  }

  /** The task at T, unix seconds; undefined while no record of it is held. */
  view(taskId: string, atSeconds: number): TaskView | undefined {
    const folded = this.folded(taskId);
    if (folded === undefined) return undefined;
    const certified = this.certified(taskId);
    const status = statusAt(statusFacts(folded), certified.verdicts, atSeconds, this.#rules);
    return viewOf(folded, status, certified, atSeconds, this.#rules);
  }

  /** Records of a live task that do not count; undefined when the records are not in memory. */
  uncounted(taskId: string): Uncounted | undefined {
    const state = this.#live.use(taskId);
    const folded = state?.folded();
    if (state === undefined || folded === undefined) return undefined;
    const records = [...state.records()];
    const submissions = uncountedSubmissions(records, folded, (id) => this.#set.equivocatedPair(id));
    return { submissions, validations: excludedValidations(records, folded) };
  }

  /** Closes some of the tasks that are over, the oldest first ({@link TaskEnds}). Returns them. */
  closeOld(nowSeconds: number): string[] {
    return this.#ends.take(nowSeconds, this.#live.size).flatMap((state) => {
      const folded = state.folded();
      if (folded === undefined) return [];
      this.#closed.set(folded.taskId, withoutValidations(folded));
      this.#live.drop(state);
      return folded.taskId;
    });
  }

  /** Records in memory as objects, without those of tasks that are too large to be packed. */
  get openRecords(): number {
    return this.#live.openRecords;
  }

  /** The record with texts that all records of its author and strand share. */
  #named({ id, author, timestampSeconds, number, strand, payload }: TaskRecord): TaskRecord {
    const named = this.#set.texts(id) ?? { author, strand };
    return { id, author: named.author, timestampSeconds, number, strand: named.strand, payload };
  }
}
