import type { BodySubject } from "../../protocol/bodies.js";
import type { BodyRef, TaskRef } from "../../protocol/records.js";
import { type Due, DueHeap, type Line, type Queued, TurnQueue } from "../bounded/index.js";
import type { ActiveRequest } from "../exchange/index.js";
import type { HeldBody } from "../set/index.js";

/** Peers remembered that named the record, about a mesh. They likely hold the body and are asked first. */
const HOLDERS_MAX = 8;

/**
 * The state of a missing body:
 * - queued: requested when a peer is free
 * - asked: requested from one peer now
 * - resting: requested again later
 * - withheld: this node has no right to it yet, or lacks the task that decides
 * - invalid: it arrived and is not a body that the record may announce; no peer can have a valid one
 */
export type BodyPlace = "queued" | "asked" | "resting" | "withheld" | "invalid";

/** What a want keeps of the record: the record itself may be packed, or out of memory. */
export interface AnnouncedBody {
  readonly recordId: string;
  /** The author of the record. */
  readonly owner: string;
  readonly kind: HeldBody["kind"];
  /** Of a validation. */
  readonly submissionId: string | undefined;
  readonly task: TaskRef;
  readonly body: BodyRef;
}

/** A missing body of a member. About 450 bytes with its texts. */
export interface BodyWant extends AnnouncedBody, Due, Queued<BodyWant> {
  readonly owner: string;
  readonly sinceMs: number;
  place: BodyPlace;
  /** Rounds that ended without the body. */
  rounds: number;
  /** Rounds after which the next one is due soon. */
  promises: number;
  /** By an answer of this round the next one is due soon ({@link BodyRounds.answered}). */
  promised: boolean;
  /** A peer answered in this round that it waits for the body, and sends news of it. */
  awaited: boolean;
  /** Number of peers that answered in this round that they lack the body. */
  lacked: number;
  /** Peers asked in this round. */
  tried: readonly string[];
  /** The latest peers asked in any round, the last one at the end; the next round starts with others. */
  asked: readonly string[];
  /** Peers that named the record. */
  holders: readonly string[];
  active: ActiveRequest | undefined;
  /** The peers have lacked it for long. */
  unavailable: boolean;
  /** A round has ended without the body. */
  late: boolean;
  /** The next want of the same body. */
  sameBody: BodyWant | undefined;
}

/** Numbers of missing bodies of members, by reason. */
export interface BodyCounts {
  /** Bodies that this node may have and lacks, with the unavailable ones. */
  readonly missing: number;
  /** Missing bodies that no asked peer holds. */
  readonly unavailable: number;
  /** Bodies that this node lacks and may not have before a deadline. */
  readonly withheld: number;
  /** Missing and not unavailable, after at least one round of requests. */
  readonly late: number;
}

/** Shared by all wants: most of them have the same peers, or none. */
export const NO_PEERS: readonly string[] = [];

/**
 * Every body that a member announces and this node lacks, updated with each member and each body. A want ends only when
 * its body is held or its record is removed.
 */
export class BodyWants {
  readonly #wants = new Map<string, BodyWant>();
  /** The first want of each hash; `sameBody` links the others. */
  readonly #byHash = new Map<string, BodyWant>();
  readonly #queue = new TurnQueue<BodyWant>();
  /** Resting and withheld ones. */
  readonly #later = new DueHeap<BodyWant>();
  readonly #counts: Record<BodyPlace, number> = { queued: 0, asked: 0, resting: 0, withheld: 0, invalid: 0 };
  /** Unavailable bodies by author. */
  readonly #unavailable = new Map<string, number>();
  readonly #cap: number;
  #unavailableCount = 0;
  #lateCount = 0;
  #overflowed = false;
  /** The last holder that was the first of a want. */
  #lone: readonly string[] = NO_PEERS;

  constructor(cap: number) {
    this.#cap = cap;
  }

  get size(): number {
    return this.#wants.size;
  }

  /** Some wants found no room, so the counts are too low. The cap equals that of the members. */
  get overflowed(): boolean {
    return this.#overflowed;
  }

