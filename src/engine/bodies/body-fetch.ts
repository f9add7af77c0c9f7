import type { BodyPart, LackingStatus } from "../../protocol/body-parts.js";
import type { BodyRef, TaskRef } from "../../protocol/records.js";
import { taskOf } from "../../protocol/strand.js";
import type { SyncResponse } from "../../protocol/sync-messages.js";
import { bodyKindOf, bodyOf, type HeldBody, type TaskRecord } from "../set/index.js";
import { BodyAsks, LATER_MS } from "./body-asks.js";
import type { BodyEnd } from "./body-end.js";
import { BodyExchange } from "./body-exchange.js";
import { BodyNews } from "./body-news.js";
import { BodyPeers } from "./body-peers.js";
import type { BodyFetchPorts } from "./body-ports.js";
import type { BodyAccess } from "./body-rights.js";
import { BodyRounds } from "./body-rounds.js";
import { type AnnouncedBody, type BodyCounts, type BodyWant, BodyWants } from "./body-wants.js";
import { BundleExchange } from "./bundle-exchange.js";

/** Rounds of "not yet" before the deadline; after them the next round starts at the deadline. */
const ASKED_EARLY_MAX = 5;
/** Wants that start within this time are requested together, so that a step with a thousand records costs one turn. */
const GATHER_MS = 5;
/** Age of a record whose body is requested before those of older records. */
const NEW_SECONDS = 60;
/** Bodies that become due in one turn: a wake takes about 5 us, and a turn at most 2 ms. More turns follow. */
const WAKES_PER_TURN = 256;

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
  readonly #bundles: BundleExchange;
  readonly #asks: BodyAsks;
  readonly #news: BodyNews;
  #freshDueMs: number | undefined;

  constructor(ports: BodyFetchPorts) {
    const { context, peers } = ports;
    this.#ports = ports;
    this.wants = new BodyWants(context.limits.missing_bodies);
    this.#rounds = new BodyRounds(context, this.wants);
    this.#news = new BodyNews(context);
    this.#bodyPeers = new BodyPeers(context, peers, (peer) =>
      this.#bundles.speaks(peer) ? !this.#bundles.mayAdd(peer, 0) : this.#exchange.has(peer),
    );
    const shared = {
      context,
      peers,
      closed: ports.closed,
      fault: ports.fault,
      ended: (want: BodyWant, end: BodyEnd): void => this.#ended(want, end),
    };
    this.#exchange = new BodyExchange({ ...shared, bodyPeers: this.#bodyPeers });
    this.#bundles = new BundleExchange(shared);
    this.#asks = new BodyAsks({
      ports,
      wants: this.wants,
      rounds: this.#rounds,
      bodyPeers: this.#bodyPeers,
      exchange: this.#exchange,
      bundles: this.#bundles,
    });
  }

  get inFlight(): number {
    return this.#exchange.open + this.#bundles.open;
  }

  get bytesInFlight(): number {
    return this.#exchange.bytes + this.#bundles.bytes;
  }

  /** Most bodies of which one peer gets news. */
  get promisedNews(): number {
    return this.#news.size;
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
    // A body of a record of the last minute comes before the others of its author, which a catch-up lists newest first.
    const isNew = context.nowSeconds - record.timestampSeconds < NEW_SECONDS;
    const want = known ?? this.wants.add(announced(record, kind, task, body), { first: isNew, nowMs: context.nowMs });
    if (want === undefined) {
      context.out.count("dropped", "missing_bodies");
      return;
    }
    if (holder !== undefined) this.#rounds.named(want, holder);
    if (known !== undefined) return;
    const access = this.#ports.access(kind, task.taskId);
    if (access.kind === "open" || access.kind === "proof") this.#freshDueMs ??= context.nowMs + GATHER_MS;
    else this.#asks.withhold(want, access);
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

  /** The answer to a peer that asks for a body that this node lacks. */
  lacking(peer: string, hash: string): LackingStatus {
    if (!this.isWaited(hash)) return "unknown";
    return this.#news.promise(peer, hash) ? "awaited" : "not_yet";
  }

  /** The answers to a peer's request for these bodies are sent; not `ok`: only some of them. */
  answered(peer: string, ok: boolean, hashes: readonly string[]): void {
    this.#news.answered(peer, ok, hashes);
    this.#sendNews();
  }

  /** The body is on the disk: ends the waits of all records that announce it. */
  held(hash: string): void {
    this.#news.held(hash);
    this.#sendNews();
    for (const want of this.wants.ofBody(hash)) {
      const { kind, task } = want;
      this.#ports.book.claim({ hash, taskId: task.taskId, kind });
      this.#leave(want);
      this.wants.remove(want);
    }
  }

  /** The record is no longer a member. */
  forget(recordId: string): void {
    const want = this.wants.get(recordId);
    if (want === undefined) return;
    this.#leave(want);
    this.wants.remove(want);
    if (this.wants.ofBody(want.body.hash).length === 0) this.#news.forget(want.body.hash);
  }

  /** Requests resting bodies from a new or returned peer, outside the rounds. */
  peerArrived(peer: string): void {
    this.#asks.peerArrived(peer);
  }

  tick(): void {
    this.#freshDueMs = undefined;
    this.#news.send();
    this.#exchange.expire();
    this.#bundles.expire();
    const moreDue = this.#wake();
    const moreAsked = this.#asks.turn();
    if (moreDue || moreAsked) this.#freshDueMs = this.#ports.context.nowMs + GATHER_MS;
  }

  /** True when more may be due. */
  #wake(): boolean {
    for (let i = 0; i < WAKES_PER_TURN; i++) {
      const want = this.wants.due(this.#ports.context.nowMs);
      if (want === undefined) return false;
      this.#reassess(want);
    }
    return true;
  }

  #sendNews(): void {
    if (this.#news.isDue) this.#freshDueMs ??= this.#ports.context.nowMs + GATHER_MS;
  }

  #leave(want: BodyWant): void {
    if (want.active !== undefined && !this.#bundles.leave(want)) this.#exchange.leave(want);
  }

  /** Queues resting bodies, and withheld ones that this node may have now. */
  #reassess(want: BodyWant): void {
    const right: BodyAccess =
      want.place === "withheld" ? this.#ports.access(want.kind, want.task.taskId) : { kind: "open" };
    if (right.kind === "open" || right.kind === "proof") this.wants.enqueue(want, false);
    else this.#asks.withhold(want, right);
  }

  /** Takes a chunk. False: out of order, too long or not as announced. Undefined: of another request. */
  chunk(peer: string, requestId: string, offset: number, bytes: Uint8Array): boolean | undefined {
    return this.#exchange.chunk(peer, requestId, offset, bytes);
  }

  /** Takes answers of a request for many bodies; as {@link chunk}. */
  parts(peer: string, requestId: string, parts: readonly BodyPart[]): boolean | undefined {
    // Also of a request that has ended: the peer sends news of these bodies all the same.
    this.#news.owes(peer, parts.filter(({ status }) => status === "awaited").length);
    const taken = this.#bundles.parts(peer, requestId, parts);
    // The next request leaves while the rest of this answer is on its way.
    if (taken === true && this.#bodyPeers.isFree(peer)) this.tick();
    return taken;
  }

  /** Takes news of bodies that the peer holds now. False: it promised no news of so many. */
  news(peer: string, hashes: readonly string[]): boolean {
    if (!this.#news.came(peer, hashes.length)) return false;
    for (const hash of hashes) for (const want of this.wants.ofBody(hash)) this.#rounds.came(want, peer);
    this.tick();
    return true;
  }

  /** True when the response belongs to a body request. */
  responded(peer: string, response: SyncResponse): boolean {
    return this.#bundles.responded(peer, response) || this.#exchange.responded(peer, response);
  }

  peerGone(peer: string): void {
    this.#asks.peerGone(peer);
    this.#exchange.peerGone(peer);
    this.#bundles.peerGone(peer);
    this.#bodyPeers.gone(peer);
    this.#news.peerGone(peer);
  }

  #ended(want: BodyWant, end: BodyEnd): void {
    const { context, book, helpful } = this.#ports;
    const { kind, task, body } = want;
    switch (end.kind) {
      case "came": {
        helpful(end.peer);
        this.#bodyPeers.helped(end.peer);
        const { taskId } = task;
        if (!book.add({ hash: body.hash, taskId, kind })) {
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

  #failed(want: BodyWant, { peer, code, status }: Extract<BodyEnd, { kind: "failed" }>): void {
    const { context, ranked, deadlineMs } = this.#ports;
    if (status === "unknown" || status === "not_yet" || status === "awaited") this.#bodyPeers.missed(peer);
    if (status === "not_yet") {
      // The peer lacks the body too, or withholds it until the deadline.
      const endMs = want.kind === "submission" ? deadlineMs(want.task.taskId) : undefined;
      if (endMs !== undefined && context.clockMs <= endMs && want.promises >= ASKED_EARLY_MAX) {
        this.#asks.withhold(want, { kind: "not_before", deadlineMs: endMs });
        return;
      }
    }
    this.#rounds.answered(want, code === "request_timeout" ? "late" : status);
    this.#rounds.failed(want, ranked(want.task), (id) => this.#bodyPeers.isHere(id));
  }
}

function announced(record: TaskRecord, kind: HeldBody["kind"], task: TaskRef, body: BodyRef): AnnouncedBody {
  const { id: recordId, author: owner, payload } = record;
  const submissionId = payload.kind === "validation" ? payload.submissionId : undefined;
  return { recordId, owner, kind, submissionId, task, body };
}
