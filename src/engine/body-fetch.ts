import { bodyHashStream, checkBody } from "../protocol/bodies.js";
import { toHex } from "../protocol/bytes.js";
import type { ReasonCode } from "../protocol/errors.js";
import { FRAME_CHUNK_BYTES } from "../protocol/frames.js";
import type { Blake3Stream } from "../protocol/hash.js";
import type { TaskRef } from "../protocol/records.js";
import { taskOf } from "../protocol/strand.js";
import type { SyncResponse } from "../protocol/sync-messages.js";
import { type BodyBook, bodyKindOf, bodyOf } from "./body-book.js";
import type { Context } from "./context.js";
import type { Peers } from "./peers.js";
import { type PendingSync, SyncState } from "./sync-state.js";
import { failureOf } from "./task-exchange.js";
import type { TaskRecord } from "./views.js";

/** A body is asked for again so long after the deadline that clocks a little apart agree that it is over. */
const AFTER_DEADLINE_MS = 5000;
/** How long a submission's body waits for its task's announcement between two looks. */
const TASK_WAIT_MS = 30_000;

/** Rounds of "not yet" before the deadline; then it is due again at the deadline. */
const ASKED_EARLY_MAX = 5;

/** When and how a body may be asked for. */
export type BodyAccess =
  | { readonly kind: "open" }
  /** Before the deadline, with the proof of one of this node's authors. */
  | { readonly kind: "proof"; readonly author: string }
  /** By the machine's clock. */
  | { readonly kind: "not_before"; readonly atMs: number }
  /** The task is not known yet: the wait goes on. */
  | { readonly kind: "task_unknown" };

export interface BodyFetchPorts {
  readonly context: Context;
  readonly peers: Peers;
  readonly book: BodyBook;
  ranked(task: TaskRef): readonly string[];
  /** Deadline of the record's task in ms; undefined while its announcement is not held. */
  deadlineMs(taskId: string): number | undefined;
  /** An author of this node that may see the submission before the deadline. */
  proofAuthor(taskId: string): string | undefined;
  closed(peer: string, requestId: string): void;
  helpful(peer: string): void;
  /** Counted, and held against the peer. */
  fault(peer: string, code: ReasonCode): void;
}

interface Running {
  readonly entry: PendingSync<TaskRecord>;
  readonly peer: string;
  readonly requestId: string;
  readonly buffer: Uint8Array;
  /** Of the chunks so far: a body is hashed while it comes, never whole in one step. */
  readonly hash: Blake3Stream;
  received: number;
}

/** A peer whose type 4 is still to come, after a body that needs it no more; until then it may call a new request busy. */
interface Closing {
  readonly requestId: string;
  readonly untilMs: number;
}

/** How long such a peer is left alone. */
const CLOSING_MS = 5000;

/** Kind 1: bodies of records that are members, fetched in order of chunks, checked whole, stored or asked elsewhere. */
export class BodyFetch {
  readonly state: SyncState<TaskRecord>;
  readonly #ports: BodyFetchPorts;
  /** By peer: one exchange of the kind each. */
  readonly #running = new Map<string, Running>();
  /** By peer; at most as many as are connected. */
  readonly #closing = new Map<string, Closing>();
  #bytes = 0;

  constructor(ports: BodyFetchPorts) {
    const { limits } = ports.context;
    this.#ports = ports;
    this.state = new SyncState(limits.pending_bodies, limits.given_up, (value) => ports.context.jitter(value));
  }

  get inFlight(): number {
    return this.#running.size;
  }

  get bytesInFlight(): number {
    return this.#bytes;
  }

  /** A record is a member: its body is wanted unless it is here. */
  expect(record: TaskRecord, holder: string | undefined): void {
    const { context, book } = this.#ports;
    const body = bodyOf(record);
    if (body === undefined || book.get(body.hash) !== undefined) return;
    if (book.full) {
      context.out.count("dropped", "held_bodies");
      return;
    }
    const complete = this.state.add(record.id, record, record.author, holder, context.nowMs);
    if (!complete) context.out.count("dropped", "pending_bodies");
  }

  /** Whether this node waits for the body itself. */
  isWaited(recordId: string): boolean {
    return this.state.has(recordId);
  }

