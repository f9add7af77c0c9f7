import type { ReasonCode } from "../../protocol/errors.js";
import type { TaskRef } from "../../protocol/records.js";
import { recordStrand, taskOf } from "../../protocol/strand.js";
import type { SyncResponse } from "../../protocol/sync-messages.js";
import type { Context } from "../context.js";
import type { Peers } from "../peers/index.js";
import { type BodyBook, bodyKindOf, bodyOf, type TaskRecord } from "../set/index.js";
import { type BodyEnd, BodyExchange } from "./body-exchange.js";
import { BodyPeers } from "./body-peers.js";
import { type BodyAccess, lookAgainMs } from "./body-rights.js";
import { BodyRounds } from "./body-rounds.js";
import { type BodyCounts, type BodyWant, BodyWants } from "./body-wants.js";

/** Wait of a body without room, or whose peers may not be asked yet: the room changes within minutes. */
const LATER_MS = 60_000;
/** Rounds of "not yet" before the deadline; after them the next round starts at the deadline. */
const ASKED_EARLY_MAX = 5;
/** Wants that start within this time are requested together, so that a step with a thousand records costs one turn. */
const GATHER_MS = 5;
/**
 * Bodies examined in one turn: twice those in flight, so that the cost of a turn does not grow with the missing bodies.
 */
const LOOKS_PER_TURN = 16;
/** Bodies that become due in one turn: a wake takes about 5 us, and a turn at most 2 ms. More turns follow. */
const WAKES_PER_TURN = 256;

export interface BodyFetchPorts {
  readonly context: Context;
  readonly peers: Peers;
  readonly book: BodyBook;
  ranked(task: TaskRef): readonly string[];
  /** Deadline of the record's task in ms; undefined while its announcement is not held. */
  deadlineMs(taskId: string): number | undefined;
  /** When and how this node may ask for the body of a record. */
  access(record: TaskRecord): BodyAccess;
  closed(peer: string, requestId: string): void;
  helpful(peer: string): void;
  /** Counts the fault and lowers the score of the peer. */
  fault(peer: string, code: ReasonCode): void;
}

/**
 * Decides which body is requested from which peer, and when. {@link BodyWants} holds the bodies that members announce
 * and the book lacks. No body is given up while its record is a member.
 */
export class BodyFetch {
  readonly wants: BodyWants;
  readonly #ports: BodyFetchPorts;
  readonly #rounds: BodyRounds;
  readonly #bodyPeers: BodyPeers;
  readonly #exchange: BodyExchange;
  /** For each peer that has just connected: an iterator over the wants, to request resting bodies from it. */
  readonly #arrivals = new Map<string, IterableIterator<BodyWant>>();
  #freshDueMs: number | undefined;

