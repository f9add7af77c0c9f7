import type { LackingStatus } from "../../protocol/body-parts.js";
import { packBundles } from "../../protocol/bundle.js";
import type { ReasonCode } from "../../protocol/errors.js";
import { FRAME_HEAD_BYTES, FRAME_MAX_BYTES } from "../../protocol/frames.js";
import {
  type SyncRequest,
  type SyncStatus,
  WANT_FRAUD_ANALYSIS,
  WANT_STATE,
  WANT_SUBMISSIONS,
  WANT_VALIDATIONS,
} from "../../protocol/sync-messages.js";
import type { KeptMessages } from "../alerts/index.js";
import type { BallotBox } from "../ballots/index.js";
import type { Context } from "../context.js";
import { TIMEOUT_MAX_MS } from "../peers/index.js";
import type { HeldBody } from "../set/index.js";
import type { BodyRight } from "./body-right.js";
import { BundleServing } from "./bundle-serving.js";

/** Bytes of alerts and votes in one answer: they are sent in one step and must fit into the peer's send queue. */
const KEPT_BYTES = 1024 * 1024;

type TaskRequest = Extract<SyncRequest, { kind: "task" }>;
export type BodyRequest = Extract<SyncRequest, { kind: "body" }>;

export interface ServingPorts {
  readonly context: Context;
  readonly kept: KeptMessages;
  readonly ballots: BallotBox;
  /** Records held of a task. Undefined: they are being loaded from the disk. */
  taskRecords(taskId: string): readonly { readonly id: string; readonly type: number }[] | undefined;
  body(hash: string): HeldBody | undefined;
  /** The verdict list of a value. */
  list(value: string): Uint8Array | undefined;
  /** Whether this node lacks the body and requests it too. */
  isWaited(request: BodyRequest): boolean;
  /** The answer to a peer that asks for this body among others, if this node lacks it. */
  lacking(peer: string, hash: string): LackingStatus;
  /** The answers to a request for many bodies are sent; not `ok`: only some of them. */
  answered(peer: string, ok: boolean, hashes: readonly string[]): void;
  /** The right to this body now, of `author` if one is given. */
  bodyRight(body: HeldBody, author: string | undefined): BodyRight;
  /** Counts the fault and lowers the score of the peer. */
  fault(peer: string, code: ReasonCode): void;
}

interface Open {
  readonly peer: string;
  readonly request: TaskRequest | BodyRequest;
  readonly untilMs: number;
  state: "loading" | "proving" | "serving";
  items: number;
  bytes: number;
}

/**
 * Requests of peers for tasks and bodies, answered from the disk: at most one of a kind for each peer, except those for
 * many bodies.
 */
export class Serving {
  readonly bundles: BundleServing;
  readonly #ports: ServingPorts;
  readonly #open = new Map<string, Open>();

  constructor(ports: ServingPorts) {
    this.#ports = ports;
    this.bundles = new BundleServing({
      ...ports,
      respond: (peer, requestId, status, items, bytes) => this.respond(peer, requestId, status, items, bytes),
    });
  }

  get open(): number {
    return this.#open.size;
  }

