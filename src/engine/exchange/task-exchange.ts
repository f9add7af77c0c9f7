import type { ReasonCode } from "../../protocol/errors.js";
import type { TaskRef } from "../../protocol/records.js";
import {
  type SyncResponse,
  WANT_FRAUD_ANALYSIS,
  WANT_STATE,
  WANT_SUBMISSIONS,
  WANT_VALIDATIONS,
} from "../../protocol/sync-messages.js";
import type { Context } from "../context.js";
import type { Candidate } from "../intake/index.js";
import { answerLabel } from "../metrics.js";
import type { Peers } from "../peers/index.js";
import { type PendingSync, SyncState } from "./sync-state.js";

/** Everything of the specification's `requested_data`. */
const EVERYTHING = WANT_STATE | WANT_SUBMISSIONS | WANT_VALIDATIONS | WANT_FRAUD_ANALYSIS;

/** The reason code of a response that is not `ok`. */
export function failureOf(response: SyncResponse): ReasonCode {
  switch (response.status) {
    case "busy":
      return "peer_busy";
    case "refused":
    case "not_yet":
      return "request_refused";
    case "ok":
    case "unknown":
      return "not_found";
  }
}

export interface TaskExchangePorts {
  readonly context: Context;
  readonly peers: Peers;
  /** Connected peers, best first, that hold the strand of a task. */
  ranked(task: TaskRef): readonly string[];
  isAnnounced(taskId: string): boolean;
  /** The request ended; its late frames are no fault. */
  closed(peer: string, requestId: string): void;
  helpful(peer: string): void;
}

interface Running {
  readonly entry: PendingSync<TaskRef>;
  readonly peer: string;
  readonly requestId: string;
  inVerification: number;
  response: SyncResponse | undefined;
}

/** Kind 0: requests tasks that records name and this node lacks, from one peer after the other. */
export class TaskExchange {
  readonly state: SyncState<TaskRef>;
  readonly #ports: TaskExchangePorts;
  /** By peer: one exchange of the kind each. */
  readonly #running = new Map<string, Running>();

  constructor(ports: TaskExchangePorts) {
    const { limits } = ports.context;
    this.#ports = ports;
    this.state = new SyncState(limits.pending_tasks, limits.given_up, (value) => ports.context.jitter(value));
  }

  get open(): number {
    return this.#running.size;
  }

  /** Waits for a task that a record of `author` names, or that a local program asked for (no author). */
  want(task: TaskRef, author: string, holder: string | undefined): void {
    const { context } = this.#ports;
    const complete = this.state.add(task.taskId, task, author, holder, context.nowMs);
    if (!complete) context.out.count("dropped", "pending_tasks");
  }

  /** The announcement of the task arrived, from any source. */
  announced(taskId: string): void {
    if (this.state.get(taskId)?.active === undefined) this.state.done(taskId);
  }

  tick(): void {
    const { context, peers } = this.#ports;
    for (const entry of this.state.overdue(context.nowMs)) this.#fail(entry, "request_timeout");
    let free = this.#freePeers();
    for (const entry of this.state.due(context.nowMs)) {
      if (free === 0) return;
      const peer = this.state.candidate(
        entry,
        this.#ports.ranked(entry.subject),
        (id) => this.#free(id),
        context.nowMs,
      );
      if (peer === undefined) continue;
      const requestId = context.requestId();
      this.state.start(entry, peer, requestId, context.nowMs, peers.timeoutMs(peer));
      free--;
      this.#running.set(peer, { entry, peer, requestId, inVerification: 0, response: undefined });
      const request = { kind: "task" as const, requestId, task: entry.subject, flags: EVERYTHING };
      context.out.emit({ kind: "send_request", peer, request });
    }
  }

  #freePeers(): number {
    let free = 0;
    for (const { facts } of this.#ports.peers.all()) if (this.#free(facts.peer)) free++;
    return free;
  }

  #free(peer: string): boolean {
    return this.#ports.peers.get(peer) !== undefined && !this.#running.has(peer);
  }

  /** Whether a running request asked for the record. Undefined: no request of this kind. */
  wanted(peer: string, requestId: string, candidate: Candidate): boolean | undefined {
    const running = this.#find(peer, requestId);
    if (running === undefined) return undefined;
    const { taskId } = running.entry.subject;
    switch (candidate.kind) {
      case "member":
        return candidate.entry.taskId === taskId;
      case "vote":
        return candidate.vote.task.taskId === taskId;
      case "certificate":
        return candidate.certificate.task.taskId === taskId;
      case "alert":
        return true;
      case "control":
        return false;
    }
  }

  inVerification(peer: string, requestId: string, step: 1 | -1): void {
    const running = this.#find(peer, requestId);
    if (running === undefined) return;
    running.inVerification += step;
    const { context, peers } = this.#ports;
    this.state.progressed(running.entry, context.nowMs, peers.timeoutMs(peer));
    this.#maybeEnd(running);
  }

  /** True when the response belongs to a task request. */
  responded(peer: string, response: SyncResponse): boolean {
    const running = this.#find(peer, response.requestId);
    if (running === undefined || running.response !== undefined) return false;
    running.response = response;
    this.#maybeEnd(running);
    return true;
  }

  peerGone(peer: string): void {
    const running = this.#running.get(peer);
    if (running !== undefined) this.#fail(running.entry, "peer_gone");
  }

  #find(peer: string, requestId: string): Running | undefined {
    const running = this.#running.get(peer);
    return running?.requestId === requestId ? running : undefined;
  }

  #maybeEnd(running: Running): void {
    const { entry, response, peer } = running;
    if (response === undefined || running.inVerification > 0) return;
    const { context, peers } = this.#ports;
    if (entry.active !== undefined) {
      const tookMs = context.nowMs - entry.active.startedMs;
      peers.answered(peer, tookMs);
      context.out.count("requests_answered", answerLabel("task", tookMs));
    }
    if (response.status !== "ok" || !this.#ports.isAnnounced(entry.key)) {
      this.#fail(entry, failureOf(response));
      return;
    }
    this.#close(running);
    this.state.done(entry.key);
    this.#ports.helpful(peer);
  }

  #close({ peer, requestId }: Running): void {
    this.#running.delete(peer);
    this.#ports.closed(peer, requestId);
  }

  #fail(entry: PendingSync<TaskRef>, code: ReasonCode): void {
    const { context } = this.#ports;
    const running = entry.active === undefined ? undefined : this.#running.get(entry.active.peer);
    if (running !== undefined) this.#close(running);
    const others = this.#ports.ranked(entry.subject);
    const isHere = (id: string): boolean => this.#ports.peers.get(id) !== undefined;
    const more = this.state.candidate(entry, others, isHere, context.nowMs) !== undefined;
    this.state.failed(entry, code, context.nowMs, more);
  }
}