  counts(): BodyCounts {
    const { queued, asked, resting, withheld } = this.#counts;
    return { missing: queued + asked + resting, unavailable: this.#unavailableCount, withheld, late: this.#lateCount };
  }

  get queued(): number {
    return this.#counts.queued;
  }

  get(recordId: string): BodyWant | undefined {
    return this.#wants.get(recordId);
  }

  /** Every want, in order of arrival. The iterator stays valid while wants are added and removed. */
  all(): IterableIterator<BodyWant> {
    return this.#wants.values();
  }

  /** Adds and queues a new want, `first` or last of its author; undefined when there is no room. */
  add(
    announced: AnnouncedBody,
    { first, nowMs }: { readonly first: boolean; readonly nowMs: number },
  ): BodyWant | undefined {
    if (this.#wants.size >= this.#cap) {
      this.#overflowed = true;
      return undefined;
    }
    const { recordId, owner, kind, submissionId, task, body } = announced;
    const want: BodyWant = {
      recordId,
      owner,
      kind,
      submissionId,
      task,
      body,
      sinceMs: nowMs,
      place: "queued",
      rounds: 0,
      promises: 0,
      promised: false,
      awaited: false,
      lacked: 0,
      tried: NO_PEERS,
      asked: NO_PEERS,
      holders: NO_PEERS,
      active: undefined,
      unavailable: false,
      late: false,
      sameBody: this.#byHash.get(body.hash),
      due: 0,
      heapAt: -1,
      previous: undefined,
      next: undefined,
      line: undefined as Line<BodyWant> | undefined,
    };
    this.#wants.set(recordId, want);
    this.#byHash.set(body.hash, want);
    this.#counts.queued++;
    this.#queue.add(want, first);
    return want;
  }

  named(want: BodyWant, peer: string): void {
    if (want.holders.length >= HOLDERS_MAX || want.holders.includes(peer)) return;
    if (want.holders.length > 0) want.holders = [...want.holders, peer];
    else {
      if (this.#lone[0] !== peer) this.#lone = [peer];
      want.holders = this.#lone;
    }
  }

  /** The peer has the body now: it is the first holder. */
  holdsNow(want: BodyWant, peer: string): void {
    want.holders = [peer, ...want.holders.filter((held) => held !== peer)].slice(0, HOLDERS_MAX);
    want.asked = want.asked.filter((asked) => asked !== peer);
    want.tried = want.tried.filter((tried) => tried !== peer);
  }

  /** Every want of this body. */
  ofBody(hash: string): BodyWant[] {
    const found: BodyWant[] = [];
    for (let want = this.#byHash.get(hash); want !== undefined; want = want.sameBody) found.push(want);
    return found;
  }

  /** Ends a want: its body is held, or its record is removed. */
  remove(want: BodyWant): void {
    if (!this.#wants.delete(want.recordId)) return;
    this.#leave(want);
    this.#counts[want.place]--;
    this.#setLate(want, false);
    this.available(want);
    const { hash } = want.body;
    const first = this.#byHash.get(hash);
    if (first === want) {
      if (want.sameBody === undefined) this.#byHash.delete(hash);
      else this.#byHash.set(hash, want.sameBody);
      return;
    }
    for (let held = first; held !== undefined; held = held.sameBody) {
      if (held.sameBody === want) held.sameBody = want.sameBody;
    }
  }

  /** Queues a want. `first`: before the others of its author. */
  enqueue(want: BodyWant, first: boolean): void {
    this.#move(want, "queued");
    this.#queue.add(want, first);
  }

  /** Takes the next want from the queue. The caller requests it, queues it again or postpones it. */
  take(): BodyWant | undefined {
    return this.#queue.take();
  }

  putOff(want: BodyWant, place: "resting" | "withheld", dueMs: number): void {
    this.#move(want, place);
    want.due = dueMs;
    this.#later.add(want);
  }

  asking(want: BodyWant): void {
    this.#move(want, "asked");
  }

  discard(want: BodyWant): void {
    this.#move(want, "invalid");
  }

  /** The earliest postponed want, if it is due; it stays until it is queued or postponed again. */
  due(nowMs: number): BodyWant | undefined {
    const want = this.#later.first();
    return want === undefined || want.due > nowMs ? undefined : want;
  }

  /** Whether another body of this author is unavailable. */
  hasUnavailable(author: string): boolean {
    return this.#unavailable.has(author);
  }

  markUnavailable(want: BodyWant): void {
    if (want.unavailable) return;
    want.unavailable = true;
    this.#setLate(want, false);
    this.#unavailableCount++;
    this.#unavailable.set(want.owner, (this.#unavailable.get(want.owner) ?? 0) + 1);
  }

  /** A round has ended without the body. */
  markLate(want: BodyWant): void {
    this.#setLate(want, !want.unavailable);
  }

  available(want: BodyWant): void {
    if (!want.unavailable) return;
    want.unavailable = false;
    this.#unavailableCount--;
    const left = (this.#unavailable.get(want.owner) ?? 1) - 1;
    if (left > 0) this.#unavailable.set(want.owner, left);
    else this.#unavailable.delete(want.owner);
  }

  #leave(want: BodyWant): void {
    this.#queue.remove(want);
    this.#later.remove(want);
  }

  #move(want: BodyWant, place: BodyPlace): void {
    this.#leave(want);
    this.#counts[want.place]--;
    this.#counts[place]++;
    want.place = place;
    if (place !== "withheld" && place !== "invalid") return;
    this.#setLate(want, false);
    this.available(want);
  }

  #setLate(want: BodyWant, late: boolean): void {
    if (want.late === late) return;
    want.late = late;
    this.#lateCount += late ? 1 : -1;
  }
}

/** What the body must repeat of its record. */
export function subjectOf({ kind, task, submissionId }: AnnouncedBody): BodySubject {
  if (kind === "task") return { kind, taskType: task.taskType };
  return kind === "submission" ? { kind, task } : { kind, submissionId: submissionId ?? "" };
}