  /** Answers a request whose signature and id are checked; window exchanges excepted. */
  request(peer: string, request: Exclude<SyncRequest, { kind: "windows" }>): void {
    const { context } = this.#ports;
    if (request.kind === "list") {
      this.#serveList(peer, request.requestId, this.#ports.list(request.hash));
      return;
    }
    if (request.kind === "bodies") {
      this.bundles.request(peer, request);
      return;
    }
    const busy = [...this.#open.values()].some((open) => open.peer === peer && open.request.kind === request.kind);
    if (busy || this.#open.size >= context.limits.requests_served) {
      this.respond(peer, request.requestId, "busy");
      return;
    }
    const open: Open = { peer, request, untilMs: context.nowMs + TIMEOUT_MAX_MS, state: "serving", items: 0, bytes: 0 };
    this.#open.set(keyOf(peer, request.requestId), open);
    if (request.kind === "task") this.#serveTask(open, request);
    else this.#judgeBody(open, request);
  }

  /** A task was loaded from the disk. */
  loaded(taskId: string): void {
    for (const open of this.#open.values()) {
      const { request } = open;
      if (open.state === "loading" && request.kind === "task" && request.task.taskId === taskId)
        this.#serveTask(open, request);
    }
  }

  /** False when nothing of this id is served. */
  served(peer: string, requestId: string, items: number, bytes: number, ok: boolean): boolean {
    const open = this.#open.get(keyOf(peer, requestId));
    if (open === undefined) return this.bundles.served(peer, requestId, items, bytes, ok);
    open.items += items;
    open.bytes += bytes;
    if (ok && open.request.kind === "task") this.#sendKept(open, open.request);
    this.#close(open, ok ? "ok" : "unknown");
    return true;
  }

  proofChecked(peer: string, requestId: string, valid: boolean): void {
    if (this.bundles.proofChecked(peer, requestId, valid)) return;
    const open = this.#open.get(keyOf(peer, requestId));
    if (open?.state !== "proving" || open.request.kind !== "body") return;
    if (!valid) {
      this.#ports.fault(peer, "bad_signature");
      this.#close(open, "refused");
      return;
    }
    this.#serveBody(open, open.request);
  }

  peerGone(peer: string): void {
    for (const [key, open] of this.#open) if (open.peer === peer) this.#open.delete(key);
    this.bundles.peerGone(peer);
  }

  tick(): void {
    this.bundles.tick();
    for (const open of this.#open.values()) if (open.untilMs <= this.#ports.context.nowMs) this.#close(open, "busy");
  }

  respond(peer: string, requestId: string, status: SyncStatus, items = 0, bytes = 0): void {
    const { out } = this.#ports.context;
    out.emit({ kind: "send_response", peer, requestId, status, items, bytes });
  }

  #serveList(peer: string, requestId: string, bytes: Uint8Array | undefined): void {
    if (bytes !== undefined) {
      this.#ports.context.out.emit({ kind: "send", peer, frame: { kind: "list", requestId, bytes } });
    }
    this.respond(peer, requestId, bytes === undefined ? "unknown" : "ok");
  }

  #serveTask(open: Open, request: TaskRequest): void {
    const records = this.#ports.taskRecords(request.task.taskId);
    if (records === undefined) {
      open.state = "loading";
      return;
    }
    const { flags } = request;
    const asked = [WANT_STATE, WANT_SUBMISSIONS, WANT_VALIDATIONS];
    const ids = records.filter(({ type }) => ((asked[type] ?? WANT_VALIDATIONS) & flags) !== 0).map(({ id }) => id);
    open.state = "serving";
    if (records.length === 0) {
      this.#close(open, "unknown");
      return;
    }
    const { peer } = open;
    this.#ports.context.out.emit({ kind: "serve_records", peer, requestId: request.requestId, ids: ids.sort() });
  }

  /** Sends votes, and alerts if requested (fraud analysis), after the records. They are kept in memory. */
  #sendKept(open: Open, request: TaskRequest): void {
    const { context, kept, ballots } = this.#ports;
    const { taskId } = request.task;
    const alerts = (request.flags & WANT_FRAUD_ANALYSIS) === 0 ? [] : kept.alerts(taskId);
    const envelopes: Uint8Array[] = [];
    let total = 0;
    for (const { envelope } of [...alerts, ...ballots.ofTask(taskId)]) {
      total += envelope.length;
      if (total > KEPT_BYTES) break;
      envelopes.push(envelope);
    }
    const limits = { ...context.identity.rules, bundleMaxBytes: FRAME_MAX_BYTES - FRAME_HEAD_BYTES };
    for (const bundle of envelopes.length === 0 ? [] : packBundles(envelopes, limits)) {
      const frame = { kind: "records" as const, requestId: request.requestId, bundle };
      context.out.emit({ kind: "send", peer: open.peer, frame });
      open.bytes += bundle.length;
    }
    open.items += envelopes.length;
  }

  #judgeBody(open: Open, request: BodyRequest): void {
    const body = this.#ports.body(request.hash);
    if (body === undefined) {
      this.#close(open, this.#ports.isWaited(request) ? "not_yet" : "unknown");
      return;
    }
    const { access, requestId, hash } = request;
    switch (this.#ports.bodyRight(body, access?.author)) {
      case "everyone":
        this.#serveBody(open, request);
        return;
      case "nobody":
        this.#close(open, "not_yet");
        return;
      case "proof": {
        if (access === undefined) {
          this.#close(open, "not_yet");
          return;
        }
        open.state = "proving";
        const { author, proof } = access;
        const { peer } = open;
        this.#ports.context.out.emit({ kind: "check_proof", peer, requestId, author, hash, proof });
      }
    }
  }

  #serveBody(open: Open, request: BodyRequest): void {
    const { peer } = open;
    open.state = "serving";
    this.#ports.context.out.emit({ kind: "serve_body", peer, requestId: request.requestId, hash: request.hash });
  }

  #close(open: Open, status: SyncStatus): void {
    if (!this.#open.delete(keyOf(open.peer, open.request.requestId))) return;
    this.respond(open.peer, open.request.requestId, status, open.items, open.bytes);
  }
}

function keyOf(peer: string, requestId: string): string {
  return `${peer}:${requestId}`;
}