  /** The record has left, or its body is here by another way. */
  forget(recordId: string): void {
    const entry = this.state.get(recordId);
    if (entry?.active !== undefined) this.#leave(entry.active.peer);
    this.state.done(recordId);
  }

  tick(): void {
    const { context, peers } = this.#ports;
    for (const entry of this.state.overdue(context.nowMs)) this.#fail(entry, "request_timeout");
    let free = this.#freePeers();
    for (const entry of this.state.due(context.nowMs)) {
      if (free === 0 || this.#running.size >= context.limits.bodies_in_flight) return;
      const body = bodyOf(entry.subject);
      if (body === undefined) continue;
      if (this.#ports.book.get(body.hash) !== undefined) {
        // It came with another record that announces the same.
        this.state.done(entry.key);
        continue;
      }
      if (this.#bytes + body.length > context.limits.body_bytes_in_flight) continue;
      const access = this.#access(entry.subject);
      if (access.kind === "task_unknown") {
        entry.dueMs = context.nowMs + TASK_WAIT_MS;
        continue;
      }
      if (access.kind === "not_before") {
        this.state.postpone(entry, context.fromWall(access.atMs));
        continue;
      }
      const task = taskOf(entry.subject.payload, entry.subject.id, entry.subject.timestampSeconds);
      const peer = this.state.candidate(entry, this.#ports.ranked(task), (id) => this.#free(id), context.nowMs);
      if (peer === undefined) continue;
      const requestId = context.requestId();
      this.state.start(entry, peer, requestId, context.nowMs, peers.timeoutMs(peer));
      const hash = bodyHashStream(context.blake3);
      const running: Running = { entry, peer, requestId, buffer: new Uint8Array(body.length), hash, received: 0 };
      this.#running.set(peer, running);
      free--;
      this.#bytes += body.length;
      const request = { kind: "body" as const, requestId, hash: body.hash, task };
      const proof = access.kind === "proof" ? { proofAuthor: access.author } : {};
      context.out.emit({ kind: "send_request", peer, request, ...proof });
    }
  }

  #freePeers(): number {
    let free = 0;
    for (const { facts } of this.#ports.peers.all()) if (this.#free(facts.peer)) free++;
    return free;
  }

  #free(peer: string): boolean {
    const closing = (this.#closing.get(peer)?.untilMs ?? 0) > this.#ports.context.nowMs;
    return this.#ports.peers.get(peer) !== undefined && !this.#running.has(peer) && !closing;
  }

  #access(record: TaskRecord): BodyAccess {
    const { payload } = record;
    if (payload.kind !== "submission") return { kind: "open" };
    const { clockMs } = this.#ports.context;
    const deadlineMs = this.#ports.deadlineMs(payload.task.taskId);
    if (deadlineMs === undefined) return { kind: "task_unknown" };
    if (clockMs > deadlineMs) return { kind: "open" };
    const author = this.#ports.proofAuthor(payload.task.taskId);
    return author === undefined
      ? { kind: "not_before", atMs: deadlineMs + AFTER_DEADLINE_MS }
      : { kind: "proof", author };
  }

  /** A chunk; false when it is out of order, too long or not what was announced, undefined for another request. */
  chunk(peer: string, requestId: string, offset: number, bytes: Uint8Array): boolean | undefined {
    const running = this.#running.get(peer);
    if (running?.requestId !== requestId) return undefined;
    const { entry, buffer } = running;
    if (bytes.length === 0 || offset !== running.received) {
      this.#fail(entry, "body_mismatch");
      return false;
    }
    if (offset + bytes.length > buffer.length) {
      // Longer than announced: the announcement may have lied about what the peer rightly holds under this hash. After a
      // full chunk there may be more to come, so that nobody can tell.
      running.hash.update(bytes);
      const rightful = bytes.length === FRAME_CHUNK_BYTES || isAsked(entry, running.hash.digest());
      this.#fail(entry, "body_mismatch");
      return rightful;
    }
    buffer.set(bytes, offset);
    running.hash.update(bytes);
    running.received += bytes.length;
    const { context, peers } = this.#ports;
    if (bytes.length === FRAME_CHUNK_BYTES) this.state.progressed(entry, context.nowMs, peers.timeoutMs(peer));
    return running.received < buffer.length ? true : this.#complete(running);
  }

  /** True when the response belongs here. */
  responded(peer: string, response: SyncResponse): boolean {
    if (this.#closing.get(peer)?.requestId === response.requestId) return this.#closing.delete(peer);
    const running = this.#running.get(peer);
    if (running?.requestId !== response.requestId) return false;
    const { entry } = running;
    const { context } = this.#ports;
    const { payload } = entry.subject;
    const deadlineMs = payload.kind === "submission" ? this.#ports.deadlineMs(payload.task.taskId) : undefined;
    if (response.status === "not_yet") {
      // It waits for the body itself, or it keeps it back: then the deadline decides.
      entry.promised = true;
      if (deadlineMs !== undefined && context.clockMs <= deadlineMs && entry.promises >= ASKED_EARLY_MAX) {
        this.#drop(peer);
        this.state.postpone(entry, context.fromWall(deadlineMs + AFTER_DEADLINE_MS));
        return true;
      }
    }
    if (response.status === "ok") {
      // Shorter than announced: where it is the body that was asked for, the announcement lied.
      if (isAsked(entry, running.hash.digest())) {
        this.#drop(peer);
        this.state.done(entry.key);
        context.out.count("bodies_in", "body_mismatch");
        return true;
      }
      this.#ports.fault(peer, "body_mismatch");
    }
    this.#fail(entry, failureOf(response));
    return true;
  }

  peerGone(peer: string): void {
    const running = this.#running.get(peer);
    if (running !== undefined) this.#fail(running.entry, "peer_gone");
    this.#closing.delete(peer);
  }

  #complete(running: Running): boolean {
    const { context, book, peers } = this.#ports;
    const record = running.entry.subject;
    const expected = bodyOf(record);
    const kind = bodyKindOf(record);
    if (expected === undefined || kind === undefined) return false;
    const hash = running.hash.digest();
    if (!isAsked(running.entry, hash)) {
      // Where a full chunk ends there may be more to come: then the announced length was too short.
      const mayGoOn = running.received % FRAME_CHUNK_BYTES === 0;
      this.#fail(running.entry, "body_mismatch");
      return mayGoOn;
    }
    const announcement = { author: record.author, payload: record.payload, body: expected };
    const checked = checkBody(announcement, running.buffer, hash);
    // The closing type 4 is still to come: it finds a request that has just ended.
    const { peer, entry } = running;
    if (entry.active !== undefined) peers.answered(peer, context.nowMs - entry.active.startedMs);
    this.#leave(peer);
    this.#ports.helpful(peer);
    this.state.done(record.id);
    if (!checked.ok) {
      // The bytes are the announced ones: it is the announcement's author who lied, not who served them.
      context.out.count("bodies_in", checked.code);
      return true;
    }
    const taskId = taskOf(record.payload, record.id, record.timestampSeconds).taskId;
    if (book.add({ hash: expected.hash, taskId, kind })) {
      context.out.write({ kind: "put_body", hash: expected.hash, taskId, bytes: running.buffer });
      context.out.count("bodies_in", "stored");
    }
    return true;
  }

  /** The exchange ends by itself: its type 4 is on its way. */
  #leave(peer: string): void {
    const running = this.#running.get(peer);
    if (running === undefined) return;
    const untilMs = this.#ports.context.nowMs + CLOSING_MS;
    this.#closing.set(peer, { requestId: running.requestId, untilMs });
    this.#drop(peer);
  }

  #drop(peer: string): void {
    const running = this.#running.get(peer);
    if (running === undefined) return;
    this.#running.delete(peer);
    this.#bytes -= running.buffer.length;
    running.hash.destroy();
    this.#ports.closed(peer, running.requestId);
  }

  #fail(entry: PendingSync<TaskRecord>, code: ReasonCode): void {
    const { context, peers } = this.#ports;
    if (entry.active !== undefined) this.#drop(entry.active.peer);
    context.out.count("bodies_in", code);
    const task = taskOf(entry.subject.payload, entry.subject.id, entry.subject.timestampSeconds);
    const isHere = (id: string): boolean => peers.get(id) !== undefined;
    const more = this.state.candidate(entry, this.#ports.ranked(task), isHere, context.nowMs) !== undefined;
    this.state.failed(entry, code, context.nowMs, more);
  }
}

/** Whether the hash is the announced one. */
function isAsked({ subject }: PendingSync<TaskRecord>, hash: Uint8Array): boolean {
  return toHex(hash) === bodyOf(subject)?.hash;
}