  constructor(ports: BodyFetchPorts) {
    const { context, peers } = ports;
    this.#ports = ports;
    this.wants = new BodyWants(context.limits.missing_bodies);
    this.#rounds = new BodyRounds(context, this.wants);
    this.#bodyPeers = new BodyPeers(context, peers, (peer) => this.#exchange.has(peer));
    this.#exchange = new BodyExchange({
      context,
      peers,
      bodyPeers: this.#bodyPeers,
      closed: ports.closed,
      fault: ports.fault,
      ended: (want, end) => this.#ended(want, end),
    });
  }

  get inFlight(): number {
    return this.#exchange.open;
  }

  get bytesInFlight(): number {
    return this.#exchange.bytes;
  }

  /** Number of peers that lacked requested bodies. */
  get refusers(): number {
    return this.#bodyPeers.refusers;
  }

  counts(): BodyCounts {
    return this.wants.counts();
  }

  /** When {@link tick} must run before the regular tick; undefined: the regular tick is early enough. */
  get nextDueMs(): number | undefined {
    return this.#freshDueMs;
  }

  /** Adds a member: its body is wanted unless it is held. */
  expect(record: TaskRecord, holder: string | undefined): void {
    const { context, book } = this.#ports;
    const body = bodyOf(record);
    const kind = bodyKindOf(record);
    if (body === undefined || kind === undefined) return;
    const task = taskOf(record.payload, record.id, record.timestampSeconds);
    if (book.claim({ hash: body.hash, taskId: task.taskId, kind }) !== "absent") return;
    const known = this.wants.get(record.id);
    const want = known ?? this.wants.add(record, task, body, context.nowMs);
    if (want === undefined) {
      context.out.count("dropped", "missing_bodies");
      return;
    }
    if (holder !== undefined) this.#rounds.named(want, holder);
    if (known !== undefined) return;
    const access = this.#ports.access(record);
    if (access.kind === "open" || access.kind === "proof") this.#freshDueMs ??= context.nowMs + GATHER_MS;
    else this.#withhold(want, access);
  }

  /** The task of a withheld body arrived: requests the body now if this node may have it. */
  reconsider(recordId: string): void {
    const want = this.wants.get(recordId);
    if (want?.place !== "withheld") return;
    this.#reassess(want);
    this.#freshDueMs ??= this.#ports.context.nowMs + GATHER_MS;
  }

  /** A peer sent a known record: the peer may hold its body. */
  addHolder(recordId: string, peer: string): void {
    const want = this.wants.get(recordId);
    if (want !== undefined) this.#rounds.named(want, peer);
  }

  /** Whether this node lacks the body and requests it itself: a peer that asks for it gets "not yet". */
  isWaited(hash: string): boolean {
    return this.wants.ofBody(hash).some(({ place, unavailable }) => place !== "invalid" && !unavailable);
  }

  /** The body is on the disk: ends the waits of all records that announce it. */
  held(hash: string): void {
    for (const want of this.wants.ofBody(hash)) {
      const kind = bodyKindOf(want.record);
      const { taskId } = want.task;
      if (kind !== undefined) this.#ports.book.claim({ hash, taskId, kind });
      if (want.active !== undefined) this.#exchange.leave(want.active.peer);
      this.wants.remove(want);
    }
  }

  /** The record is no longer a member. */
  forget(recordId: string): void {
    const want = this.wants.get(recordId);
    if (want === undefined) return;
    if (want.active !== undefined) this.#exchange.leave(want.active.peer);
    this.wants.remove(want);
  }

  /** Requests resting bodies from a new or returned peer, outside the rounds. */
  peerArrived(peer: string): void {
    if (this.wants.size > 0) this.#arrivals.set(peer, this.wants.all());
  }

  tick(): void {
    this.#freshDueMs = undefined;
    this.#exchange.expire();
    this.#wake();
    this.#askQueued();
    for (const [peer, left] of this.#arrivals) this.#askArrived(peer, left);
  }

  #hasRoom(): boolean {
    return this.#exchange.open < this.#ports.context.limits.bodies_in_flight;
  }

  #wake(): void {
    for (let i = 0; i < WAKES_PER_TURN; i++) {
      const want = this.wants.due(this.#ports.context.nowMs);
      if (want === undefined) return;
      this.#reassess(want);
    }
    this.#freshDueMs = this.#ports.context.nowMs + GATHER_MS;
  }

  /** Queues resting bodies, and withheld ones that this node may have now. */
  #reassess(want: BodyWant): void {
    const right: BodyAccess = want.place === "withheld" ? this.#ports.access(want.record) : { kind: "open" };
    if (right.kind === "open" || right.kind === "proof") this.wants.enqueue(want, false);
    else this.#withhold(want, right);
  }

  #askQueued(): void {
    let free = this.#bodyPeers.countFree();
    for (let looks = 0; looks < LOOKS_PER_TURN && free > 0 && this.#hasRoom(); looks++) {
      const want = this.wants.take();
      if (want === undefined) return;
      if (this.#look(want)) free--;
    }
  }

  /** Requests the body, or queues it again, or postpones it. True when a request was sent. */
  #look(want: BodyWant): boolean {
    const { context, book, ranked } = this.#ports;
    if (book.full) {
      context.out.count("dropped", "held_bodies");
      this.#rounds.postpone(want, "resting", context.nowMs + LATER_MS);
      return false;
    }
    const access = this.#ports.access(want.record);
    if (access.kind !== "open" && access.kind !== "proof") {
      this.#withhold(want, access);
      return false;
    }
    const bodyPeers = this.#bodyPeers;
    const others = ranked(want.task);
    const isFirst = (peer: string): boolean => want.holders.includes(peer) && !want.asked.includes(peer);
    const mayAsk = (peer: string): boolean => bodyPeers.isHere(peer) && (isFirst(peer) || !bodyPeers.isSlowed(peer));
    const peer = this.#rounds.candidate(want, others, (id) => mayAsk(id) && bodyPeers.isFree(id));
    if (peer !== undefined && this.#ask(want, peer, access, false)) return true;
    if (peer !== undefined || this.#rounds.candidate(want, others, mayAsk) !== undefined)
      this.wants.enqueue(want, false);
    else this.wants.putOff(want, "resting", context.nowMs + context.jitter(LATER_MS));
    return false;
  }

  /** Requests further bodies from a peer that has just connected, from where the last turn stopped. */
  #askArrived(peer: string, left: IterableIterator<BodyWant>): void {
    const { context, peers, access } = this.#ports;
    const interests = peers.get(peer)?.facts.interests;
    for (let looks = 0; looks < LOOKS_PER_TURN; looks++) {
      if (!this.#hasRoom() || !this.#bodyPeers.isFree(peer) || this.#bodyPeers.isSlowed(peer)) return;
      const { value: want, done } = left.next();
      if (done === true || interests === undefined) {
        this.#arrivals.delete(peer);
        return;
      }
      const strand = recordStrand(want.task, context.identity.rules.shards);
      if (want.place !== "resting" || !interests.includes(strand)) continue;
      const right = access(want.record);
      if (right.kind === "open" || right.kind === "proof") this.#ask(want, peer, right, true);
    }
  }

  #withhold(want: BodyWant, access: Extract<BodyAccess, { kind: "not_before" | "task_unknown" }>): void {
    this.#rounds.postpone(want, "withheld", lookAgainMs(this.#ports.context, access));
  }

  /** False: the bytes in flight leave no room now. */
  #ask(want: BodyWant, peer: string, access: BodyAccess, extra: boolean): boolean {
    const { context, peers } = this.#ports;
    const { body } = want;
    if (this.#exchange.bytes + body.length > context.limits.body_bytes_in_flight) return false;
    const requestId = context.requestId();
    this.#rounds.begin(want, peer, requestId, peers.timeoutMs(peer), extra);
    this.#exchange.start(want, peer, requestId);
    const request = { kind: "body" as const, requestId, hash: body.hash, task: want.task };
    const proof = access.kind === "proof" ? { proofAuthor: access.author } : {};
    context.out.emit({ kind: "send_request", peer, request, ...proof });
    return true;
  }

  /** Takes a chunk. False: out of order, too long or not as announced. Undefined: of another request. */
  chunk(peer: string, requestId: string, offset: number, bytes: Uint8Array): boolean | undefined {
    return this.#exchange.chunk(peer, requestId, offset, bytes);
  }

  /** True when the response belongs to a body request. */
  responded(peer: string, response: SyncResponse): boolean {
    return this.#exchange.responded(peer, response);
  }

  peerGone(peer: string): void {
    this.#exchange.peerGone(peer);
    this.#arrivals.delete(peer);
    this.#bodyPeers.gone(peer);
  }

  #ended(want: BodyWant, end: BodyEnd): void {
    const { context, book, helpful } = this.#ports;
    const { record, body } = want;
    switch (end.kind) {
      case "came": {
        helpful(end.peer);
        this.#bodyPeers.helped(end.peer);
        const kind = bodyKindOf(record);
        const { taskId } = want.task;
        if (kind === undefined || !book.add({ hash: body.hash, taskId, kind })) {
          context.out.count("dropped", "held_bodies");
          this.#rounds.postpone(want, "resting", context.nowMs + LATER_MS);
          return;
        }
        context.out.write({ kind: "put_body", hash: body.hash, taskId, bytes: end.bytes });
        context.out.count("bodies_in", "stored");
        this.held(body.hash);
        return;
      }
      case "invalid":
        if (end.served) helpful(end.peer);
        context.out.count("bodies_in", end.code);
        want.active = undefined;
        this.wants.discard(want);
        return;
      case "failed":
        context.out.count("bodies_in", end.code);
        this.#failed(want, end);
    }
  }

  #failed(want: BodyWant, { peer, status }: Extract<BodyEnd, { kind: "failed" }>): void {
    const { context, ranked, deadlineMs } = this.#ports;
    if (status === "unknown" || status === "not_yet") this.#bodyPeers.missed(peer);
    if (status === "not_yet") {
      // The peer lacks the body too, or withholds it until the deadline.
      const { payload } = want.record;
      const endMs = payload.kind === "submission" ? deadlineMs(payload.task.taskId) : undefined;
      if (endMs !== undefined && context.clockMs <= endMs && want.promises >= ASKED_EARLY_MAX) {
        this.#withhold(want, { kind: "not_before", deadlineMs: endMs });
        return;
      }
    }
    this.#rounds.answered(want, status);
    this.#rounds.failed(want, ranked(want.task), (id) => this.#bodyPeers.isHere(id));
  }
}
